"""Every message that the edge can emit is stored whole by the function that receives it."""

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.visit import Visit, encode_visit, encode_visits, split_into_messages
from edge.assembly import NO_MODEL
from edge.models import Box, Face
from edge.motion import Motion
from edge.tracker import Track
from edge.visits import Expressions, VisitBuilder, VisitRules
from lambdas.store_visits.reading import read_message
from tests.strategies import NOON_MS, visits
from tests.support.function_data import ARTWORKS, CONFIG, queue_body

_HOUR_MS = 3_600_000


@settings(max_examples=60)
@given(
    emitted=st.lists(visits(artworks=ARTWORKS), max_size=60, unique_by=lambda v: v.visit_id),
    transit_ms=st.integers(-_HOUR_MS, 27 * 24 * _HOUR_MS),
)
def test_every_emitted_visit_is_read_back_as_it_was(emitted: list[Visit], transit_ms: int) -> None:
    """Split as the forwarder splits, wrapped as the rule wraps: nothing refused, nothing changed.

    A Pi may be offline for weeks, and its clock may be a little ahead of the broker's.
    """
    received_at = NOON_MS + _HOUR_MS + transit_ms
    read = [
        one
        for group in split_into_messages(encode_visit(visit) for visit in emitted)
        for one in read_message(queue_body(encode_visits(group), received_at=received_at), CONFIG)
    ]
    assert read == emitted


def test_visits_that_were_only_counted_and_those_of_zones_are_stored() -> None:
    """What a device emits in count-only mode, and beside another of the museum's artworks."""
    builder = VisitBuilder(
        museum_id="city-gallery",
        artwork_id=ARTWORKS[0],
        device_id="pi-1",
        model=NO_MODEL,
        rules=VisitRules(),
        wall_ms=lambda moment_s: NOON_MS + round(moment_s * 1000),
    )
    box = Box(0, 0, 80, 80)
    track = Track(Face(box, 0.9), 0.0, 5.0, Motion(box, 0.0))
    emitted = [builder.build(track, Expressions(), zone) for zone in (None, ARTWORKS[1])]
    message = encode_visits([encode_visit(visit) for visit in emitted])
    read = list(read_message(queue_body(message, received_at=NOON_MS + _HOUR_MS), CONFIG))
    assert read == emitted
    assert [(v.artwork_id, v.samples, v.emotion_id) for v in emitted] == [
        (ARTWORKS[0], 0, -1),
        (ARTWORKS[1], 0, -1),
    ]
