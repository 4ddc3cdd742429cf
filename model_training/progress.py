"""A progress bar on the terminal, silent where nobody watches."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

_WIDTH: Final = 30
_EVERY_S: Final = 0.2


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """Yields a function told (done, total); draws at most five times a second, on stderr."""
    drawn_at = 0.0
    watched = sys.stderr.isatty()

    def draw(done: int, total: int) -> None:
        nonlocal drawn_at
        now = time.monotonic()
        if not watched or (now - drawn_at < _EVERY_S and done < total):
            return
        drawn_at = now
        filled = _WIDTH * done // max(total, 1)
        bar = "#" * filled + "." * (_WIDTH - filled)
        print(f"\r{what:10} [{bar}] {done}/{total}", end="", file=sys.stderr, flush=True)

    try:
        yield draw
    finally:
        if drawn_at:
            print(file=sys.stderr)
