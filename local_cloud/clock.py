"""The clock that the rules engine and the functions see."""

import datetime as dt
import threading
import time


class Clock:
    """Real time, or real time shifted so that it read a given moment when it was set.

    Attributes are read and set from any thread.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._offset_s: float | None = None

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
        """Seconds ahead of real time; None while the clock is real."""
        with self._lock:
            return self._offset_s

    def time(self) -> float:
        """Seconds since 1970 UTC."""
        return time.time() + (self.offset_s or 0.0)

    def now(self) -> dt.datetime:
        """The moment, in UTC."""
        return dt.datetime.fromtimestamp(self.time(), dt.UTC)
