"""``museum-edge run``: watch, measure, deliver, until told to stop."""

import argparse
import logging
import random
import signal
import threading
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from contracts.errors import ConfigError
from contracts.status import WatchMode
from edge import VERSION
from edge.adapters.board_health import BoardHealth
from edge.adapters.csv_log import CsvLog
from edge.adapters.health_note import HealthNote
from edge.adapters.iot_publisher import IotPublisher
from edge.adapters.memory_seal import seal_memory
from edge.adapters.pause_note import PauseNote
from edge.adapters.sqlite_outbox import SqliteOutbox
from edge.adapters.system_clock import SystemClock, boot_id
from edge.adapters.systemd_notifier import SystemdNotifier
from edge.assembly import build_pipeline, open_source
from edge.camera_condition import CameraCondition
from edge.clock import Timekeeper
from edge.commands.subparsers import Subparsers
from edge.config import INSTALLED, BrokerConfig, CameraConfig, EdgeConfig, load_config
from edge.errors import CameraError
from edge.forwarder import Forwarder
from edge.gate import WatchGate
from edge.heartbeat import Heartbeat, last_will
from edge.pipeline import Pipeline
from edge.ports import Clock, VisitSink
from edge.process import EdgeProcess
from edge.recorder import Recorder
from edge.supervision import Supervision
from edge.upkeep import Upkeep
from edge.uplink import CloudUplink, NoUplink, Uplink
from edge.visit_log import Sinks, VisitLog

_log = logging.getLogger(__name__)


def add_parser(subparsers: Subparsers) -> None:
    """Adds ``run`` to the command line."""
    parser = subparsers.add_parser("run", help="measure visits and deliver them, until stopped")
    parser.add_argument("--config", type=Path, default=INSTALLED, help=f"default: {INSTALLED}")
    parser.add_argument(
        "--log",
        type=Path,
        metavar="FILE.csv",
        help="add a row for each visit to this file; works without a [broker]",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs until SIGTERM, SIGINT or the end of the film.

    Returns:
        0 after an orderly end.

    Raises:
        ConfigError: The configuration cannot be used.
        EdgeError: A file that it names, or the camera, cannot be used; or a film has ended and
            the broker was never reached.
    """
    config = load_config(args.config)
    if config.broker is None and args.log is None:
        problem = "is missing; name the broker, or give --log FILE.csv to work without a cloud"
        raise ConfigError(args.config.name, "broker", problem)
    seal_memory()
    clock = SystemClock()
    with ExitStack() as stack:
        log = None
        if args.log is not None:
            log = VisitLog(CsvLog(args.log, clock), clock, config.watch.zone)
            stack.callback(log.close)
        process = build(config, clock, log)
        stop_by_signal(process.stop)
        _log.info("%s beside %s starts", config.device.device_id, config.device.artwork_id)
        process.run()
    return 0


def stop_by_signal(stop: Callable[[], None]) -> None:
    """Has SIGTERM and SIGINT call ``stop``, in a thread of its own.

    A handler interrupts the main thread anywhere, also where that holds the very lock that ``stop``
    needs: setting the event on which it is about to wait would then hang the process.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=stop, name="stop").start())


def build(config: EdgeConfig, clock: Clock, log: VisitLog | None = None) -> EdgeProcess:
    """Makes the process with its adapters; nothing runs yet.

    Args:
        config: The whole configuration; without a broker nothing speaks to anybody.
        clock: Time.
        log: Takes visits beside the outbox, or instead of it.

    Raises:
        EdgeError: A model, the outbox, a certificate or a film cannot be used.
    """
    _check_film(config.camera)
    board = BoardHealth()
    gate = WatchGate(
        config.watch,
        switches=PauseNote.beside(config.outbox.file),
        clock=clock,
        clock_synced=board.clock_synced,
    )
    load_model = gate.mode() is not WatchMode.COUNT_ONLY
    pipeline = build_pipeline(config, clock, load_model=load_model)
    sinks: list[VisitSink] = [] if log is None else [log]
    uplink: Uplink = NoUplink()
    if config.broker is not None:
        recorder, uplink = _cloud(
            config, config.broker, pipeline=pipeline, gate=gate, board=board, clock=clock
        )
        sinks.append(recorder)
    note = HealthNote(
        HealthNote.file_of_environment(),
        version=VERSION,
        camera=lambda: process.camera,
        clock=clock,
    )
    process = EdgeProcess(
        open_camera=partial(open_source, config.camera, clock),
        pipeline=pipeline,
        recorder=Sinks(sinks),
        uplink=uplink,
        gate=gate,
        reopen=config.camera.is_live,
        condition=CameraCondition(config.condition) if config.camera.is_live else None,
        supervisor=Supervision((SystemdNotifier.of_environment(clock), note)),
    )
    return process


def _cloud(
    config: EdgeConfig,
    broker: BrokerConfig,
    *,
    pipeline: Pipeline,
    gate: WatchGate,
    board: BoardHealth,
    clock: Clock,
) -> tuple[Recorder, CloudUplink]:
    """What puts visits into the outbox, and the threads that send them from there."""
    model, timeout_s = pipeline.model.version, config.publish.timeout_s
    publisher = IotPublisher(
        broker,
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
    times = Timekeeper(clock, board, boot=boot_id(), patience_s=config.outbox.clock_patience_s)
    recorder = Recorder(outbox, clock, times)
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
        upkeep=Upkeep(outbox, times, clock, max_age_days=config.outbox.max_age_days),
    )
    uplink = CloudUplink(
        outbox=outbox,
        publisher=publisher,
        forwarder=forwarder,
        heartbeat=heartbeat,
        config=config.publish,
        must_reach=not config.camera.is_live,
    )
    return recorder, uplink


def _check_film(camera: CameraConfig) -> None:
    """A camera may be plugged in later; a film that is not there is a mistake."""
    if camera.is_live or camera.path is None:
        return
    try:
        camera.path.stat()
    except FileNotFoundError as exc:
        raise CameraError(str(camera.path), "is not there; check camera.path") from exc
    except OSError as exc:
        raise CameraError(str(camera.path), f"cannot be read: {exc.strerror}") from exc
