"""Whether the Pi watches now, and how."""

from typing import Final

from contracts.status import WatchMode

WATCHING: Final = frozenset({WatchMode.FULL, WatchMode.COUNT_ONLY})
"""Modes in which the camera is open."""


class SteadyGate:
    """Always the same mode: replays and benchmarks."""

    def __init__(self, mode: WatchMode) -> None:
        self._mode = mode

    def mode(self) -> WatchMode:
        """The mode it was made with."""
        return self._mode
