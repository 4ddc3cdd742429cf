"""A clock that stands still until told otherwise."""


class FakeClock:
    """Wall and monotonic time that only ``sleep`` and the test move."""

    def __init__(self, now_ms: int = 1_792_900_000_000) -> None:
        self.wall_ms = now_ms
        self.seconds = 1000.0

    def now_ms(self) -> int:
        """Wall clock, ms since 1970 UTC."""
        return self.wall_ms

    def monotonic_s(self) -> float:
        """Seconds on a clock that never jumps."""
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """Moves on at once."""
        self.seconds += seconds
        self.wall_ms += round(seconds * 1000)
