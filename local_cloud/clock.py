"""The clock that the rules engine and the functions see."""

import contextlib
import datetime as dt
import threading
import time
from collections.abc import Iterator
from typing import Final

CLOCK_ATTRIBUTE: Final = "local-cloud-clock-offset"
"""Attribute of a queued message: how far its clock was ahead. Functions never see it."""


class Clock:
    """Real time, or real time shifted so that it read a given moment when it was set.

    Attributes are read and set from any thread. A thread may see another time than the others do
    (:meth:`shown_as`), while it handles something that belongs to that time.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._offset_s: float | None = None
        self._own = threading.local()

    def set(self, moment: dt.datetime) -> None:
        """From now on it is ``moment``, and time goes on from there.

        Raises:
            ValueError: The moment carries no time zone.
        """
        if moment.tzinfo is None:
            raise ValueError("the clock needs a moment with a time zone")
        with self._lock:
            self._offset_s = moment.timestamp() - time.time()

    def real(self) -> None:
        """Goes back to real time."""
        with self._lock:
            self._offset_s = None

    @property
    def offset_s(self) -> float | None:
        """Seconds ahead of real time, as this thread sees it; None while the clock is real."""
        if getattr(self._own, "shown", False):
            own: float | None = self._own.offset_s
            return own
        with self._lock:
            return self._offset_s

    @contextlib.contextmanager
    def shown_as(self, offset_s: float | None) -> Iterator[None]:
        """While the block runs, this thread sees the clock ``offset_s`` ahead; None is real."""
        self._own.shown, self._own.offset_s = True, offset_s
        try:
            yield
        finally:
            self._own.shown = False

    def time(self) -> float:
        """Seconds since 1970 UTC."""
        return time.time() + (self.offset_s or 0.0)

    def now(self) -> dt.datetime:
        """The moment, in UTC."""
        return dt.datetime.fromtimestamp(self.time(), dt.UTC)
