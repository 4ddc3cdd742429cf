"""Prices, Region by Region; what is not known is refused, or named where another's stands in."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from costs.errors import CostError

PRICES: Final = Path(__file__).with_name("prices.toml")
_OWN: Final = frozenset({"what", "per", "free", "above"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What something costs in one Region.

    Attributes:
        key: Its name in the file.
        region: Whose price it is: another's where that of the Region asked for is not known.
        what: What is paid for.
        usd: US dollars for ``per`` of it.
        per: See ``usd``.
        free: What every account gets for nothing each month, for good.
        above: Amount in a month from which ``usd_above`` is paid instead; None where there is none.
        usd_above: See ``above``.
        on: Date of the price list or page.
        source: Who said so.
    """

    key: str
    region: str
    what: str
    usd: float
    per: float
    free: float
    above: float | None
    usd_above: float
    on: date
    source: str

    def cost(self, amount: float, *, free_tier: bool = False) -> float:
        """US dollars for an amount in a month."""
        paid = max(0.0, amount - self.free) if free_tier else amount
        if self.above is None or paid <= self.above:
            return paid / self.per * self.usd
        return (self.above * self.usd + (paid - self.above) * self.usd_above) / self.per


class Prices:
    """The prices of one Region."""

    def __init__(self, region: str, table: Mapping[str, Mapping[str, Any]]) -> None:
        self.region = region
        self._table = table

    def __getitem__(self, key: str) -> Price:
        """A price.

        Raises:
            CostError: It is not known for this Region.
        """
        entry = self._table[key]
        here = entry.get(self.region)
        if here is None:
            known = ", ".join(sorted(entry.keys() - _OWN))
            raise CostError(
                f"no price is known in {self.region} for {entry['what']!r} ({key}); it is known in "
                f"{known}. Add it to costs/prices.toml with its date and source, or name a Region."
            )
        region = here.get("as_in", self.region)
        if region != self.region:
            here = entry[region]
        above = entry.get("above")
        return Price(
            key=key,
            region=region,
            what=entry["what"] + ("" if region == self.region else f" (as in {region})"),
            usd=float(here["usd"]),
            per=float(entry["per"]),
            free=float(entry.get("free", 0)),
            above=float(above["amount"]) if above else None,
            usd_above=float(above["usd"]) if above else 0.0,
            on=date.fromisoformat(here["on"]),
            source=here["source"],
        )

    def dated(self, keys: Iterable[str]) -> str:
        """From when the prices of these keys are, e.g. ``2025-08-28 to 2026-09-15``.

        It names those that are another Region's.

        Raises:
            CostError: One of them is not known for this Region.
        """
        found = [self[key] for key in sorted(set(keys))]
        dates = sorted(price.on for price in found)
        others = "".join(f"; {p.key} as in {p.region}" for p in found if p.region != self.region)
        return f"{dates[0]} to {dates[-1]}{others}"


@cache
def _read(path: Path) -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def read_prices(region: str, path: Path = PRICES) -> Prices:
    """The prices of a Region."""
    return Prices(region, _read(path))


def regions(path: Path = PRICES) -> tuple[str, ...]:
    """Regions with an estimate: each price is known, or another Region's stands in for it."""
    table = _read(path)
    return tuple(sorted(set.intersection(*(set(entry) - _OWN for entry in table.values()))))
