"""The estimate as a whole: the bill, and what one more Pi, artwork or museum adds to it."""

import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from contracts.museum_toml import DeploymentConfig, load_museums
from costs.assumptions import Assumptions, read_assumptions, region_of
from costs.bill import Bill, make_bill
from costs.prices import Prices, read_prices
from costs.shape import Shape, read_shape
from local_cloud.synthesis import synthesise

_ARTWORK: Final = """
[[museums.artworks]]
id = "one-more-of-the-estimate"
title = "One more"
"""
_MUSEUM: Final = """
[[museums]]
id = "one-more-of-the-estimate"
name = "One more"
time_zone = "Europe/Rome"
curator_emails = ["curator@museum.example"]
opening_hours = {{ {hours} }}
artworks = [{artworks}]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A bill and its margins.

    Attributes:
        bill: The month's.
        margins: US dollars a month that one more of something adds; empty if not asked for.
    """

    bill: Bill
    margins: Mapping[str, float]

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return self.bill.to_dict() | {"one_more": {k: round(v, 4) for k, v in self.margins.items()}}


def estimate(
    assembly: Path, config: DeploymentConfig, *, region: str = "", free_tier: bool = False
) -> Estimate:
    """The bill of a synthesised app, and what one more Pi adds.

    Raises:
        CostError: A price is not known in the Region, or the templates hold something unpriced.
    """
    assumed = read_assumptions()
    prices = read_prices(region_of(config, assumed, region))
    shape = read_shape(assembly)
    bill = make_bill(shape, config, assumed, prices, free_tier=free_tier)
    pi = _one_more_pi(shape, config, assumed, prices) - _plain(shape, config, assumed, prices)
    return Estimate(bill=bill, margins={"pi": pi})


def estimate_from(museums: Path, *, region: str = "", free_tier: bool = False) -> Estimate:
    """Synthesises ``museums``, and twice more with one artwork and one museum more.

    Raises:
        CostError: As ``estimate``.
        LocalCloudError: The app did not synthesise.
    """
    config = load_museums(museums)
    text = museums.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(2) as pool:
        folder = Path(name)
        variants = {"": text, "artwork": text + _ARTWORK, "museum": text + _like(config)}

        def one(kind: str) -> tuple[Path, DeploymentConfig]:
            file = folder / f"{kind or 'as-is'}.toml"
            file.write_text(variants[kind], encoding="utf-8")
            synthesise(folder / f"{file.stem}.out", museums=str(file))
            return folder / f"{file.stem}.out", load_museums(file)

        built = dict(zip(variants, pool.map(one, variants), strict=True))
        whole = estimate(*built[""], region=region, free_tier=free_tier)
        plain = estimate(*built[""], region=region).bill.usd
        margins = {
            kind: estimate(*built[kind], region=region).bill.usd - plain
            for kind in ("artwork", "museum")
        }
    return replace(whole, margins={**whole.margins, **margins})


def _like(config: DeploymentConfig) -> str:
    """A museum as large as the first one, with its opening hours."""
    first = config.museums[0]
    names = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    hours = ", ".join(f'{day} = "{getattr(first.opening_hours, day)}"' for day in names)
    artworks = ", ".join(f'{{ id = "{a.id}", title = "One more" }}' for a in first.artworks)
    return _MUSEUM.format(hours=hours, artworks=artworks)


def _plain(shape: Shape, config: DeploymentConfig, assumed: Assumptions, prices: Prices) -> float:
    return make_bill(shape, config, assumed, prices).usd


def _one_more_pi(
    shape: Shape, config: DeploymentConfig, assumed: Assumptions, prices: Prices
) -> float:
    """The bill with a Pi more beside an artwork that has one: no template changes."""
    artworks = sum(len(museum.artworks) for museum in config.museums)
    more = replace(assumed, pis_per_artwork=assumed.pis_per_artwork + 1 / artworks)
    return _plain(shape, config, more, prices)
