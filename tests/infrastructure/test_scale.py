"""What docs/scale.md says of one deployment's bounds and of the seed's setup."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from app import build
from contracts.museum_toml import load_museums
from contracts.museums import MOST_ARTWORKS
from costs.assumptions import read_assumptions
from costs.limits import TEMPLATE_BYTES, artwork_limit, museum_limit
from costs.prices import read_prices
from costs.seed import MESSAGES_PER_VISIT, our_side, seed_side
from costs.shape import read_shape
from tests.infrastructure.conftest import TRIAL
from tests.infrastructure.synthesised import Synthesised, masked, widgets


def test_what_fits_is_what_the_document_says(synthesised: Synthesised, repository: Path) -> None:
    """Museums in an account, artworks in a museum."""
    text = (repository / "docs" / "scale.md").read_text("utf-8")
    (museum,) = load_museums(repository / "museum.toml").museums
    for limit in (museum_limit(synthesised.folder), artwork_limit(synthesised.folder, museum)):
        assert re.search(rf"\| {re.escape(limit.what)} \|.*\| {limit.fit:,} \|", text), limit
    assert artwork_limit(synthesised.folder, museum).fit >= MOST_ARTWORKS


def test_a_museum_more_is_a_stack_more_and_nothing_else(trial: Synthesised, tmp_path: Path) -> None:
    """What runs for all of them does not grow: no permission, no name, no resource."""
    one, _ = TRIAL.rsplit("[[museums]]", 1)
    (tmp_path / "one.toml").write_text(one, "utf-8")
    context = {"museums": str(tmp_path / "one.toml"), "stage": "lab"}
    build(outdir=tmp_path / "cdk.out", context=context).synth()
    fewer = Synthesised(tmp_path / "cdk.out")
    assert set(trial.templates) - set(fewer.templates) == {"at-new-wing"}
    for name in ("storage", "ingestion", "analytics", "alerting"):
        assert masked(fewer.templates[name]) == masked(trial.templates[name]), name


def test_a_museum_of_many_artworks_fits(tmp_path: Path) -> None:
    """With the longest names that museum.toml takes; its graphs go onto several dashboards."""
    artworks = "\n".join(
        f'[[museums.artworks]]\nid = "{n:03}-{"a" * 44}"\ntitle = "{n:03} {"é" * 196}"'
        for n in range(MOST_ARTWORKS)
    )
    head, _ = TRIAL.rsplit("[[museums]]", 1)
    large = head.replace('artworks = [{ id = "anchor", title = "Anchor" }]', artworks)
    assert large != head
    (tmp_path / "large.toml").write_text(large, "utf-8")
    build(outdir=tmp_path / "cdk.out", context={"museums": str(tmp_path / "large.toml")}).synth()
    (file,) = (tmp_path / "cdk.out").glob("*-at-old-harbour.template.json")
    assert file.stat().st_size <= TEMPLATE_BYTES
    shown: list[str] = []
    dashboards = Synthesised(tmp_path / "cdk.out").resources("AWS::CloudWatch::Dashboard")
    for dashboard in dashboards.values():
        graphs = widgets(Synthesised(tmp_path / "cdk.out"), dashboard["DashboardName"])
        assert sum(len(one["properties"].get("metrics", [])) for one in graphs) <= 2500
        shown += [t for t in (g["properties"].get("title", "") for g in graphs) if "é" in t]
    assert len(shown) == len(set(shown)) == MOST_ARTWORKS


def test_ours_costs_at_most_a_tenth_of_the_seeds_setup(
    synthesised: Synthesised, repository: Path
) -> None:
    """The same twenty Pis, the same thirty days, the same jobs."""
    config = load_museums(repository / "museum.toml")
    shape, assumed = read_shape(synthesised.folder), read_assumptions()
    prices = read_prices("us-east-1")
    ours = our_side(shape, config, assumed, prices)
    seeds = seed_side(config, assumed, prices, MESSAGES_PER_VISIT)
    assert ours.usd <= seeds.usd / 10
    assert ours.amounts["dynamodb_write"] <= seeds.amounts["dynamodb_write"] / 10
    assert ours.amounts["dynamodb_read"] <= seeds.amounts["dynamodb_read"] / 10


@pytest.mark.parametrize("factor", [1, 10])
def test_a_museum_that_grows_costs_the_seed_more_than_us(
    synthesised: Synthesised, repository: Path, factor: int
) -> None:
    """Its scans grow with the square of the days' visits, ours with the visits."""
    config = load_museums(repository / "museum.toml")
    shape, assumed = read_shape(synthesised.folder), read_assumptions()
    many = replace(assumed, visits_per_pi_day=assumed.visits_per_pi_day * factor)
    prices = read_prices("us-east-1")
    ours = our_side(shape, config, many, prices)
    seeds = seed_side(config, many, prices, MESSAGES_PER_VISIT)
    assert ours.usd < seeds.usd / 10
