"""Three days without a broker, small; ``python -m tests.proofs.outage`` is the large one."""

import json
from concurrent.futures import Future
from pathlib import Path

from edge.adapters.sqlite_outbox import SqliteOutbox
from edge.config import PublishConfig
from tests.fakes.clock import FakeClock
from tests.fakes.publisher import FakePublisher
from tests.proofs.outage import MOST_PUBLISHES_PER_S, OUTAGE_S, drain, make_forwarder, queue, size

VISITS = 2000


class RatedPublisher(FakePublisher):
    """Takes messages at the pace of AWS's client; the time is the clock's."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self._clock = clock

    def publish(self, topic: str, payload: bytes) -> Future[None]:
        """A hundredth of a second each."""
        self._clock.sleep(1 / MOST_PUBLISHES_PER_S)
        return super().publish(topic, payload)


def test_an_outage_of_three_days_is_delivered_whole_in_order_and_in_full_messages(
    tmp_path: Path,
) -> None:
    """The file stays near what it holds, and is small again afterwards."""
    file, clock = tmp_path / "outbox.db", FakeClock()
    begun_s = clock.monotonic_s()
    with SqliteOutbox(file, max_visits=200_000, max_bytes=128 << 20) as outbox:
        assert outbox._db is not None
        outbox._db.execute("PRAGMA synchronous = OFF")  # this test cuts no power
        queued = queue(outbox, file, clock, VISITS)
        assert abs(clock.monotonic_s() - begun_s - OUTAGE_S) < 1
        assert (queued.state.depth, queued.state.dropped) == (VISITS, 0)
        assert queued.file_bytes < 1.5 * queued.payload_bytes + (1 << 20)

        publisher = RatedPublisher(clock)
        publisher.start()
        begun_s = clock.monotonic_s()
        forwarder = make_forwarder(outbox, publisher, PublishConfig(flush_s=0.2), clock)
        drain(forwarder, lambda: outbox.state().depth == 0, clock.sleep)

        messages = len(publisher.delivered)
        assert publisher.visit_ids() == queued.ids
        assert clock.monotonic_s() - begun_s < messages / MOST_PUBLISHES_PER_S + 5
        full = [len(json.loads(p)["visits"]) for _, p in publisher.delivered[:-1]]
        assert min(full) > 10
        assert size(file) < queued.file_bytes / 2


def test_the_bound_holds_through_an_outage_that_is_too_long(tmp_path: Path) -> None:
    """The newest visits are kept, the others counted; the file does not grow."""
    file, clock = tmp_path / "outbox.db", FakeClock()
    with SqliteOutbox(file, max_visits=500, max_bytes=128 << 20) as outbox:
        assert outbox._db is not None
        outbox._db.execute("PRAGMA synchronous = OFF")  # this test cuts no power
        queued = queue(outbox, file, clock, VISITS)

        kept = [json.loads(r.payload)["visit_id"] for r in outbox.peek(VISITS)]
        assert kept == queued.ids[-500:]
        assert queued.state.dropped == VISITS - 500
        assert queued.file_bytes < 1.5 * queued.payload_bytes + (1 << 20)
