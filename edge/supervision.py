"""Several supervisors told as one: systemd, and the note that upgrades read."""

from collections.abc import Sequence

from edge.ports import Supervisor


class Supervision:
    """Passes each call on to all of them, in order."""

    def __init__(self, parts: Sequence[Supervisor]) -> None:
        self._parts = tuple(parts)

    def ready(self) -> None:
        """The process has started."""
        for part in self._parts:
            part.ready()

    def alive(self) -> None:
        """The capture loop has made progress."""
        for part in self._parts:
            part.alive()

    def status(self, text: str) -> None:
        """What the process is doing, one line for people."""
        for part in self._parts:
            part.status(text)

    def stopping(self) -> None:
        """An orderly stop has begun."""
        for part in self._parts:
            part.stopping()
