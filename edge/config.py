"""``edge.toml``: the whole configuration of one Pi, frozen and checked once."""

import dataclasses
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final, TypeVar

from contracts.errors import ContractError
from contracts.strict_toml import load
from contracts.topics import basic_ingest, check_slug, status_topic, visits_topic

PACKAGED_MODEL: Final = Path(__file__).parent / "models" / "expression.tflite"
MOST_IN_FLIGHT: Final = 10
"""Unacknowledged messages at a time; AWS IoT Core would take 100 per client."""
_LONGEST_KEEP_ALIVE_S: Final = 1200
"""AWS IoT Core takes 30 to 1200 s."""
_T = TypeVar("_T")


def _check(field_name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise ContractError(field_name, f"must lie in {low:g} to {high:g}, not {value:g}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceConfig:
    """Who this Pi is.

    Attributes:
        museum_id: Slug, as in ``museum.toml``.
        artwork_id: Slug, as in ``museum.toml``.
        device_id: Slug; equals the MQTT client id and the certificate's common name.
    """

    museum_id: str
    artwork_id: str
    device_id: str

    def __post_init__(self) -> None:
        for name in ("museum_id", "artwork_id", "device_id"):
            check_slug(name, getattr(self, name))


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerConfig:
    """Where visits go.

    Attributes:
        endpoint: Host name of the broker, as in its certificate.
        port: TCP port of MQTT over TLS.
        ca_file: Certificates of the authorities that may sign the broker's, PEM.
        certificate_file: This device's certificate, PEM.
        key_file: Its private key, PEM.
        visits_rule: Name of the IoT rule for Basic Ingest; empty publishes on the plain topic.
        keep_alive_s: Longest silence before a ping, seconds.
        reconnect_min_s: First delay before connecting again, seconds; grows with full jitter.
        reconnect_max_s: Longest such delay, seconds.
    """

    endpoint: str
    ca_file: Path
    certificate_file: Path
    key_file: Path
    port: int = 8883
    visits_rule: str = ""
    keep_alive_s: int = 60
    reconnect_min_s: float = 1.0
    reconnect_max_s: float = 60.0

    def __post_init__(self) -> None:
        if not self.endpoint:
            raise ContractError("endpoint", "must name the broker")
        _check("port", self.port, 1, 65_535)
        _check("keep_alive_s", self.keep_alive_s, 30, _LONGEST_KEEP_ALIVE_S)
        _check("reconnect_min_s", self.reconnect_min_s, 0.1, 60)
        _check("reconnect_max_s", self.reconnect_max_s, self.reconnect_min_s, 3600)
        if self.visits_rule:
            try:
                basic_ingest(self.visits_rule, "x")
            except ContractError as exc:
                raise ContractError("visits_rule", exc.problem) from exc


class CameraSource(StrEnum):
    """What delivers frames."""

    VIDEO = "video"
    IMAGES = "images"
    V4L2 = "v4l2"


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraConfig:
    """The camera, or what plays one.

    Attributes:
        source: Kind of camera.
        path: Video file, or folder of pictures.
        index: Number of the V4L2 device: 0 is ``/dev/video0``.
        width: Wanted width of a V4L2 camera's picture, pixels.
        height: Wanted height, pixels.
        frames_per_s: Wanted rate of a V4L2 camera; rate at which a folder of pictures plays.
        realtime: A file plays at its own rate, as a camera would, rather than as fast as it can.
        started_at_ms: With ``realtime``: the file has been playing since then (ms since 1970 UTC),
            so that a process that starts later joins in the middle; None begins at its start.
    """

    source: CameraSource
    path: Path | None = None
    index: int = 0
    width: int = 1280
    height: int = 720
    frames_per_s: float = 15.0
    realtime: bool = False
    started_at_ms: int | None = None

    def __post_init__(self) -> None:
        if self.source is not CameraSource.V4L2 and self.path is None:
            raise ContractError("path", f"is missing; source {self.source.value!r} needs it")
        if self.started_at_ms is not None and not self.realtime:
            raise ContractError("started_at_ms", "needs realtime = true")
        _check("index", self.index, 0, 63)
        _check("width", self.width, 160, 7680)
        _check("height", self.height, 120, 4320)
        _check("frames_per_s", self.frames_per_s, 0.1, 240)


class DetectorKind(StrEnum):
    """Which face detector; ``AUTO`` takes YuNet where its file is there, Haar elsewhere."""

    AUTO = "auto"
    YUNET = "yunet"
    HAAR = "haar"


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorConfig:
    """How faces are found.

    Attributes:
        kind: Which detector.
        yunet_model: YuNet's ONNX file; without it ``auto`` means Haar.
        min_face_px: Smallest face that is looked for, side in pixels of the full frame.
    """

    kind: DetectorKind = DetectorKind.AUTO
    yunet_model: Path | None = None
    min_face_px: int = 32

    def __post_init__(self) -> None:
        if self.kind is DetectorKind.YUNET and self.yunet_model is None:
            raise ContractError("yunet_model", "is missing; kind 'yunet' needs it")
        _check("min_face_px", self.min_face_px, 16, 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfig:
    """The expression model; its description lies beside it with the ending ``.json``.

    Attributes:
        file: TFLite file; the one of this package unless configured.
    """

    file: Path = PACKAGED_MODEL


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitsConfig:
    """When sightings become a visit.

    Attributes:
        min_dwell_s: Who is seen for less long only passes by, seconds.
        bridge_s: Who is out of sight for longer has left, and is a new visit when back, seconds.
        min_samples: Fewest classified frames from which an expression is told.
    """

    min_dwell_s: float = 1.0
    bridge_s: float = 2.0
    min_samples: int = 2

    def __post_init__(self) -> None:
        _check("min_dwell_s", self.min_dwell_s, 0.2, 600)
        _check("bridge_s", self.bridge_s, 0.5, 30)
        _check("min_samples", self.min_samples, 1, 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxConfig:
    """The store of visits that the broker has not acknowledged yet.

    Attributes:
        file: SQLite database.
        max_visits: Beyond this many the oldest falls off and is counted.
        max_bytes: Beyond this many bytes of visits too; the file takes a little more.
    """

    file: Path
    max_visits: int = 200_000
    max_bytes: int = 128 * 1024 * 1024

    def __post_init__(self) -> None:
        _check("max_visits", self.max_visits, 1, 10_000_000)
        _check("max_bytes", self.max_bytes, 64 * 1024, 64 * 1024**3)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishConfig:
    """How visits are sent.

    Attributes:
        flush_s: A message that is not full waits at most this long, seconds.
        max_in_flight: Messages sent before the first of them is acknowledged.
        timeout_s: A message that is not acknowledged by then is sent again, seconds.
        retry_min_s: Bound of the first random delay after a failure, seconds; doubles each time.
        retry_max_s: Bound of the longest, seconds.
        refused_retry_s: Pause after the broker's policy refused a message, seconds.
        drain_s: Longest time that an orderly stop spends on sending what waits, seconds.
    """

    flush_s: float = 3.0
    max_in_flight: int = MOST_IN_FLIGHT
    timeout_s: float = 15.0
    retry_min_s: float = 0.5
    retry_max_s: float = 60.0
    refused_retry_s: float = 60.0
    drain_s: float = 10.0

    def __post_init__(self) -> None:
        _check("flush_s", self.flush_s, 0.1, 600)
        _check("max_in_flight", self.max_in_flight, 1, MOST_IN_FLIGHT)
        _check("timeout_s", self.timeout_s, 1, 300)
        _check("retry_min_s", self.retry_min_s, 0.01, 60)
        _check("retry_max_s", self.retry_max_s, self.retry_min_s, 3600)
        _check("refused_retry_s", self.refused_retry_s, 1, 86_400)
        _check("drain_s", self.drain_s, 0, 300)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartbeatConfig:
    """How often the Pi says how it is.

    Attributes:
        every_s: Seconds between heartbeats; one more follows every new connection.
    """

    every_s: float = 60.0

    def __post_init__(self) -> None:
        _check("every_s", self.every_s, 1, 3600)


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeConfig:
    """The whole of ``edge.toml``."""

    device: DeviceConfig
    broker: BrokerConfig
    camera: CameraConfig
    outbox: OutboxConfig
    detector: DetectorConfig = field(default_factory=DetectorConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    visits: VisitsConfig = field(default_factory=VisitsConfig)
    publish: PublishConfig = field(default_factory=PublishConfig)
    heartbeat: HeartbeatConfig = field(default_factory=HeartbeatConfig)

    @property
    def visits_topic(self) -> str:
        """Where visits are published: Basic Ingest if a rule is configured."""
        plain = visits_topic(self.device.museum_id, self.device.device_id)
        rule = self.broker.visits_rule
        return basic_ingest(rule, plain) if rule else plain

    @property
    def status_topic(self) -> str:
        """Where heartbeats and the last will are published."""
        return status_topic(self.device.museum_id, self.device.device_id)


def load_config(path: Path) -> EdgeConfig:
    """Reads ``edge.toml``; relative paths in it are relative to its folder.

    Raises:
        ConfigError: The file cannot be used; the message names file, key and mend.
    """
    return _anchored(load(path, EdgeConfig), path.resolve().parent)


def _anchored(config: _T, folder: Path) -> _T:
    changes: dict[str, object] = {}
    for f in dataclasses.fields(config):  # type: ignore[arg-type]  # callers pass dataclasses
        value = getattr(config, f.name)
        if isinstance(value, Path):
            changes[f.name] = folder / value
        elif dataclasses.is_dataclass(value):
            changes[f.name] = _anchored(value, folder)
    return dataclasses.replace(config, **changes)  # type: ignore[type-var]  # as above
