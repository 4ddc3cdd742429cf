"""Disclosure control: the one place that decides which numbers may be published.

A number that rests on fewer than k visits is hidden, zero too. As readers can add and subtract,
further numbers are hidden until no hidden one can be worked out:

1. Where a total is published, its hidden parts together rest on at least k visits; if they do not,
   the smallest published part is hidden as well, and the total when no part is left.
2. No hidden number follows exactly from the published ones and from knowing that counts are not
   negative.

A hidden number is shown as "< k" whichever of the reasons hid it: a reader who could tell them
apart would know more. The method is cell suppression in tables that form a network (Cox, "Network
Models for Complementary Cell Suppression", JASA 90, 1995): a hidden number can move exactly if the
network has a cycle through it on which every other number is hidden too and can move that way.

It protects one release. Who keeps two releases of one day, a report and its correction, can
subtract them.
"""

import heapq
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

Cell = Hashable
Node = Hashable


@dataclass(frozen=True, slots=True)
class Hidden:
    """Stands where a number is not published.

    Attributes:
        k: The bound below which numbers are hidden.
    """

    k: int

    def __str__(self) -> str:
        return f"< {self.k}"


Published = int | Hidden


@dataclass(frozen=True, slots=True)
class Sum:
    """An addition that a reader can do: ``total`` is the sum of ``parts``."""

    total: Cell
    parts: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Numbers that hang together.

    Attributes:
        counts: The true number of visits per cell.
        sums: Every addition that holds between cells.
        arcs: The same as a network: each cell flows from a node to a node, and what flows into a
            node flows out of it.
    """

    counts: Mapping[Cell, int]
    sums: Sequence[Sum]
    arcs: Mapping[Cell, tuple[Node, Node]]

    def __post_init__(self) -> None:
        if self.counts.keys() != self.arcs.keys():
            raise ValueError("every cell needs one count and one arc")
        balance: dict[Node, int] = defaultdict(int)
        for cell, (tail, head) in self.arcs.items():
            balance[tail] -= self.counts[cell]
            balance[head] += self.counts[cell]
        unbalanced = [node for node, surplus in balance.items() if surplus]
        if unbalanced:
            raise ValueError(f"counts do not add up at {unbalanced[0]!r}")
        for one in self.sums:
            if self.counts[one.total] != sum(self.counts[part] for part in one.parts):
                raise ValueError(f"parts do not add up to {one.total!r}")


def protect(table: Table, k: int) -> dict[Cell, Published]:
    """What may be published of a table: each cell's true number, or ``Hidden``.

    Args:
        table: The numbers.
        k: The small-cell bound.
    """
    hidden = {cell for cell, count in table.counts.items() if count < k}
    safe: set[Cell] = set()
    network = _Network(table)
    while True:
        _hide_small_remainders(table, hidden, k)
        unchecked = sorted(hidden - safe, key=lambda cell: (table.counts[cell], repr(cell)))
        if not unchecked:
            break
        # Hiding more only gives the others more room, so a cell that is safe stays safe.
        for cell in unchecked:
            hidden |= network.cheapest_cover(cell, hidden)
            safe.add(cell)
    mark = Hidden(k)
    return {cell: mark if cell in hidden else n for cell, n in table.counts.items()}


def protect_part(part: int, whole: int, k: int) -> tuple[Published, Published]:
    """What may be published of a number and the part of it that has some property."""
    table = Table(
        counts={"whole": whole, "part": part, "rest": whole - part},
        sums=[Sum("whole", ("part", "rest"))],
        arcs={"whole": (0, 1), "part": (1, 0), "rest": (1, 0)},
    )
    published = protect(table, k)
    return published["part"], published["whole"]


def share(part: Published, whole: Published) -> float | Hidden:
    """``part / whole`` if both are published, 0 … 1."""
    if isinstance(part, Hidden):
        return part
    if isinstance(whole, Hidden):
        return whole
    return part / whole


def _hide_small_remainders(table: Table, hidden: set[Cell], k: int) -> None:
    """Rule 1, the smallest total first: what is hidden in a detail often serves the larger sums."""
    sums = sorted(table.sums, key=lambda one: (table.counts[one.total], len(one.parts), repr(one)))
    while True:
        exposed = next((one for one in sums if _is_exposed(table, one, hidden, k)), None)
        if exposed is None:
            return
        shown = [part for part in exposed.parts if part not in hidden]
        smallest = min(shown, key=lambda cell: (table.counts[cell], repr(cell)), default=None)
        hidden.add(exposed.total if smallest is None else smallest)


def _is_exposed(table: Table, one: Sum, hidden: set[Cell], k: int) -> bool:
    """Whether subtracting the published parts from the published total leaves a small number."""
    if one.total in hidden:
        return False
    rest = [table.counts[part] for part in one.parts if part in hidden]
    return bool(rest) and sum(rest) < k


class _Network:
    """Paths along which numbers could move without any published number changing."""

    def __init__(self, table: Table) -> None:
        self._counts = table.counts
        self._arcs = table.arcs
        self._leaving: dict[Node, list[tuple[Cell, Node]]] = defaultdict(list)
        for cell, (tail, head) in sorted(table.arcs.items(), key=repr):  # ties fall alike
            self._leaving[tail].append((cell, head))
            if table.counts[cell] > 0:  # a number can shrink only if it is above zero
                self._leaving[head].append((cell, tail))

    def cheapest_cover(self, cell: Cell, hidden: set[Cell]) -> frozenset[Cell]:
        """The published cells to hide, of least total count, so that ``cell`` can move."""
        tail, head = self._arcs[cell]
        routes = [self._cheapest_path(head, tail, cell, hidden)]  # lets it grow
        if self._counts[cell] > 0:
            routes.append(self._cheapest_path(tail, head, cell, hidden))  # lets it shrink
        found = [route for route in routes if route is not None]
        if not found:
            raise ValueError(f"the network has no cycle through {cell!r}")
        return min(found, key=lambda route: route[0])[1]

    def _cheapest_path(
        self, start: Node, goal: Node, without: Cell, hidden: Iterable[Cell]
    ) -> tuple[int, frozenset[Cell]] | None:
        """Dijkstra's algorithm; a hidden cell costs nothing, a published one its count."""
        queue: list[tuple[int, int, Node, frozenset[Cell]]] = [(0, 0, start, frozenset())]
        done: set[Node] = set()
        order = 0
        while queue:
            cost, _, node, taken = heapq.heappop(queue)
            if node == goal:
                return cost, taken
            if node in done:
                continue
            done.add(node)
            for cell, neighbour in self._leaving[node]:
                if cell == without or neighbour in done:
                    continue
                free = cell in hidden
                order += 1
                heapq.heappush(
                    queue,
                    (
                        cost if free else cost + self._counts[cell],
                        order,
                        neighbour,
                        taken if free else taken | {cell},
                    ),
                )
        return None
