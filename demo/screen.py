"""What the demo shows while it works."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

console = Console(highlight=False)


class Bar:
    """One progress bar; call it with the work done and the work in all."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task

    def __call__(self, done: float, total: float) -> None:
        """Shows ``done`` of ``total``."""
        self._progress.update(self._task, completed=done, total=total)


class Stopwatch:
    """Shows the steps' progress, several at a time, and keeps how long each took.

    Attributes:
        seconds: Wall time of each finished step.
    """

    def __init__(self) -> None:
        columns = TextColumn("{task.description:<46}"), BarColumn(), TimeElapsedColumn()
        self._progress = Progress(*columns, console=console, refresh_per_second=4)
        self.seconds: dict[str, float] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    @contextmanager
    def step(self, name: str, title: str) -> Iterator[Bar]:
        """Times a step and yields its progress bar; from any thread."""
        began = time.monotonic()
        task = self._progress.add_task(title, total=None)
        yield Bar(self._progress, task)
        self._progress.update(task, completed=1.0, total=1.0)
        self.seconds[name] = round(time.monotonic() - began, 1)


def table(title: str, rows: list[tuple[str, str]]) -> None:
    """Prints two columns: what, and what was seen."""
    shown = Table(title=title, title_justify="left", show_header=False)
    shown.add_column(style="bold")
    shown.add_column(justify="right")
    for what, figure in rows:
        shown.add_row(what, figure)
    console.print(shown)
