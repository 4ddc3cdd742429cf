"""The day's metrics."""

from datetime import date

from contracts.expressions import Expression
from contracts.metrics import Metric
from lambdas.shared.models.counts import HourCount
from lambdas.shared.museum_time import local_noon_ms
from tests.support.function_data import ARTWORKS, MUSEUM, hour_counts
from tests.unit.lambdas.messages import ms
from tests.unit.lambdas.worlds import World

DAY = date(2026, 11, 12)
MORNING = ms("2026-11-13T06:30:00+01:00")


def _published(*counts: HourCount) -> World:
    world = World()
    world.rollups.change(MUSEUM.id, DAY, put=counts, delete=[], computed_at=1)
    world.publish_statistics().run(world.run_at(MORNING))
    return world


def test_expressions_and_the_busiest_hour_carry_their_day() -> None:
    """Noon of the museum day, whenever they are published; uncertain is an expression too."""
    moods = {
        Expression.HAPPINESS: 20,
        Expression.NEUTRAL: 15,
        Expression.UNCERTAIN: 12,
        Expression.FEAR: 11,
        Expression.ANGER: 5,
    }
    world = _published(
        *(
            hour_counts(63, hour=hour, artwork_id=artwork_id, emotions=moods)
            for hour in ("11+0100", "12+0100")
            for artwork_id in ARTWORKS
        )
    )
    counts = {
        (one.dimensions["Artwork"], one.dimensions["Emotion"]): list(one.values)
        for one in world.metrics.of(Metric.EMOTION_COUNT_PER_ARTWORK)
    }
    assert counts["water-lilies", "happiness"] == [40]
    assert counts["water-lilies", "uncertain"] == [24]
    (busiest,) = world.metrics.of(Metric.BUSIEST_HOUR_COUNT)
    assert list(busiest.values) == [3 * 63]
    assert busiest.dimensions == {"Museum": "city-gallery"}
    assert {one.at_ms for one in world.metrics.data} == {local_noon_ms(DAY, MUSEUM.zone)}


def test_small_numbers_have_no_datum_at_all() -> None:
    """Not even a zero."""
    world = _published(
        hour_counts(12, hour="11+0100", emotions={Expression.FEAR: 9, Expression.ANGER: 3}),
        hour_counts(9, hour="12+0100", artwork_id="harvest"),
    )
    assert all(value >= 10 for one in world.metrics.data for value in one.values)
    assert world.metrics.of(Metric.EMOTION_COUNT_PER_ARTWORK) == []


def test_a_day_without_visits_publishes_nothing() -> None:
    """A closed museum leaves a gap in the graph."""
    assert _published().metrics.data == []
