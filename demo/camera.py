"""The camera step: the real edge process watches a film or a camera while the plug is pulled."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2

from contracts.museums import Museum
from demo.edge_process import EdgeProcess, Toml, write_toml
from demo.options import REPOSITORY, Options
from demo.stored import output, plain
from local_cloud.cloud import LocalCloud

DEVICE_ID = "pi-demo"
LEAD_S = 5.0
"""From the start of the edge process to the film's first frame: Python, OpenCV and model load."""
BROKER_DOWN_BEFORE_GAP_S = 1.5
EDGE_KILL_IN_GAP_S = 3.0
"""Longer than the tracker waits for a visitor who may come back, so that all visits are queued."""
BROKER_UP_AFTER_KILL_S = 2.0
FILM_END_TIMEOUT_S = 60.0
YUNET = REPOSITORY.parent / "shared" / "models" / "face_detection_yunet_2026may.onnx"
Progress = Callable[[float, float], None]


@dataclass(frozen=True, slots=True)
class Film:
    """A rendered film and what is known of it.

    Attributes:
        file: The film.
        truth: What ``workload film`` says of it: visits, duration_s, empty, …
    """

    file: Path
    truth: dict[str, Any]


@dataclass
class CameraResult:
    """What the camera step saw.

    Attributes:
        expected: Visits that must be stored.
        status: The device's last heartbeat, as the cloud has it.
        started_at_ms: When the camera began, ms since 1970 UTC.
        outage_ms: When the broker was down, ms since 1970 UTC.
        broker_kills: How often Mosquitto was killed.
        edge_kills: How often the edge process was killed.
    """

    expected: int = 0
    status: dict[str, Any] = field(default_factory=dict)
    started_at_ms: int = 0
    outage_ms: tuple[int, int] = (0, 0)
    broker_kills: int = 0
    edge_kills: int = 0


def yunet_model() -> Path | None:
    """YuNet's file where the machine has it; the edge falls back to Haar without it."""
    installed = REPOSITORY / "edge" / "models" / YUNET.name
    return next((f for f in (installed, YUNET) if f.is_file()), None)


def edge_toml(
    cloud: LocalCloud, museum: Museum, options: Options, film: Path | None, started_at_ms: int
) -> Toml:
    """The Pi's configuration, as its installer would write it from the stack's outputs."""
    device = cloud.register_device(museum.id, DEVICE_ID, live=True)
    tables: Toml = {
        "device": {
            "museum_id": museum.id,
            "artwork_id": museum.artworks[0].id,
            "device_id": DEVICE_ID,
        },
        "broker": {
            "endpoint": cloud.broker.host,
            "port": cloud.broker.port,
            "ca_file": str(device.ca_file),
            "certificate_file": str(device.certificate_file),
            "key_file": str(device.key_file),
            "visits_rule": output(cloud, "VisitsRuleName"),
            "reconnect_max_s": 2.0,
        },
        "camera": {"source": "video", "path": str(film), "realtime": True}
        if film
        else {"source": "v4l2", "index": options.camera or 0},
        "outbox": {"file": "outbox.sqlite"},
        "publish": {"flush_s": 1.0},
        "heartbeat": {"every_s": 5.0},
    }
    if options.renders_film:
        tables["camera"]["started_at_ms"] = started_at_ms
    detector = yunet_model()
    if detector:
        tables["detector"] = {"kind": "auto", "yunet_model": str(detector)}
    return tables


def run_camera(
    cloud: LocalCloud,
    museum: Museum,
    options: Options,
    film: Film | None,
    progress: Progress,
) -> CameraResult:
    """Runs the edge process over the film or the camera, with the plug pulled in the middle.

    With the demo's own film Mosquitto is killed while a visitor stands there and the edge process
    while nobody does, so that the truth stays known. With a film or a camera of the user's, whose
    truth nobody knows, Mosquitto alone is killed and the edge's own count is what must arrive.
    """
    home = options.out / "edge"
    home.mkdir(parents=True, exist_ok=True)
    start = time.time() + (LEAD_S if film else 0.0)  # only the rendered film waits for the edge
    file = film.file if film else options.video
    write_toml(home / "edge.toml", edge_toml(cloud, museum, options, file, round(start * 1000)))
    edge = EdgeProcess(home / "edge.toml", home / "edge.log")
    result = CameraResult(started_at_ms=round(start * 1000))
    edge.start()
    try:
        if film:
            _play(cloud, edge, film, result, progress)
            edge.wait(FILM_END_TIMEOUT_S)
        else:
            _watch(cloud, edge, options, result, progress)
    finally:
        edge.kill()
    return result


def settle(cloud: LocalCloud, museum: Museum, film: Film | None, result: CameraResult) -> None:
    """Adds what can be known only when the cloud has taken in everything."""
    result.status = last_status(cloud, museum.id)
    result.expected = int(film.truth["visits"] if film else result.status["visits"])


def _play(
    cloud: LocalCloud, edge: EdgeProcess, film: Film, result: CameraResult, progress: Progress
) -> None:
    start = result.started_at_ms / 1000
    gap_start = float(film.truth["empty"][0][0])
    kill_at = gap_start + EDGE_KILL_IN_GAP_S
    events: list[tuple[float, Callable[[], None]]] = [
        (gap_start - BROKER_DOWN_BEFORE_GAP_S, lambda: _broker_down(cloud, result)),
        (kill_at, lambda: _replace(edge, result)),
        (kill_at + BROKER_UP_AFTER_KILL_S, lambda: _broker_up(cloud, result)),
    ]
    duration = float(film.truth["duration_s"])
    while (now := time.time() - start) < duration:
        while events and now >= events[0][0]:
            events.pop(0)[1]()
        edge.check()
        progress(max(0.0, now), duration)
        time.sleep(0.1)


def _watch(
    cloud: LocalCloud,
    edge: EdgeProcess,
    options: Options,
    result: CameraResult,
    progress: Progress,
) -> None:
    length_s = _length_s(options.video) if options.video else options.watch_s
    start = time.monotonic()
    events: list[tuple[float, Callable[[], None]]] = [
        (length_s / 3, lambda: _broker_down(cloud, result)),
        (length_s / 2, lambda: _broker_up(cloud, result)),
    ]
    # A film ends by itself, and the edge process with it; a camera never does.
    longest_s = length_s + FILM_END_TIMEOUT_S if options.video else length_s
    while (now := time.monotonic() - start) < longest_s and edge.running:
        while events and now >= events[0][0]:
            events.pop(0)[1]()
        edge.check()
        progress(min(now, length_s), length_s)
        time.sleep(0.1)
    if result.broker_kills and not result.outage_ms[1]:
        _broker_up(cloud, result)
    edge.stop()


def _length_s(video: Path) -> float:
    """How long a film plays, seconds; 0 where the file does not say."""
    capture = cv2.VideoCapture(str(video))
    rate, frames = capture.get(cv2.CAP_PROP_FPS), capture.get(cv2.CAP_PROP_FRAME_COUNT)
    capture.release()
    return max(0.0, frames / rate) if rate > 0 else 0.0


def _broker_down(cloud: LocalCloud, result: CameraResult) -> None:
    cloud.kill_broker()
    result.broker_kills += 1
    result.outage_ms = (round(time.time() * 1000), 0)


def _broker_up(cloud: LocalCloud, result: CameraResult) -> None:
    cloud.start_broker()
    result.outage_ms = (result.outage_ms[0], round(time.time() * 1000))


def _replace(edge: EdgeProcess, result: CameraResult) -> None:
    edge.kill()
    result.edge_kills += 1
    edge.start()


def last_status(cloud: LocalCloud, museum_id: str) -> dict[str, Any]:
    """The demo device's newest heartbeat in the Devices table; empty if there is none."""
    found = cloud.client("dynamodb").get_item(
        TableName=output(cloud, "DevicesTableName"),
        Key={"museum_id": {"S": museum_id}, "device_id": {"S": DEVICE_ID}},
    )
    return plain(found.get("Item", {}))
