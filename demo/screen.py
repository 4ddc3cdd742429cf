"""What the demo shows while it works."""

from collections.abc import Iterator
from contextlib import contextmanager

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


@contextmanager
def bar(title: str) -> Iterator[Bar]:
    """Shows a progress bar while the block runs; a plain line where there is no terminal."""
    columns = TextColumn("{task.description:<46}"), BarColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console, refresh_per_second=4) as progress:
        task = progress.add_task(title, total=None)
        yield Bar(progress, task)
        total = progress.tasks[task].total or 1.0
        progress.update(task, completed=total, total=total)


def table(title: str, rows: list[tuple[str, str]]) -> None:
    """Prints two columns: what, and what was seen."""
    shown = Table(title=title, title_justify="left", show_header=False)
    shown.add_column(style="bold")
    shown.add_column(justify="right")
    for what, figure in rows:
        shown.add_row(what, figure)
    console.print(shown)
