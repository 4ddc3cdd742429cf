from contracts.status import WatchMode


class FakeGate:
    """The mode that a test has set."""

    def __init__(self) -> None:
        self.now = WatchMode.FULL

    def mode(self) -> WatchMode:
        """That mode."""
        return self.now
