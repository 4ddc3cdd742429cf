"""The machine's clocks."""

import time


class SystemClock:
    """Wall and monotonic time of this machine."""

    def now_ms(self) -> int:
        """Wall clock, ms since 1970 UTC."""
        return time.time_ns() // 1_000_000

    def monotonic_s(self) -> float:
        """Seconds on a clock that never jumps."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Waits."""
        time.sleep(max(0.0, seconds))
