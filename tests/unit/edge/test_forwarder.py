"""From the outbox to the broker: batches, order, backoff, acknowledgements."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.visit import MAX_MESSAGE_BYTES, split_into_messages
from edge.config import PublishConfig
from edge.forwarder import Forwarder
from tests.fakes.clock import FakeClock
from tests.fakes.outbox import InMemoryOutbox
from tests.fakes.publisher import Answer, FakePublisher
from tests.fakes.visits import make_payload

TOPIC = "$aws/rules/r/museum/v1/city-gallery/pi-1/visits"


class Bench:
    """A forwarder between fakes."""

    def __init__(self, *, seed: int = 1, **settings: float) -> None:
        self.clock = FakeClock()
        self.outbox = InMemoryOutbox()
        self.publisher = FakePublisher()
        self.publisher.start()
        self.config = PublishConfig(**settings)  # type: ignore[arg-type]  # max_in_flight is an int
        self.forwarder = Forwarder(
            self.outbox,
            self.publisher,
            topic=TOPIC,
            config=self.config,
            clock=self.clock,
            rng=random.Random(seed),  # noqa: S311 - jitter in a test
        )

    def queue(self, count: int) -> list[str]:
        """Queues that many visits; their ids."""
        payloads = [make_payload() for _ in range(count)]
        for payload in payloads:
            self.outbox.put(payload, self.clock.now_ms())
        return [json.loads(p)["visit_id"] for p in payloads]


def test_a_message_that_is_not_full_waits_for_the_flush() -> None:
    """A lone visit leaves after ``flush_s``, not before."""
    bench = Bench(flush_s=3.0)
    ids = bench.queue(1)

    bench.forwarder.step()
    bench.clock.sleep(2.9)
    bench.forwarder.step()
    assert bench.publisher.delivered == []

    bench.clock.sleep(0.2)
    bench.forwarder.step()
    assert bench.publisher.visit_ids() == ids
    assert bench.outbox.state().depth == 0


def test_full_messages_leave_at_once() -> None:
    """Only the last, which is not full, waits."""
    bench = Bench(flush_s=60.0)
    ids = bench.queue(40)
    payloads = [r.payload for r in bench.outbox.peek(40)]
    *full, last = split_into_messages(payloads)

    bench.forwarder.step()

    assert len(full) > 1
    assert bench.publisher.visit_ids() == ids[: -len(last)]
    assert bench.outbox.state().depth == len(last)


def test_messages_keep_within_five_kilobytes_and_the_window() -> None:
    """No message beyond IoT Core's metering step, no round beyond ``max_in_flight``."""
    bench = Bench(max_in_flight=3)
    bench.queue(200)

    delay_s = bench.forwarder.step()

    assert len(bench.publisher.delivered) == 3
    assert all(len(payload) <= MAX_MESSAGE_BYTES for _, payload in bench.publisher.delivered)
    assert delay_s == 0.0, "more is ready"


def test_what_is_not_acknowledged_stays() -> None:
    """A lost acknowledgement means that the same visits are sent again."""
    bench = Bench(flush_s=0.1)
    ids = bench.queue(2)
    bench.forwarder.step()
    bench.clock.sleep(1)
    bench.publisher.answers.append(Answer.LOSE_ACK)

    bench.forwarder.step()
    assert bench.outbox.state().depth == 2

    bench.clock.sleep(1)
    bench.forwarder.step()
    bench.clock.sleep(1)
    bench.forwarder.step()
    assert bench.publisher.visit_ids() == ids + ids
    assert bench.outbox.state().depth == 0


def test_failures_are_followed_by_growing_random_pauses() -> None:
    """Full jitter: between nothing and a bound that doubles up to ``retry_max_s``."""
    bench = Bench(flush_s=0.1, retry_min_s=1.0, retry_max_s=8.0)
    bench.queue(1)
    bench.forwarder.step()
    delays = []
    for _ in range(300):
        bench.clock.sleep(1)
        bench.publisher.answers.append(Answer.BUSY)
        delays.append(bench.forwarder.step())

    bounds = [min(8.0, 2.0**n) for n in range(300)]
    assert all(0 <= d <= b for d, b in zip(delays, bounds, strict=True))
    later = sorted(delays[10:])
    assert later[0] < 1.0
    assert later[-1] > 7.0
    assert bench.outbox.state().depth == 1


def test_success_resets_the_pause() -> None:
    """After a delivery the next failure starts from the first bound."""
    bench = Bench(flush_s=0.1, retry_min_s=0.5, retry_max_s=60.0)
    for answer in (*[Answer.BUSY] * 12, Answer.ACKNOWLEDGE, Answer.BUSY):
        bench.queue(1)
        bench.forwarder.step()
        bench.clock.sleep(1)
        bench.publisher.answers.append(answer)
        delay_s = bench.forwarder.step()

    assert delay_s <= 0.5


def test_a_refusal_by_policy_keeps_the_visits_and_retries_slowly() -> None:
    """Never dropped: an operator can mend the policy."""
    bench = Bench(flush_s=0.1, refused_retry_s=60.0)
    ids = bench.queue(3)
    bench.forwarder.step()
    bench.clock.sleep(1)
    bench.publisher.answers.append(Answer.REFUSE)

    assert bench.forwarder.step() == 60.0
    assert bench.outbox.state().depth == 3

    bench.clock.sleep(60)
    assert bench.forwarder.drain(10)
    assert bench.publisher.visit_ids() == ids


def test_nothing_is_tried_without_a_connection() -> None:
    """Offline is a state: no attempts, no growing pause."""
    bench = Bench()
    bench.queue(50)
    bench.publisher.go_offline()

    assert bench.forwarder.step() <= 1.0

    bench.publisher.go_online()
    bench.forwarder.step()
    assert bench.publisher.delivered


def test_a_row_that_a_failing_card_has_spoilt_does_not_spoil_its_message() -> None:
    """It is dropped and counted; the visits around it arrive."""
    bench = Bench(flush_s=0.1)
    first = bench.queue(2)
    bench.outbox.put(make_payload()[:-40] + b"\x00" * 40, bench.clock.now_ms())
    bench.outbox.put(b"\xff\xfe", bench.clock.now_ms())
    second = bench.queue(1)

    assert bench.forwarder.drain(10)

    assert bench.publisher.visit_ids() == first + second
    assert bench.outbox.state().dropped == 2


def test_draining_sends_everything() -> None:
    """Also the message that is not full, over as many rounds as it takes."""
    bench = Bench(max_in_flight=2)
    ids = bench.queue(100)

    assert bench.forwarder.drain(10)

    assert bench.publisher.visit_ids() == ids


def test_draining_gives_up_in_time() -> None:
    """What could not be sent stays in the outbox."""
    bench = Bench()
    bench.queue(5)
    bench.publisher.go_offline()
    began_s = bench.clock.monotonic_s()

    assert not bench.forwarder.drain(10)

    assert bench.clock.monotonic_s() - began_s == pytest.approx(10, abs=1)
    assert bench.outbox.state().depth == 5


@given(
    answers=st.lists(st.sampled_from(list(Answer)), max_size=40),
    visits=st.integers(0, 60),
    max_in_flight=st.integers(1, 10),
    seed=st.integers(0, 1000),
)
def test_every_visit_arrives_whatever_fails(
    answers: list[Answer], visits: int, max_in_flight: int, seed: int
) -> None:
    """At least once, and nothing is deleted that the broker does not have."""
    bench = Bench(seed=seed, max_in_flight=max_in_flight, flush_s=0.1)
    ids = bench.queue(visits)
    bench.publisher.answers.extend(answers)

    for _ in range(500):
        waiting = {json.loads(r.payload)["visit_id"] for r in bench.outbox.peek(1000)}
        assert set(ids) - waiting <= set(bench.publisher.visit_ids())
        if not waiting:
            break
        if not bench.publisher.connection:
            bench.publisher.go_online()
        bench.clock.sleep(max(0.2, bench.forwarder.step()))

    assert set(bench.publisher.visit_ids()) == set(ids)
    assert bench.outbox.state().depth == 0


@given(
    answers=st.lists(
        st.sampled_from([Answer.ACKNOWLEDGE, Answer.LOSE_ACK, Answer.BREAK]), max_size=40
    ),
    visits=st.integers(0, 60),
    max_in_flight=st.integers(1, 10),
)
def test_lost_connections_do_not_change_the_order(
    answers: list[Answer], visits: int, max_in_flight: int
) -> None:
    """Visits arrive for the first time in the order in which they were queued."""
    bench = Bench(max_in_flight=max_in_flight)
    ids = bench.queue(visits)
    bench.publisher.answers.extend(answers)

    while not bench.forwarder.drain(10):
        bench.publisher.go_online()

    assert list(dict.fromkeys(bench.publisher.visit_ids())) == ids


@given(
    answers=st.lists(st.sampled_from([Answer.ACKNOWLEDGE, Answer.BUSY]), max_size=40),
    visits=st.integers(0, 60),
)
def test_one_message_at_a_time_keeps_the_order_even_when_single_ones_are_refused(
    answers: list[Answer], visits: int
) -> None:
    """With ``max_in_flight = 1`` nothing at all can swap two messages."""
    bench = Bench(max_in_flight=1)
    ids = bench.queue(visits)
    bench.publisher.answers.extend(answers)

    while not bench.forwarder.drain(10):
        pass

    assert list(dict.fromkeys(bench.publisher.visit_ids())) == ids
