"""The straight recount."""

from datetime import date, datetime

from contracts.expressions import Expression
from contracts.museums import Museum
from contracts.visit import Visit
from workload.recount import recount


def visit(at: str, artwork: str, emotion: Expression) -> Visit:
    """A visit of one second at a moment."""
    shares = tuple(float(i == emotion) for i in range(8))
    return Visit(
        visit_id="00000000-0000-4000-8000-000000000000",
        museum_id="city-gallery",
        artwork_id=artwork,
        device_id=f"pi-{artwork}",
        detected_at=round(datetime.fromisoformat(at).timestamp() * 1000),
        dwell_ms=1000,
        emotion_id=emotion,
        confidence=1.0,
        expressions=shares,
        samples=1,
        inference_ms=1.0,
        model="m",
    )


def test_the_day_is_the_museums_own_and_the_repeated_hour_counts_twice(museum: Museum) -> None:
    """Six visits around the 25 hours of 25 October 2026 in Rome, counted by hand."""
    visits = [
        visit("2026-10-24T21:59:59Z", "harvest", Expression.ANGER),  # 23:59 on the 24th
        visit("2026-10-24T22:00:00Z", "harvest", Expression.ANGER),
        visit("2026-10-25T00:30:00Z", "harvest", Expression.HAPPINESS),
        visit("2026-10-25T01:30:00Z", "the-letter", Expression.HAPPINESS),
        visit("2026-10-25T22:59:59Z", "the-letter", Expression.NEUTRAL),
        visit("2026-10-25T23:00:00Z", "the-letter", Expression.NEUTRAL),  # midnight to the 26th
    ]
    found = recount(visits, museum, date(2026, 10, 25))
    assert found.visits == 4
    assert found.by_artwork == {"harvest": 2, "the-letter": 2}
    assert found.by_hour == {"00+0200": 1, "02+0200": 1, "02+0100": 1, "23+0100": 1}
    assert found.by_expression == {
        Expression.ANGER: 1,
        Expression.HAPPINESS: 2,
        Expression.NEUTRAL: 1,
    }
    assert found.by_artwork_hour["the-letter", "02+0100"] == 1
    assert found.by_artwork_expression["harvest", Expression.HAPPINESS] == 1
    assert found.dwell_ms == {"harvest": 2000, "the-letter": 2000}
