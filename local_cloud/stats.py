"""Counters of what went where."""

import threading
from collections import Counter


class Stats:
    """Named counters that any thread may raise."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def add(self, name: str, amount: int = 1) -> None:
        """Raises a counter."""
        with self._lock:
            self._counts[name] += amount

    def __getitem__(self, name: str) -> int:
        with self._lock:
            return self._counts[name]

    def as_dict(self) -> dict[str, int]:
        """All counters that were ever raised."""
        with self._lock:
            return dict(sorted(self._counts.items()))
