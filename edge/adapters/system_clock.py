"""The machine's clocks."""

import time
import uuid
from pathlib import Path
from typing import Final

_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")


class SystemClock:
    """Wall and monotonic time of this machine."""

    def now_ms(self) -> int:
        """Wall clock, ms since 1970 UTC."""
        return time.time_ns() // 1_000_000

    def monotonic_s(self) -> float:
        """Seconds on a clock that never jumps; on Linux since the machine's start."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Waits."""
        time.sleep(max(0.0, seconds))


def boot_id(file: Path = _BOOT) -> str:
    """Name of the machine's present start, a new one each time it is switched on.

    Where Linux does not tell, that of this process: what waits for the time from an earlier
    process is then taken for an earlier start's.
    """
    try:
        return str(uuid.UUID(file.read_text().strip()))
    except (OSError, ValueError):
        return str(uuid.uuid4())
