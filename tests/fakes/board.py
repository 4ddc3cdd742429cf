"""A computer that tells what a test has set."""


class FakeBoard:
    """By default one that tells nothing.

    Attributes:
        synced: Whether a time server has set the clock.
        celsius: Temperature of the processor.
    """

    def __init__(self, *, synced: bool | None = None, celsius: float | None = None) -> None:
        self.synced = synced
        self.celsius = celsius

    def temperature_c(self) -> float | None:
        """As set."""
        return self.celsius

    def throttled(self) -> bool | None:
        """Cannot be told."""
        return None

    def clock_synced(self) -> bool | None:
        """As set."""
        return self.synced
