"""What every expression log keeps to, on disk and in memory."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.adapters.csv_log import CsvLog
from edge.errors import LogFileError
from edge.expression_log import HEADER
from edge.ports import LogFile
from tests.fakes.clock import FakeClock
from tests.fakes.log_file import InMemoryLog


class Memory:
    """The fake, and how a test looks at it."""

    def __init__(self) -> None:
        self.log = InMemoryLog()

    def rows(self) -> list[str]:
        """What it holds."""
        return self.log.rows

    def fill_disk(self, patch: pytest.MonkeyPatch, *, full: bool) -> None:
        """The disk is full, or has room again."""
        del patch
        self.log.full_disk = full


class Disk:
    """The real one, and how a test looks at it."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.log = CsvLog(file, FakeClock())

    def rows(self) -> list[str]:
        """What its file holds below the header."""
        head, *rows = self.file.read_bytes().decode().split("\r\n")
        assert head == HEADER
        assert rows.pop() == ""
        return rows

    def fill_disk(self, patch: pytest.MonkeyPatch, *, full: bool) -> None:
        """The next writes take a few bytes only, as on a disk that is nearly full."""
        write = os.write
        if full:
            patch.setattr(os, "write", lambda handle, data: write(handle, data[:7]))
        else:
            patch.undo()


@pytest.fixture(params=["memory", "disk"], name="bench")
def fixture_bench(request: pytest.FixtureRequest, tmp_path: Path) -> Memory | Disk:
    """Both."""
    makers: dict[str, Callable[[], Memory | Disk]] = {
        "memory": Memory,
        "disk": lambda: Disk(tmp_path / "log.csv"),
    }
    return makers[request.param]()


def test_rows_are_there_at_once_and_in_order(bench: Memory | Disk) -> None:
    """Also none, and also after the end."""
    log: LogFile = bench.log
    log.append(["a,b,c,1"])
    log.append([])
    log.append(["d,e,f,2", "g,h,i,3"])
    assert bench.rows() == ["a,b,c,1", "d,e,f,2", "g,h,i,3"]
    log.close()
    assert bench.rows() == ["a,b,c,1", "d,e,f,2", "g,h,i,3"]


def test_a_full_disk_takes_nothing(bench: Memory | Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not half a row either; afterwards it goes on."""
    bench.log.append(["a,b,c,1"])
    bench.fill_disk(monkeypatch, full=True)
    with pytest.raises(LogFileError, match="No space left on device"):
        bench.log.append(["d,e,f,2", "g,h,i,3"])
    bench.fill_disk(monkeypatch, full=False)
    assert bench.rows() == ["a,b,c,1"]
    bench.log.append(["j,k,l,4"])
    assert bench.rows() == ["a,b,c,1", "j,k,l,4"]
