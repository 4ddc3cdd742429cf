"""Disclosure control, held against an independent solver."""

from collections.abc import Mapping
from datetime import date
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog  # type: ignore[import-untyped]  # published without types

from contracts.expressions import Expression
from lambdas.shared.day_counts import ArtworkCounts, DayCounts, count_day
from lambdas.shared.published_day import day_table, publish_day
from lambdas.shared.suppression import (
    Cell,
    Hidden,
    Published,
    Sum,
    Table,
    protect,
    protect_part,
    share,
)
from tests.support.function_data import MUSEUM, hour_counts

K = 10
SMALL_AND_LARGE = st.one_of(st.just(0), st.integers(0, 3), st.integers(0, 14), st.integers(10, 60))


def _day(rows: list[list[int]], hours: list[int]) -> DayCounts:
    """A day with these expressions per artwork; the last hour takes the visits that are left."""
    artworks = {
        f"artwork-{i}": ArtworkCounts(
            visits=sum(row), emotions=dict(zip(Expression, row, strict=True)), dwell_ms_total=0
        )
        for i, row in enumerate(rows)
    }
    left = sum(map(sum, rows))
    filled = {}
    for i, wish in enumerate(hours):
        filled[f"{i:02}+0000"] = min(wish, left)
        left -= filled[f"{i:02}+0000"]
    filled[f"{len(hours):02}+0000"] = left
    return DayCounts(day=date(2026, 11, 12), artworks=artworks, hours=filled)


days = st.builds(
    _day,
    st.lists(
        st.lists(SMALL_AND_LARGE, min_size=len(Expression), max_size=len(Expression)),
        min_size=1,
        max_size=4,
    ),
    st.lists(SMALL_AND_LARGE, max_size=4),
)


def _range_of(
    cell: Cell, published: Mapping[Cell, Published], sums: list[Sum]
) -> tuple[float, float]:
    """The least and the greatest value that a reader must still think possible."""
    hidden = [c for c, n in published.items() if isinstance(n, Hidden)]
    column = {c: i for i, c in enumerate(hidden)}
    left = np.zeros((len(sums), len(hidden)))
    right = np.zeros(len(sums))
    for row, one in enumerate(sums):
        for c, sign in [(one.total, 1), *((part, -1) for part in one.parts)]:
            value = published[c]
            if isinstance(value, Hidden):
                left[row, column[c]] += sign
            else:
                right[row] -= sign * value
    aim = np.zeros(len(hidden))
    aim[column[cell]] = 1
    low = linprog(aim, A_eq=left, b_eq=right, bounds=(0, None), method="highs")
    high = linprog(-aim, A_eq=left, b_eq=right, bounds=(0, None), method="highs")
    assert low.status == 0
    assert high.status in {0, 3}  # solved, or without bound
    return float(low.fun), float("inf") if high.status == 3 else -float(high.fun)


@settings(max_examples=30)
@given(days, st.randoms(use_true_random=False))
def test_no_hidden_number_follows_from_the_published_ones(day: DayCounts, random: Random) -> None:
    """Solving every addition, with counts not negative, leaves each hidden number open."""
    table = day_table(day)
    published = protect(table, K)
    hidden = [cell for cell, n in published.items() if isinstance(n, Hidden)]
    random.shuffle(hidden)
    for cell in hidden[:12]:
        low, high = _range_of(cell, published, list(table.sums))
        assert high - low > 0.5, cell


@given(days)
def test_no_number_below_k_is_published(day: DayCounts) -> None:
    """Neither a cell nor what remains of a published total after its published parts."""
    table = day_table(day)
    published = protect(table, K)
    assert all(n >= K for n in published.values() if isinstance(n, int))
    for one in table.sums:
        total = published[one.total]
        rest = [table.counts[c] for c in one.parts if isinstance(published[c], Hidden)]
        if isinstance(total, int) and rest:
            assert sum(rest) >= K, one


@given(days)
def test_a_total_less_its_published_expressions_leaves_no_small_number(day: DayCounts) -> None:
    """Even where the sentiment between the two is hidden."""
    published = publish_day(day, K)
    for row in (published.museum, *published.artworks.values()):
        if isinstance(row.visits, int):
            shown = [n for n in row.expressions.values() if isinstance(n, int)]
            assert len(shown) == len(Expression) or row.visits - sum(shown) >= K


def test_an_expression_that_dwarfs_its_artwork_is_hidden() -> None:
    """Twelve angry visits of fourteen would leave two."""
    seen = {Expression.ANGER: 12, Expression.FEAR: 1, Expression.HAPPINESS: 1}
    hours = [hour_counts(14, emotions=seen), hour_counts(90, artwork_id="harvest")]
    row = publish_day(count_day(MUSEUM, date(2026, 11, 12), hours), K).artworks["water-lilies"]
    assert isinstance(row.visits, Hidden) or isinstance(row.expressions[Expression.ANGER], Hidden)


@given(days)
def test_published_numbers_are_true(day: DayCounts) -> None:
    """Nothing is rounded or disturbed."""
    table = day_table(day)
    for cell, number in protect(table, K).items():
        assert isinstance(number, Hidden) or number == table.counts[cell]


@given(days)
def test_the_same_day_is_always_published_the_same(day: DayCounts) -> None:
    """The metrics and the report of a day hide the same, in whatever order artworks come."""
    backwards = DayCounts(
        day=day.day,
        artworks=dict(list(day.artworks.items())[::-1]),
        hours=dict(list(day.hours.items())[::-1]),
    )
    assert protect(day_table(day), K) == protect(day_table(backwards), K)


@given(st.integers(0, 100), st.integers(0, 100), st.integers(5, 20))
def test_a_part_and_its_whole_give_nothing_small_away(part: int, rest: int, k: int) -> None:
    """An alert's two numbers: neither they nor their difference lie below k."""
    shown_part, shown_whole = protect_part(part, part + rest, k)
    for number in (shown_part, shown_whole):
        assert isinstance(number, Hidden) or number >= k
    if isinstance(shown_part, int) and isinstance(shown_whole, int):
        assert shown_whole - shown_part >= k


def test_a_bridge_between_two_hidden_blocks_is_covered() -> None:
    """Two hidden numbers in every row and column are not enough: rows and columns may meet in one.

    Rows a, b hide columns 1, 2; rows c, d hide columns 3, 4; row a also hides column 3. That one
    number is the difference of sums of published ones, so more must be hidden around it.
    """
    small = {("a", 1), ("a", 2), ("b", 1), ("b", 2), ("c", 3), ("c", 4), ("d", 3), ("d", 4)}
    cells = [(row, column) for row in "abcd" for column in (1, 2, 3, 4)]
    counts: dict[Cell, int] = {c: 8 if c in small | {("a", 3)} else 30 for c in cells}
    arcs: dict[Cell, tuple[str, str]] = {(r, c): (r, str(c)) for r, c in cells}
    sums = []
    for row in "abcd":
        parts = tuple((row, column) for column in (1, 2, 3, 4))
        counts[row, "all"] = sum(counts[part] for part in parts)
        arcs[row, "all"] = ("top", row)
        sums.append(Sum((row, "all"), parts))
    for column in (1, 2, 3, 4):
        parts = tuple((row, column) for row in "abcd")
        counts["all", column] = sum(counts[part] for part in parts)
        arcs["all", column] = (str(column), "top")
        sums.append(Sum(("all", column), parts))
    published = protect(Table(counts=counts, sums=sums, arcs=arcs), K)
    for cell, number in published.items():
        if isinstance(number, Hidden):
            low, high = _range_of(cell, published, sums)
            assert high - low > 0.5, cell
    assert sum(isinstance(n, Hidden) for n in published.values()) > len(small) + 1


def test_a_total_is_hidden_when_its_parts_are_all_small_together() -> None:
    """Nine visits in all: nothing may be said of them."""
    published = publish_day(_day([[1, 2, 3, 0, 0, 0, 0, 1, 2]], [4]), K)
    assert isinstance(published.museum.visits, Hidden)
    assert published.busiest is None
    assert all(isinstance(n, Hidden) for n in published.hours.values())


def test_totals_stay_where_single_numbers_must_go() -> None:
    """An artwork with twenty visits in small parts keeps its total."""
    rows = [[3, 4, 5, 2, 1, 1, 2, 1, 1], [5, 20, 30, 5, 4, 2, 1, 0, 1]]
    published = publish_day(_day(rows, [20, 30]), K)
    assert published.artworks["artwork-0"].visits == 20
    assert published.museum.visits == 88


def test_a_table_that_does_not_add_up_is_refused() -> None:
    """A mistake in building a table must not pass as protection."""
    arcs: dict[Cell, tuple[int, int]] = {"whole": (0, 1), "part": (1, 0)}
    with pytest.raises(ValueError, match="add up"):
        Table(counts={"whole": 3, "part": 2}, sums=[], arcs=arcs)
    balanced: dict[Cell, int] = {"whole": 3, "part": 3}
    with pytest.raises(ValueError, match="add up"):
        Table(counts=balanced, sums=[Sum("whole", ())], arcs=arcs)
    with pytest.raises(ValueError, match="one arc"):
        Table(counts={"whole": 3}, sums=[], arcs=arcs)


def test_a_share_needs_both_of_its_numbers() -> None:
    """A share of a hidden number, or of a hidden whole, is hidden."""
    assert share(20, 80) == 0.25
    assert share(Hidden(K), 80) == Hidden(K)
    assert share(20, Hidden(K)) == Hidden(K)
    assert str(Hidden(K)) == "< 10"
