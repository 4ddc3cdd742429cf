"""The latest word of a device, and its silence."""

from dataclasses import dataclass

from contracts.camera_state import CameraState


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceReport:
    """The latest word of a device.

    Attributes:
        device_id: Slug.
        artwork_id: Slug of the artwork it stands beside.
        camera: What it said of its camera.
        received_at: When the broker received it, ms since 1970 UTC.
    """

    device_id: str
    artwork_id: str
    camera: CameraState
    received_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Disconnect:
    """How the broker last lost a device.

    Attributes:
        device_id: Slug.
        disconnected_at: When, ms since 1970 UTC.
        reason: AWS IoT's word for why, e.g. ``MQTT_KEEP_ALIVE_TIMEOUT``.
    """

    device_id: str
    disconnected_at: int
    reason: str


@dataclass(frozen=True, slots=True)
class SilenceMarker:
    """That operators were, or are being, told of a device's silence.

    Attributes:
        museum_id: Slug.
        device_id: Slug.
        last_heard: When the silence began, ms; each silence has its own.
    """

    museum_id: str
    device_id: str
    last_heard: int
