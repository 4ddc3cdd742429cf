"""What docs/scale.md says of one deployment's bounds and of the seed's setup."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from contracts.museum_toml import load_museums
from costs.assumptions import read_assumptions
from costs.limits import limits
from costs.prices import read_prices
from costs.seed import MESSAGES_PER_VISIT, our_side, seed_side
from costs.shape import read_shape
from tests.infrastructure.synthesised import Synthesised


def test_what_breaks_first_is_what_the_document_says(
    synthesised: Synthesised, repository: Path
) -> None:
    """The numbers of museums that fit one deployment, from the templates."""
    text = (repository / "docs" / "scale.md").read_text("utf-8")
    for limit in limits(synthesised.folder, "city-gallery")[:2]:
        assert re.search(rf"\| {re.escape(limit.what)} \|.*\| {limit.museums} \|", text), limit


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
