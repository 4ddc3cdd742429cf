"""From finished visits to the outbox."""

import dataclasses
import json

import pytest

from edge.recorder import Recorder
from tests.fakes.clock import FakeClock
from tests.fakes.outbox import InMemoryOutbox
from tests.fakes.visits import make_visit


def ids(outbox: InMemoryOutbox) -> list[str]:
    """What is queued."""
    return [json.loads(r.payload)["visit_id"] for r in outbox.peek(100)]


def test_visits_are_queued_in_order() -> None:
    """With the time at which they were."""
    outbox, clock = InMemoryOutbox(), FakeClock()
    visits = [make_visit() for _ in range(3)]

    Recorder(outbox, clock).record(visits)

    assert ids(outbox) == [v.visit_id for v in visits]
    assert outbox.state().oldest_at == clock.now_ms()


def test_an_invalid_visit_is_held_back_and_told(caplog: pytest.LogCaptureFixture) -> None:
    """The others are queued; the log names the field."""
    outbox = InMemoryOutbox()
    good = make_visit()
    bad = dataclasses.replace(make_visit(), detected_at=1000)

    Recorder(outbox, FakeClock()).record([bad, good])

    assert ids(outbox) == [good.visit_id]
    assert "detected_at" in caplog.text


def test_a_full_disk_costs_nothing_as_long_as_the_process_lives() -> None:
    """Visits follow in their order once there is room; it is looked for every ten seconds."""
    outbox, clock = InMemoryOutbox(), FakeClock()
    recorder = Recorder(outbox, clock)
    visits = [make_visit() for _ in range(3)]
    outbox.full_disk = True
    recorder.record(visits[:2])
    outbox.full_disk = False
    recorder.record(visits[2:])
    assert ids(outbox) == []

    clock.sleep(10)
    recorder.record([])

    assert ids(outbox) == [v.visit_id for v in visits]


def test_a_stop_does_not_wait_for_the_next_try() -> None:
    """What is held is written at once if it can be."""
    outbox = InMemoryOutbox()
    recorder = Recorder(outbox, FakeClock())
    visit = make_visit()
    outbox.full_disk = True
    recorder.record([visit])
    outbox.full_disk = False

    assert recorder.flush() == 0

    assert ids(outbox) == [visit.visit_id]


def test_what_cannot_be_written_at_a_stop_is_told() -> None:
    """It is lost with the process."""
    outbox = InMemoryOutbox()
    recorder = Recorder(outbox, FakeClock())
    outbox.full_disk = True
    recorder.record([make_visit(), make_visit()])

    assert recorder.flush() == 2


def test_memory_is_bounded_and_what_falls_off_is_counted_for_good(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The oldest go; the count moves into the outbox as soon as that can be written."""
    monkeypatch.setattr("edge.recorder.MOST_HELD", 5)
    outbox, clock = InMemoryOutbox(), FakeClock()
    recorder = Recorder(outbox, clock)
    visits = [make_visit() for _ in range(8)]
    outbox.full_disk = True
    recorder.record(visits)
    assert recorder.lost == 3

    outbox.full_disk = False
    clock.sleep(10)
    recorder.record([])

    assert ids(outbox) == [v.visit_id for v in visits[3:]]
    assert (recorder.lost, outbox.state().dropped) == (0, 3)
