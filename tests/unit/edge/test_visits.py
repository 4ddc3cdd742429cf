"""Every record keeps the contract, and says no more than was seen."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.expressions import Expression
from contracts.visit import encode_visit, parse_visit
from edge.models import Box, Face, ModelInfo
from edge.motion import Motion
from edge.tracker import Track
from edge.visits import Expressions, VisitBuilder, VisitRules

START_MS = 1_792_900_000_000
FACE = Face(Box(0, 0, 10, 10), 0.9)
BUILDER = VisitBuilder(
    museum_id="city-gallery",
    artwork_id="night-watch",
    device_id="pi-1",
    model=ModelInfo(version="1.2", abstain_below=0.4),
    rules=VisitRules(),
    wall_ms=lambda moment_s: START_MS + round(moment_s * 1000),
)
PROBABILITIES = st.lists(st.floats(0, 1), min_size=8, max_size=8).filter(lambda p: sum(p) > 0.01)


def track(first_s: float = 1.0, last_s: float = 6.0, sightings: int = 40) -> Track:
    """A believed track that was seen in every frame."""
    return Track(
        FACE,
        first_s,
        last_s,
        Motion(FACE.box, first_s),
        sightings=sightings,
        frames=sightings,
        confirmed=True,
    )


def seen(*frames: tuple[float, ...]) -> Expressions:
    """Some classified frames of 2 ms each."""
    expressions = Expressions()
    for probabilities in frames:
        expressions.add(probabilities, 2.0)
    return expressions


def certain(expression: Expression) -> tuple[float, ...]:
    """All probability on one expression."""
    return tuple(float(i == expression) for i in range(8))


@given(
    st.lists(st.tuples(PROBABILITIES, st.floats(0, 1e6)), max_size=8),
    st.floats(0, 1e6),
    st.floats(0, 2e5),
    st.floats(0, 1),
    st.integers(1, 5),
)
def test_every_visit_passes_the_contract(
    frames: list[tuple[list[float], float]],
    first_s: float,
    dwell_s: float,
    abstain_below: float,
    min_samples: int,
) -> None:
    """Whatever was classified, the record parses, and comes back as it was."""
    expressions = Expressions()
    for probabilities, milliseconds in frames:
        expressions.add([p / sum(probabilities) for p in probabilities], milliseconds)
    builder = replace(
        BUILDER,
        model=ModelInfo("1.2", abstain_below),
        rules=VisitRules(min_samples=min_samples),
    )
    visit = builder.build(track(first_s, first_s + dwell_s), expressions)
    assert parse_visit(json.loads(encode_visit(visit))) == visit
    if visit.samples:
        assert round(sum(visit.expressions), 6) == 1


def test_shares_are_means_and_the_top_one_is_the_expression() -> None:
    """Three happy frames and one sad one."""
    visit = BUILDER.build(
        track(),
        seen(*[certain(Expression.HAPPINESS)] * 3, certain(Expression.SADNESS)),
    )
    assert visit.emotion_id is Expression.HAPPINESS
    assert visit.confidence == 0.75
    assert list(visit.expressions) == [0, 0.75, 0, 0.25, 0, 0, 0, 0]
    assert (visit.samples, visit.inference_ms, visit.model) == (4, 2.0, "1.2")
    assert (visit.detected_at, visit.dwell_ms) == (START_MS + 1000, 5000)


def test_a_divided_model_abstains() -> None:
    """Below the threshold the expression is uncertain; shares and confidence stay."""
    visit = BUILDER.build(track(), seen(*[certain(e) for e in (Expression(i) for i in range(3))]))
    assert visit.emotion_id is Expression.UNCERTAIN
    assert visit.confidence == pytest.approx(0.334)
    assert sum(visit.expressions) == pytest.approx(1)


def test_one_look_is_not_enough_for_an_expression() -> None:
    """With fewer frames than asked for the model abstains, however sure."""
    visit = BUILDER.build(track(), seen(certain(Expression.ANGER)))
    assert (visit.emotion_id, visit.confidence, visit.samples) == (Expression.UNCERTAIN, 1.0, 1)


def test_without_a_look_there_is_no_expression() -> None:
    """A visitor whose face was never classified is still a visit."""
    visit = BUILDER.build(track(), Expressions())
    assert visit.emotion_id is Expression.UNCERTAIN
    assert (visit.samples, visit.confidence, sum(visit.expressions)) == (0, 0.0, 0.0)


def test_ids_are_new_each_time() -> None:
    """Two records of the same track share nothing that links them."""
    first, second = BUILDER.build(track(), seen()), BUILDER.build(track(), seen())
    assert first.visit_id != second.visit_id


@pytest.mark.parametrize(
    ("one", "is_visit"),
    [
        (track(), True),
        (track(1.0, 1.8), False),
        (track(1.0, 2.0), True),
        (track(sightings=3), False),
        (replace(track(), confirmed=False), False),
        (replace(track(), frames=200), False),
    ],
    ids=["stay", "passer-by", "just long enough", "few sightings", "not believed", "flicker"],
)
def test_only_a_stay_is_a_visit(one: Track, *, is_visit: bool) -> None:
    """Passers-by and flickers are told apart from visits."""
    assert VisitRules().is_visit(one) is is_visit
