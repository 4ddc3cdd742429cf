"""An expression log in memory; passes the same contract tests as the one on disk."""

from collections.abc import Iterable

from edge.errors import LogFileError


class InMemoryLog:
    """Keeps rows; ``full_disk`` makes the next writes fail."""

    def __init__(self) -> None:
        self.rows: list[str] = []
        self.full_disk = False
        self.closed = False

    def append(self, rows: Iterable[str]) -> None:
        """Adds rows, or none of them."""
        if self.full_disk:
            raise LogFileError("memory", "cannot be written: No space left on device")
        self.rows += rows

    def close(self) -> None:
        """Notes that it was closed."""
        self.closed = True
