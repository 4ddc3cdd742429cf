"""Files of the outbox that were set aside because they were damaged, and how they are moved."""

from pathlib import Path
from typing import Final

_MOST: Final = 3
_SALVAGE: Final = "salvage"
_DAMAGED: Final = "damaged"


class FilesAside:
    """The files beside an outbox: one that is being salvaged, a few that were.

    Attributes:
        salvage: Where a damaged file lies until what can be read of it was saved.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self.salvage = self._beside(_SALVAGE)

    def move_in(self) -> None:
        """Moves the outbox's own file to ``salvage``."""
        _move(self._file, self.salvage)

    def clear_the_way(self) -> None:
        """Gives what an earlier salvage has left its final name."""
        if self.salvage.exists():
            self.keep()

    def keep(self) -> Path:
        """Gives the salvaged file its final name; the oldest of more than a few goes."""
        numbers = sorted(self._numbers())
        target = self._beside(f"{_DAMAGED}-{numbers[-1] + 1 if numbers else 1}")
        _move(self.salvage, target)
        for number in numbers[: len(numbers) + 1 - _MOST]:
            _delete(self._beside(f"{_DAMAGED}-{number}"))
        return target

    def tidy(self) -> None:
        """Ends a setting aside that a power cut came into."""
        log = with_ending(self._file, "-wal")
        if log.exists() and not self._file.exists():
            left = with_ending(self.salvage, "-wal")
            if self.salvage.exists() and not left.exists():
                log.rename(left)
            else:
                log.unlink()

    def __len__(self) -> int:
        return len(self._numbers()) + self.salvage.exists()

    def _numbers(self) -> list[int]:
        names = self._file.parent.glob(f"{self._file.name}.{_DAMAGED}-*")
        endings = (name.name.rpartition("-")[2] for name in names)
        return [int(ending) for ending in endings if ending.isdecimal()]

    def _beside(self, ending: str) -> Path:
        return with_ending(self._file, f".{ending}")


def with_ending(file: Path, ending: str) -> Path:
    """The file beside ``file`` whose name goes on with ``ending``."""
    return file.with_name(file.name + ending)


def _move(file: Path, target: Path) -> None:
    """Renames a database with its log; what SQLite makes anew by itself is deleted."""
    file.rename(target)
    for ending in ("-wal", "-shm"):
        part = with_ending(file, ending)
        if ending == "-wal" and part.exists():
            part.rename(with_ending(target, ending))
        else:
            part.unlink(missing_ok=True)


def _delete(file: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        with_ending(file, ending).unlink(missing_ok=True)
