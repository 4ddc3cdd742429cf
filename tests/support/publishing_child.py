"""A device that does nothing but make visits and deliver them, to be killed by tests.

Prints each visit's id once its ``put`` has returned: from then on the visit must not be lost.
"""

import random
import signal
import sys
import threading
import uuid
from pathlib import Path

from edge.adapters.iot_publisher import IotPublisher
from edge.adapters.sqlite_outbox import SqliteOutbox
from edge.adapters.system_clock import SystemClock, boot_id
from edge.clock import Timekeeper
from edge.config import load_config
from edge.forwarder import Forwarder
from edge.heartbeat import last_will
from edge.recorder import Recorder
from edge.upkeep import Upkeep
from edge.worker import Worker
from tests.fakes.board import FakeBoard
from tests.fakes.visits import make_visit

_BETWEEN_VISITS_S = 0.003


def main() -> None:
    """Runs until SIGTERM, then delivers what waits."""
    config = load_config(Path(sys.argv[1]))
    clock = SystemClock()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    outbox = SqliteOutbox(
        config.outbox.file, max_visits=config.outbox.max_visits, max_bytes=config.outbox.max_bytes
    )
    assert config.broker is not None
    publisher = IotPublisher(
        config.broker,
        client_id=config.device.device_id,
        ack_timeout_s=config.publish.timeout_s,
        will_topic=config.status_topic,
        will_payload=last_will(config.device, model="1", now_ms=clock.now_ms()),
    )
    times = Timekeeper(clock, FakeBoard(), boot=boot_id(), patience_s=0)
    recorder = Recorder(outbox, clock, times)
    forwarder = Forwarder(
        outbox,
        publisher,
        topic=config.visits_topic,
        config=config.publish,
        clock=clock,
        rng=random.Random(),  # noqa: S311 - jitter
        upkeep=Upkeep(outbox, times, clock, max_age_days=30),
    )
    publisher.start()
    worker = Worker("forwarder", forwarder.step)
    worker.start()
    while not stop.wait(_BETWEEN_VISITS_S):
        visit_id = str(uuid.uuid4())
        recorder.record([make_visit(visit_id, detected_at=clock.now_ms())])
        print(visit_id, flush=True)  # noqa: T201 - the parent reads it
    worker.stop(30)
    sys.exit(0 if forwarder.drain(30) else 1)


if __name__ == "__main__":
    main()
