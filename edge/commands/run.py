"""``museum-edge run``: watch, measure, deliver, until told to stop."""

import argparse
import logging
import random
import signal
from functools import partial
from pathlib import Path

from edge.adapters.board_health import BoardHealth
from edge.adapters.iot_publisher import IotPublisher
from edge.adapters.pause_note import PauseNote
from edge.adapters.sqlite_outbox import SqliteOutbox
from edge.adapters.system_clock import SystemClock
from edge.assembly import build_pipeline, open_source
from edge.commands.subparsers import Subparsers
from edge.config import CameraConfig, EdgeConfig, load_config
from edge.errors import CameraError
from edge.forwarder import Forwarder
from edge.gate import WatchGate
from edge.heartbeat import Heartbeat, last_will
from edge.ports import Clock
from edge.process import EdgeProcess
from edge.recorder import Recorder

_log = logging.getLogger(__name__)


def add_parser(subparsers: Subparsers) -> None:
    """Adds ``run`` to the command line."""
    parser = subparsers.add_parser("run", help="measure visits and deliver them, until stopped")
    parser.add_argument("--config", type=Path, required=True, help="edge.toml")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs until SIGTERM, SIGINT or the end of the film.

    Returns:
        0 after an orderly end.

    Raises:
        ConfigError: The configuration cannot be used.
        EdgeError: A file that it names, or the camera, cannot be used.
    """
    config = load_config(args.config)
    process = build(config, SystemClock())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: process.stop())
    _log.info("%s beside %s starts", config.device.device_id, config.device.artwork_id)
    process.run()
    return 0


def build(config: EdgeConfig, clock: Clock) -> EdgeProcess:
    """Makes the process with its adapters; nothing runs yet.

    Raises:
        EdgeError: A model, the outbox, a certificate or a film cannot be used.
    """
    _check_film(config.camera)
    pipeline = build_pipeline(config, clock)
    model, timeout_s = pipeline.model.version, config.publish.timeout_s
    publisher = IotPublisher(
        config.broker,
        client_id=config.device.device_id,
        ack_timeout_s=timeout_s,
        will_topic=config.status_topic,
        will_payload=last_will(config.device, model=model, now_ms=clock.now_ms()),
    )
    outbox = SqliteOutbox(
        config.outbox.file,
        max_visits=config.outbox.max_visits,
        max_bytes=config.outbox.max_bytes,
    )
    recorder = Recorder(outbox, clock)
    board = BoardHealth()
    gate = WatchGate(
        config.watch,
        switches=PauseNote.beside(config.outbox.file),
        clock=clock,
        clock_synced=board.clock_synced,
    )
    heartbeat = Heartbeat(
        config.device,
        topic=config.status_topic,
        model=model,
        every_s=config.heartbeat.every_s,
        timeout_s=timeout_s,
        stats=pipeline.stats,
        outbox=outbox,
        recorder=recorder,
        gate=gate,
        board=board,
        publisher=publisher,
        clock=clock,
    )
    forwarder = Forwarder(
        outbox,
        publisher,
        topic=config.visits_topic,
        config=config.publish,
        clock=clock,
        rng=random.Random(),  # noqa: S311 - jitter, no secret
    )
    return EdgeProcess(
        open_camera=partial(open_source, config.camera, clock),
        pipeline=pipeline,
        recorder=recorder,
        outbox=outbox,
        publisher=publisher,
        forwarder=forwarder,
        heartbeat=heartbeat,
        gate=gate,
        config=config.publish,
        reopen=config.camera.is_live,
    )


def _check_film(camera: CameraConfig) -> None:
    """A camera may be plugged in later; a film that is not there is a mistake."""
    if not camera.is_live and not (camera.path and camera.path.exists()):
        raise CameraError(str(camera.path), "is not there; check camera.path")
