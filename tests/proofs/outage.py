"""Three days without a broker: does everything arrive, in order, within the limits?

``python -m tests.proofs.outage [--visits 100000]`` queues visits through the recorder into the
outbox on disk while a clock of its own runs through 72 hours, then delivers them to a real
Mosquitto over mutual TLS. Prints what it took, and exits with 1 if a visit is missing, out of
order, sent faster than AWS IoT Core allows, or the files grew beyond the bound.
"""

import argparse
import dataclasses
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from edge.adapters.iot_publisher import IotPublisher
from edge.adapters.sqlite_outbox import SqliteOutbox
from edge.adapters.system_clock import SystemClock
from edge.clock import Timekeeper
from edge.config import EdgeConfig, PublishConfig, load_config
from edge.forwarder import Forwarder
from edge.models import OutboxState
from edge.ports import Clock, Publisher
from edge.recorder import Recorder
from edge.upkeep import Upkeep
from local_cloud.broker import MosquittoBroker
from tests.fakes.board import FakeBoard
from tests.fakes.clock import FakeClock
from tests.fakes.publisher import FakePublisher
from tests.fakes.visits import make_visit
from tests.support.edge_toml import write_edge_toml
from tests.support.listener import Listener, wait_until

OUTAGE_S: Final = 72 * 3600.0
MOST_PUBLISHES_PER_S: Final = 100
"""AWS IoT Core's limit for one connection."""
_OVERHEAD: Final = 1.5
"""The file may take that many times the visits' bytes: page heads, numbers, the end of a page."""
_LOG_BYTES: Final = 2 * 1024 * 1024


class Queued(NamedTuple):
    """What waits after an outage.

    Attributes:
        ids: Of the visits, in the order in which they ended.
        payload_bytes: Of all visits.
        file_bytes: Most that the database and its log took together.
        state: What the outbox says.
    """

    ids: list[str]
    payload_bytes: int
    file_bytes: int
    state: OutboxState


def size(file: Path) -> int:
    """Bytes of the database and its log."""
    parts = (file, file.with_name(f"{file.name}-wal"))
    return sum(part.stat().st_size for part in parts if part.exists())


def queue(outbox: SqliteOutbox, file: Path, clock: FakeClock, visits: int) -> Queued:
    """Visitors come for three days; nothing can be sent, and the forwarder keeps looking."""
    times = Timekeeper(clock, FakeBoard(), boot="outage", patience_s=300)
    upkeep = Upkeep(outbox, times, clock, max_age_days=30)
    recorder = Recorder(outbox, clock, times)
    forwarder = make_forwarder(outbox, FakePublisher(online=False), PublishConfig(), clock, upkeep)
    ids, most, payload_bytes = [], 0, 0
    for number in range(visits):
        clock.sleep(OUTAGE_S / visits)
        visit = make_visit(detected_at=clock.now_ms())
        ids.append(visit.visit_id)
        recorder.record([visit])
        if number % 100 == 0:
            forwarder.step()
            most = max(most, size(file))
    state = outbox.state()
    payload_bytes = outbox._rows.tally.size
    return Queued(ids, payload_bytes, max(most, size(file)), state)


def make_forwarder(
    outbox: SqliteOutbox,
    publisher: Publisher,
    config: PublishConfig,
    clock: Clock,
    upkeep: Upkeep | None = None,
) -> Forwarder:
    """What empties the outbox in this proof."""
    return Forwarder(
        outbox,
        publisher,
        topic="$aws/rules/r/museum/v1/city-gallery/pi-1/visits",
        config=config,
        clock=clock,
        rng=random.Random(1),  # noqa: S311 - jitter
        upkeep=upkeep,
    )


def drain(forwarder: Forwarder, done: Callable[[], bool], sleep: Callable[[float], None]) -> None:
    """Forwards until all is delivered, at the forwarder's own pace."""
    while not done():
        delay_s = forwarder.step()
        if delay_s:
            sleep(delay_s)


def _deliver(config: EdgeConfig, outbox: SqliteOutbox, listener: Listener) -> tuple[float, int]:
    """Sends all that waits to the broker.

    Returns:
        How long it took, seconds, and how many messages it was.
    """
    assert config.broker is not None
    publisher = IotPublisher(
        config.broker,
        client_id=config.device.device_id,
        ack_timeout_s=config.publish.timeout_s,
        will_topic=config.status_topic,
        will_payload=b"{}",
    )
    publisher.start()
    wait_until(lambda: publisher.connection > 0, "a connection")
    forwarder = make_forwarder(outbox, publisher, config.publish, SystemClock())
    begun_s = time.monotonic()
    drain(forwarder, lambda: outbox.state().depth == 0, time.sleep)
    seconds = time.monotonic() - begun_s
    publisher.stop(5)
    messages = [topic for topic, _ in listener.messages() if topic.endswith("/visits")]
    return seconds, len(messages)


def main() -> int:
    """Runs the proof and prints its figures.

    Returns:
        0 if everything held, else 1.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.proofs.outage")
    parser.add_argument("--visits", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, help="where the outbox lies meanwhile")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="outage-", dir=args.folder) as name:
        folder = Path(name)
        file = folder / "outbox.db"
        with (
            MosquittoBroker(folder / "broker") as broker,
            Listener(broker) as listener,
            SqliteOutbox(file, max_visits=200_000, max_bytes=128 << 20) as outbox,
        ):
            begun_s = time.monotonic()
            queued = queue(outbox, file, FakeClock(), args.visits)
            filled_s = time.monotonic() - begun_s
            config = load_config(write_edge_toml(folder, broker))
            config = dataclasses.replace(config, publish=PublishConfig(flush_s=0.2))
            seconds, messages = _deliver(config, outbox, listener)
            wait_until(lambda: len(listener.visit_counts()) == args.visits, "all visits", 120)
            arrived = list(dict.fromkeys(v["visit_id"] for v in listener.visits()))
            after = size(file)
    figures = {
        "visits": args.visits,
        "queued in, s": round(filled_s, 1),
        "visits' bytes": queued.payload_bytes,
        "file and log, bytes": queued.file_bytes,
        "file and log afterwards": after,
        "delivered in, s": round(seconds, 1),
        "messages": messages,
        "messages/s": round(messages / seconds, 1),
        "in order": arrived == queued.ids,
        "missing": len(set(queued.ids) - set(arrived)),
    }
    for what, figure in figures.items():
        print(f"{what:24} {figure}")  # noqa: T201 - a command prints
    good = (
        arrived == queued.ids
        and messages / seconds <= MOST_PUBLISHES_PER_S
        and queued.file_bytes <= _OVERHEAD * queued.payload_bytes + _LOG_BYTES
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
