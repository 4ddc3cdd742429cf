"""How many custom metrics there are is a stated number."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from contracts.metrics import DIMENSIONS, Dimension, Metric
from contracts.museum_toml import load_museums
from contracts.museums import Artwork, Museum
from costs.hours import open_days, open_hours
from costs.series import series_of

PER_ARTWORK = 9
PER_MUSEUM = 10
"""The numbers that docs/scale.md states."""


@pytest.fixture
def museum(repository: Path) -> Museum:
    """The project's own."""
    return load_museums(repository / "museum.toml").museums[0]


def _count(museum: Museum) -> int:
    return sum(series.count for series in series_of(museum))


def test_every_metric_says_its_dimensions() -> None:
    """So that no metric escapes the count."""
    assert DIMENSIONS.keys() == set(Metric)


def test_nine_metrics_an_artwork_and_ten_a_museum(museum: Museum) -> None:
    """One an expression, uncertain included; nothing by hour or device."""
    with_one_more = replace(museum, artworks=(*museum.artworks, Artwork(id="new", title="New")))
    assert _count(with_one_more) - _count(museum) == PER_ARTWORK
    assert _count(museum) == PER_ARTWORK * len(museum.artworks) + PER_MUSEUM


def test_no_dimension_but_museum_artwork_and_expression() -> None:
    """A device, an hour or a visit as a dimension would have no bound."""
    seen = Counter(d for dimensions, _ in DIMENSIONS.values() for d in dimensions)
    assert set(seen) <= set(Dimension)
    assert seen[Dimension.EMOTION] == 1


def test_hours_of_the_month_in_which_it_is_open(museum: Museum) -> None:
    """June 2026 begins on a Monday: 25 open days, four of them long nights of 18 hours."""
    assert open_days(museum) == 25
    assert open_hours(museum) == 21 * 7 + 4 * 18
