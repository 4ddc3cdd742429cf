"""Nothing lost, nothing doubled, whatever fails and however often it comes."""

import json
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.metrics import Metric
from contracts.visit import Visit
from lambdas.store_visits.logic import Message
from tests import strategies
from tests.fakes.failures import always, never
from tests.support.function_data import MUSEUM
from tests.unit.lambdas.messages import body, message, ms, visit_at
from tests.unit.lambdas.worlds import World

NOW = ms("2026-11-12T12:00:00+01:00")


def _world() -> World:
    world = World()
    world.clock.wall_ms = NOW
    return world


def _now_and_then(seed: int, share: float) -> Callable[[], bool]:
    random = Random(seed)  # noqa: S311  # repeatable failures
    return lambda: random.random() < share


good_visits = strategies.visits(
    artworks=[artwork.id for artwork in MUSEUM.artworks],
    start_ms=NOW - 20 * 86_400_000,
    end_ms=NOW + 1000,
)
bad_payloads = st.sampled_from([b"", b"{", b"\xff", b'{"visits":[1]}', b'{"visits":[]}'])


@st.composite
def batches(draw: st.DrawFn) -> tuple[list[Message], list[Visit], int]:
    """Messages, the good visits in them, and the number of things to refuse."""
    visits = draw(st.lists(good_visits, max_size=12, unique_by=lambda visit: visit.visit_id))
    sent: list[Message] = []
    refused = 0
    left = list(visits)
    while bool(left) or draw(st.booleans()):
        number = len(sent)
        if draw(st.booleans()):
            sent.append(Message(f"m-{number}", body(draw(bad_payloads), received_at=NOW + number)))
            refused += 1
            continue
        size = draw(st.integers(0, 4))
        part, left = left[:size], left[size:]
        bad = [
            {"visit_id": n, "from": number, "faces": draw(st.integers())}
            for n in range(draw(st.integers(0, 2)))
        ]
        if part or bad:
            refused += len(bad)
            mixed: list[Visit | dict[str, Any]] = draw(st.permutations([*part, *bad]))
            sent.append(message(mixed, f"m-{number}", received_at=NOW + number))
    return sent, visits, refused


@settings(max_examples=250)  # batches of up to some five messages: a thousand payloads and more
@given(batches(), st.integers(0, 2**32), st.randoms(use_true_random=False))
def test_every_good_visit_is_stored_once_and_every_bad_one_kept_once(
    batch: tuple[list[Message], list[Visit], int], seed: int, order: Random
) -> None:
    """Over failures, partial failures, repetitions and changes of order."""
    messages, visits, refused = batch
    world = _world()
    for attempt in range(60):
        fails = _now_and_then(seed + attempt, 0.3) if attempt < 40 else never
        for fake in (world.visits, world.dirty_days, world.quarantine):
            fake.fails = fails
        failed = world.store_visits().store(messages)
        assert failed <= {one.message_id for one in messages}
        # The queue brings failed messages again, and now and then one that was done.
        messages = [m for m in messages if m.message_id in failed or order.random() < 0.1]
        order.shuffle(messages)
        if not failed:
            break
    assert sorted(world.visits.all(), key=lambda v: v.visit_id) == sorted(
        visits, key=lambda v: v.visit_id
    )
    assert len(world.quarantine.objects) == refused
    marked = {day for _, day in world.dirty_days.marks}
    today = world.run_at(NOW).today
    assert marked == {day for (_, _, day) in world.visits.items if day < today}


def test_only_the_message_whose_visit_failed_comes_back() -> None:
    """The others of the batch are done."""
    world = _world()
    calls = iter([False, True, False])
    world.visits.fails = lambda: next(calls)
    batch = [
        message([visit_at(f"2026-11-12T11:0{i}:00+01:00")], f"m-{i}", received_at=NOW)
        for i in range(3)
    ]
    assert world.store_visits().store(batch) == {"m-1"}
    assert len(world.visits.all()) == 2


def test_a_visit_that_came_twice_fails_both_of_its_messages() -> None:
    """Neither message may be taken for done."""
    world = _world()
    world.visits.fails = always
    visit = visit_at("2026-11-12T11:00:00+01:00")
    batch = [message([visit], f"m-{i}", received_at=NOW) for i in range(2)]
    assert world.store_visits().store(batch) == {"m-0", "m-1"}


def test_a_message_whose_refusal_cannot_be_kept_comes_back() -> None:
    """Nothing is refused without a trace."""
    world = _world()
    world.quarantine.fails = always
    assert world.store_visits().store([Message("m-1", body(b"x"))]) == {"m-1"}
    assert world.metrics.of(Metric.VISITS_QUARANTINED) == []


def test_a_visit_of_a_past_day_marks_that_day_once() -> None:
    """One mark per museum day and batch, none for today."""
    world = _world()
    days = ("10", "10", "11", "12")
    visits = [visit_at(f"2026-11-{day}T15:0{i}:00+01:00") for i, day in enumerate(days)]
    visits[3] = visit_at("2026-11-12T11:00:00+01:00")
    world.store_visits().store([message(visits, received_at=NOW)])
    assert [f"{day:%d}" for _, day in sorted(world.dirty_days.marks)] == ["10", "11"]


def test_a_message_comes_back_when_its_day_could_not_be_marked() -> None:
    """Stored but uncounted would be lost to the reports."""
    world = _world()
    world.dirty_days.fails = always
    late = message([visit_at("2026-11-10T15:00:00+01:00")], "late", received_at=NOW)
    fresh = message([visit_at("2026-11-12T11:00:00+01:00")], "fresh", received_at=NOW)
    assert world.store_visits().store([late, fresh]) == {"late"}


def test_latency_is_measured_from_the_end_of_the_visit() -> None:
    """A clock that runs fast gives clock skew instead, as a positive number."""
    world = _world()
    visit = visit_at("2026-11-12T11:59:50+01:00", dwell_ms=8000)
    fast = replace(visit_at("2026-11-12T11:59:59+01:00"), dwell_ms=4000)
    world.store_visits().store([message([visit, fast], received_at=NOW)])
    (latency,) = world.metrics.of(Metric.LATENCY)
    assert list(latency.values) == [2000]
    assert latency.dimensions == {"Museum": "city-gallery"}
    assert world.metrics.values(Metric.CLOCK_SKEW) == [3000]
    assert world.metrics.values(Metric.VISITS_STORED) == [2]
    assert len(world.visits.all()) == 2


def test_refusals_are_counted_under_the_service() -> None:
    """A refused message does not tell its museum reliably."""
    world = _world()
    world.store_visits().store([Message("a", body(b"x")), Message("b", body(b"y"))])
    (datum,) = world.metrics.of(Metric.VISITS_QUARANTINED)
    assert list(datum.values) == [2]
    assert datum.dimensions == {"service": "store_visits"}


@pytest.mark.parametrize("payload", [b"secret-words", b'{"visits":[{"secret-words":1}]}'])
def test_logs_say_the_reason_and_nothing_of_the_payload(payload: bytes) -> None:
    """Not even the name of an unknown field, which the sender chose."""
    world = _world()
    world.store_visits().store([Message("m-1", body(payload, received_at=NOW))])
    text = json.dumps([[line.event, line.facts] for line in world.log.lines])
    assert "secret" not in text
    assert "quarantined" in text
    assert '"reason"' in text
