"""A museum day as it may be published, the same in the metrics and in the report."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from contracts.expressions import MEMBERS, Expression, Sentiment
from lambdas.shared.day_counts import DayCounts
from lambdas.shared.suppression import Cell, Node, Published, Sum, Table, protect

_ALL: Final = "*"
"""Stands for the whole museum where an artwork id is expected; no slug can be this."""
_VISITS: Final = "visits"
_Row = str
_Column = str | Sentiment | Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedCounts:
    """The counts of one artwork, or of all artworks together.

    Attributes:
        visits: Number of visits.
        sentiments: Number of visits per sentiment.
        expressions: Number of visits per expression.
    """

    visits: Published
    sentiments: Mapping[Sentiment, Published]
    expressions: Mapping[Expression, Published]


@dataclass(frozen=True, slots=True, kw_only=True)
class BusiestHour:
    """The hour with the most visits.

    Attributes:
        hour: Hour key.
        visits: Number of visits.
    """

    hour: str
    visits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedDay:
    """What may be published of a museum day.

    Attributes:
        museum: All artworks together.
        artworks: By artwork id.
        hours: Number of visits by hour key, in order.
        busiest: The hour with the most visits (of several the first that may be published), or None
            where it may not be published.
    """

    museum: PublishedCounts
    artworks: Mapping[str, PublishedCounts]
    hours: Mapping[str, Published]
    busiest: BusiestHour | None


def publish_day(day: DayCounts, k: int) -> PublishedDay:
    """Everything that may be published of a day, decided at once so that it holds together."""
    published = protect(day_table(day), k)

    def counts(row: _Row) -> PublishedCounts:
        return PublishedCounts(
            visits=published[row, _VISITS],
            sentiments={s: published[row, _column_of(s)] for s in Sentiment},
            expressions={e: published[row, e] for e in Expression},
        )

    hours = {hour: published["hour", hour] for hour in day.hours}
    return PublishedDay(
        museum=counts(_ALL),
        artworks={artwork_id: counts(artwork_id) for artwork_id in day.artworks},
        hours=hours,
        busiest=_busiest(hours, max(day.hours.values())),
    )


def _busiest(hours: Mapping[str, Published], most: int) -> BusiestHour | None:
    """The first published hour that has as many visits as any, if there is one."""
    for hour, visits in hours.items():
        if visits == most:
            return BusiestHour(hour=hour, visits=most)
    return None


def day_table(day: DayCounts) -> Table:
    """The day's cells: artworks by visits, sentiments and expressions, their totals, the hours."""
    counts: dict[Cell, int] = {("hour", hour): n for hour, n in day.hours.items()}
    arcs: dict[Cell, tuple[Node, Node]] = dict.fromkeys(counts, ("day", "artworks"))
    sums = [Sum((_ALL, _VISITS), tuple(counts))]
    for row in (*day.artworks, _ALL):
        counts |= _row_counts(day, row)
        arcs |= _row_arcs(row)
        sums += _row_sums(row)
    for column in (_VISITS, *_branches(), *Expression):
        parts = tuple((row, column) for row in day.artworks)
        sums.append(Sum((_ALL, column), parts))
    return Table(counts=counts, sums=sums, arcs=arcs)


def _column_of(sentiment: Sentiment) -> _Column:
    """A sentiment of a single expression is that expression: one number, one cell."""
    members = MEMBERS[sentiment]
    return members[0] if len(members) == 1 else sentiment


def _branches() -> list[Sentiment]:
    return [s for s in Sentiment if len(MEMBERS[s]) > 1]


def _row_counts(day: DayCounts, row: _Row) -> dict[Cell, int]:
    rows = list(day.artworks.values()) if row == _ALL else [day.artworks[row]]

    def total(expressions: Iterable[Expression]) -> int:
        return sum(one.emotions[e] for e in expressions for one in rows)

    leaves: dict[Cell, int] = {(row, e): total([e]) for e in Expression}
    branches: dict[Cell, int] = {(row, s): total(MEMBERS[s]) for s in _branches()}
    return {(row, _VISITS): sum(one.visits for one in rows)} | branches | leaves


def _row_arcs(row: _Row) -> dict[Cell, tuple[Node, Node]]:
    """An artwork's visits flow from the museum to the expressions, the museum's own flow back."""
    root: Node = (row, _VISITS)
    arcs: dict[Cell, tuple[Node, Node]] = {}

    def add(column: _Column, upper: Node, lower: Node) -> None:
        arcs[row, column] = (lower, upper) if row == _ALL else (upper, lower)

    add(_VISITS, "day" if row == _ALL else "artworks", root)
    for sentiment, members in MEMBERS.items():
        branch: Node = root
        if len(members) > 1:
            branch = (row, sentiment)
            add(sentiment, root, branch)
        for expression in members:
            add(expression, branch, ("column", expression))
    return arcs


def _row_sums(row: _Row) -> list[Sum]:
    """Every way to add a row up to its total: each sentiment as a whole or by its expressions.

    Mixed ways count too: where a sentiment is hidden but one of its expressions is not, a reader
    subtracts that expression from the total.
    """

    def cells(columns: Iterable[_Column]) -> tuple[Cell, ...]:
        return tuple((row, column) for column in columns)

    ways: list[tuple[_Column, ...]] = [()]
    for sentiment, members in MEMBERS.items():
        choices: set[tuple[_Column, ...]] = {(_column_of(sentiment),), members}
        ways = [way + choice for way in ways for choice in sorted(choices, key=len)]
    return [
        *(Sum((row, _VISITS), cells(way)) for way in ways),
        *(Sum((row, s), cells(MEMBERS[s])) for s in _branches()),
    ]
