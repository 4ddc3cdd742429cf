"""What a device says of its camera, and for how long its word holds."""

from enum import StrEnum
from typing import Final

SILENT_S: Final = 150
"""A device whose last heartbeat is this old is silent, seconds: two and a half were to be heard."""


class CameraState(StrEnum):
    """What a device says of its camera."""

    OK = "ok"
    STARTING = "starting"
    FAILED = "failed"
    """It delivers no picture: unplugged, broken, or taken by another program."""
    FROZEN = "frozen"
    """It delivers the same picture again and again."""
    BLACK = "black"
    """Nothing can be seen: no light, or the lens is capped."""
    COVERED = "covered"
    """Something hangs or stands right before the lens."""
    MOVED = "moved"
    """It looks at another scene than the one it was set up for."""
    OUT_OF_FOCUS = "out_of_focus"
    CLOSED = "closed"
    """Switched off on purpose; ``WatchMode`` says why."""
    ENDED = "ended"
    UNKNOWN = "unknown"
