"""Pairing is optimal."""

import itertools
import math

from hypothesis import given
from hypothesis import strategies as st

from edge.assignment import assign

ALONE = 10.0
COST = st.one_of(st.floats(0, 20), st.just(math.inf))


@st.composite
def matrices(draw: st.DrawFn) -> list[list[float]]:
    """Up to 4 x 4 costs, some pairs out of the question."""
    columns = draw(st.integers(0, 4))
    row = st.lists(COST, min_size=columns, max_size=columns)
    return draw(st.lists(row, max_size=4))


def total(costs: list[list[float]], pairs: list[tuple[int, int]]) -> float:
    """Cost of a pairing, rows left alone included."""
    return sum(costs[i][j] for i, j in pairs) + ALONE * (len(costs) - len(pairs))


def cheapest(costs: list[list[float]]) -> float:
    """The least cost of all pairings, by trying each."""
    columns = len(costs[0]) if costs else 0
    choices = [*range(columns), *([-1] * len(costs))]
    return min(
        total(costs, [(i, j) for i, j in enumerate(chosen) if j >= 0])
        for chosen in set(itertools.permutations(choices, len(costs)))
    )


@given(matrices())
def test_no_pairing_is_cheaper(costs: list[list[float]]) -> None:
    """Each row and column is used once at most, and trying all pairings finds none cheaper."""
    pairs = assign(costs, ALONE)
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)
    assert all(costs[i][j] <= ALONE for i, j in pairs)
    assert math.isclose(total(costs, pairs), cheapest(costs), abs_tol=1e-9)
