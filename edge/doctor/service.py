"""What the running service has for itself, so that doctor keeps off it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from contracts.camera_state import CameraState
from edge.adapters.health_note import NAME
from edge.adapters.outbox_reader import is_in_use
from edge.health import FRESH_MS, read

RUNTIME_DIRECTORY: Final = Path("/run/museum-edge")
"""Where systemd has the service leave its health note."""
_FREE: Final = frozenset({CameraState.CLOSED, CameraState.FAILED, CameraState.ENDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The museum-edge that runs on this configuration.

    Attributes:
        runs: Whether there is one; None where that cannot be told.
        camera: What it notes of its camera; None where there is no fresh note.
    """

    runs: bool | None
    camera: CameraState | None = None

    @property
    def may_be_connected(self) -> bool:
        """Whether it may hold the broker's one connection of this device's name."""
        return self.runs is not False

    @property
    def holds_camera(self) -> bool:
        """Whether it has the camera open, as far as can be told."""
        return self.runs is True and self.camera is not None and self.camera not in _FREE


def look_for_service(
    outbox_file: Path | None, now_ms: int, runtime_directory: Path = RUNTIME_DIRECTORY
) -> Service:
    """Looks whether one runs, and what it says of its camera.

    Args:
        outbox_file: It is locked by the process that uses it; None without a broker, where there is
            no outbox, and a fresh note is all that tells of the process.
        now_ms: The wall clock, ms since 1970 UTC.
        runtime_directory: Where the health note lies.
    """
    runs = None if outbox_file is None else is_in_use(outbox_file)
    try:
        note = read(runtime_directory / NAME)
    except (OSError, ValueError):
        return Service(runs=runs)
    if abs(now_ms - note.updated_at) > FRESH_MS:
        return Service(runs=runs)
    return Service(runs=True if outbox_file is None else runs, camera=note.camera)
