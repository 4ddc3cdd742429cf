"""Optimal pairing of tracks with detections."""

import math
from collections.abc import Sequence
from typing import NamedTuple


def assign(costs: Sequence[Sequence[float]], leave_alone: float) -> list[tuple[int, int]]:
    """Pairs rows with columns at the least total cost.

    A pair may stay unmade: leaving a row without a column costs ``leave_alone``, so that a pair is
    made only if it is cheaper than that. The Hungarian method (Kuhn 1955, here as successive
    shortest paths, Crouse 2016) in plain Python: a camera sees a handful of faces, and the Pi has
    no scipy.

    Args:
        costs: One row of finite or infinite costs per track, all of the same length.
        leave_alone: Cost of a row that gets no column, finite.

    Returns:
        (row, column) pairs, rows ascending, each row and column at most once.
    """
    if not costs or not costs[0]:
        return []
    columns = len(costs[0])
    # One private extra column per row stands for "leave alone"; then rows <= columns always holds.
    padded = [
        [min(cost, 2 * leave_alone + 1) for cost in row]
        + [leave_alone if j == i else 2 * leave_alone + 1 for j in range(len(costs))]
        for i, row in enumerate(costs)
    ]
    return [
        (row, column)
        for row, column in enumerate(_hungarian(padded))
        if column < columns and costs[row][column] <= leave_alone
    ]


def _hungarian(costs: Sequence[Sequence[float]]) -> list[int]:
    """Column of each row in the cheapest full assignment; needs rows <= columns, finite costs."""
    rows, columns = len(costs), len(costs[0])
    row_potential, column_potential = [0.0] * rows, [0.0] * columns
    column_of: list[int | None] = [None] * rows
    row_of: list[int | None] = [None] * columns
    for start in range(rows):
        path = _cheapest_path(costs, row_potential, column_potential, row_of, start)
        row_potential[start] += path.length
        for column in path.scanned:
            owner, slack = row_of[column], path.length - path.distance[column]
            if owner is not None:
                row_potential[owner] += slack
            column_potential[column] -= slack
        free: int | None = path.end
        while free is not None:  # hand each column on the path to the row that reached it
            row = path.reached_from[free]
            row_of[free], column_of[row], free = row, free, column_of[row]
    return [column for column in column_of if column is not None]


class _Path(NamedTuple):
    end: int
    length: float
    scanned: list[int]
    distance: list[float]
    reached_from: list[int]


def _cheapest_path(
    costs: Sequence[Sequence[float]],
    row_potential: Sequence[float],
    column_potential: Sequence[float],
    row_of: Sequence[int | None],
    start: int,
) -> _Path:
    """Dijkstra over reduced costs from a row without a column to a column without a row."""
    columns = len(row_of)
    distance, reached_from = [math.inf] * columns, [start] * columns
    scanned: list[int] = []
    row, length = start, 0.0
    while True:
        waiting = [j for j in range(columns) if j not in scanned]
        for j in waiting:
            reduced = length + costs[row][j] - row_potential[row] - column_potential[j]
            if reduced < distance[j]:
                distance[j], reached_from[j] = reduced, row
        nearest = min(waiting, key=distance.__getitem__)
        length = distance[nearest]
        scanned.append(nearest)
        owner = row_of[nearest]
        if owner is None:
            return _Path(nearest, length, scanned, distance, reached_from)
        row = owner
