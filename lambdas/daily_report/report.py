"""A museum day's report: published numbers only, in the order in which they are told."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from contracts.expressions import Expression, Sentiment
from contracts.museums import Museum
from lambdas.daily_report.wilson import wilson_interval
from lambdas.shared.day_counts import DayCounts
from lambdas.shared.museum_time import hour_label
from lambdas.shared.published_day import BusiestHour, PublishedCounts, publish_day
from lambdas.shared.suppression import Hidden, Published, share


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number of visits and its share of all visits in the same place.

    Attributes:
        visits: Number of visits.
        share: 0 … 1.
    """

    visits: Published
    share: float | Hidden


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The figures of one artwork, or of all artworks together.

    Attributes:
        visits: Number of visits.
        average_stay_s: Mean time from first to last sighting, seconds.
        sentiments: By sentiment.
        expressions: By expression.
    """

    visits: Published
    average_stay_s: float | Hidden
    sentiments: Mapping[Sentiment, Figure]
    expressions: Mapping[Expression, Figure]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtworkFigures:
    """One artwork's figures.

    Attributes:
        artwork_id: Slug.
        title: As in ``museum.toml``.
        figures: Its figures.
        stands_out: Whether negative expressions are more frequent than in the whole museum, by more
            than chance explains: the lower end of their share's 95 % interval lies above it.
        negative_at_least: That lower end, or None where it may not be published.
    """

    artwork_id: str
    title: str
    figures: Figures
    stands_out: bool
    negative_at_least: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """The most crowded hour.

    Attributes:
        hour: Hour key.
        label: The hour for readers.
        visits: Number of visits.
    """

    hour: str
    label: str
    visits: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Another day's visits.

    Attributes:
        day: The other museum day.
        visits: Its number of visits.
    """

    day: date
    visits: Published


@dataclass(frozen=True, slots=True)
class LateVisits:
    """Visits of an earlier day that arrived after its report was mailed.

    Attributes:
        day: The earlier museum day; its report was written again.
        more: Their number.
        visits: The day's number of visits now.
    """

    day: date
    more: Published
    visits: Published


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One museum day. Zero is a number below k like any other: hidden, everywhere alike.

    Attributes:
        museum: The museum.
        day: The museum day.
        k: The small-cell bound.
        was_open: Whether the museum was open by its opening hours.
        visits: Number of visits.
        total: All artworks together.
        crowd: The most crowded hour, or None where it may not be published.
        hours: Number of visits by hour key.
        artworks: Most visits first; those whose number is hidden last, by title.
        day_before: The day before.
        week_before: The same weekday a week before.
        late: What arrived for earlier days since their reports.
    """

    museum: Museum
    day: date
    k: int
    was_open: bool
    visits: Published
    total: Figures
    crowd: Crowd | None
    hours: Mapping[str, Published]
    artworks: tuple[ArtworkFigures, ...]
    day_before: Comparison
    week_before: Comparison
    late: tuple[LateVisits, ...] = ()


def build_report(
    museum: Museum,
    k: int,
    counts: DayCounts,
    *,
    day_before: DayCounts,
    week_before: DayCounts,
    late: tuple[LateVisits, ...] = (),
) -> Report:
    """The report of the day that ``counts`` holds; the other days' counts are for comparison."""
    published = publish_day(counts, k)
    total = _figures(published.museum, counts.dwell_ms_total)
    return Report(
        museum=museum,
        day=counts.day,
        k=k,
        was_open=museum.opening_hours.on(counts.day) is not None,
        visits=total.visits,
        total=total,
        crowd=_crowd(museum, counts.day, published.busiest),
        hours=published.hours,
        artworks=_ranked(
            _artwork(
                museum, artwork_id, _figures(one, counts.artworks[artwork_id].dwell_ms_total), total
            )
            for artwork_id, one in published.artworks.items()
        ),
        day_before=compare(day_before, k),
        week_before=compare(week_before, k),
        late=late,
    )


def compare(counts: DayCounts, k: int) -> Comparison:
    """Another day's number of visits as its own report has it."""
    return Comparison(counts.day, publish_day(counts, k).museum.visits)


def _crowd(museum: Museum, day: date, busiest: BusiestHour | None) -> Crowd | None:
    if busiest is None:
        return None
    label = hour_label(busiest.hour, day, museum.zone)
    return Crowd(hour=busiest.hour, label=label, visits=busiest.visits)


def _figures(counts: PublishedCounts, dwell_ms_total: int) -> Figures:
    visits = counts.visits

    def figure(part: Published) -> Figure:
        return Figure(visits=part, share=share(part, visits))

    return Figures(
        visits=visits,
        average_stay_s=visits if isinstance(visits, Hidden) else dwell_ms_total / visits / 1000,
        sentiments={s: figure(n) for s, n in counts.sentiments.items()},
        expressions={e: figure(n) for e, n in counts.expressions.items()},
    )


def _artwork(museum: Museum, artwork_id: str, figures: Figures, total: Figures) -> ArtworkFigures:
    artwork = museum.artwork(artwork_id)
    negative = figures.sentiments[Sentiment.NEGATIVE].visits
    everywhere = total.sentiments[Sentiment.NEGATIVE].share
    at_least: float | None = None
    if isinstance(negative, int) and isinstance(figures.visits, int):
        at_least = wilson_interval(negative, figures.visits)[0]
    return ArtworkFigures(
        artwork_id=artwork_id,
        title=artwork.title if artwork else artwork_id,
        figures=figures,
        stands_out=at_least is not None and isinstance(everywhere, float) and at_least > everywhere,
        negative_at_least=at_least,
    )


def _ranked(artworks: Iterable[ArtworkFigures]) -> tuple[ArtworkFigures, ...]:
    def rank(artwork: ArtworkFigures) -> tuple[bool, int, str]:
        visits = artwork.figures.visits
        if isinstance(visits, Hidden):
            return True, 0, artwork.title
        return False, -visits, artwork.title

    return tuple(sorted(artworks, key=rank))
