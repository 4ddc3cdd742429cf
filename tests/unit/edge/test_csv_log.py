"""The expression log's file: begun, continued, bounded, moved away, mended after a power cut."""

import os
import stat
from pathlib import Path

import pytest

from edge.adapters.csv_log import SYNC_S, CsvLog
from edge.errors import LogFileError
from edge.expression_log import HEADER
from tests.fakes.clock import FakeClock

HEAD = f"{HEADER}\r\n"
ROW = "2026-04-05 14:14:11.569,water-lilies,Happy,0.9000"


def test_a_new_log_begins_with_its_header_and_is_not_for_everybody(tmp_path: Path) -> None:
    """Before the first visit, so that it can be seen to work."""
    file = tmp_path / "log.csv"
    CsvLog(file, FakeClock()).close()
    assert file.read_bytes() == HEAD.encode()
    assert stat.S_IMODE(file.stat().st_mode) & 0o027 == 0


@pytest.mark.parametrize("before", [HEAD, "\ufeff" + HEAD, f"{HEADER}\n", f"{HEAD}{ROW}\r\n"])
def test_a_log_is_continued(tmp_path: Path, before: str) -> None:
    """Also an earlier project's, with or without byte order mark."""
    file = tmp_path / "log.csv"
    file.write_bytes(before.encode())
    log = CsvLog(file, FakeClock())
    log.append([ROW])
    log.close()
    assert file.read_bytes().decode() == f"{before}{ROW}\r\n"


def test_a_torn_row_stays_alone(tmp_path: Path) -> None:
    """The power was cut in the middle of it; the next row begins on a line of its own."""
    file = tmp_path / "log.csv"
    file.write_text(f"{HEAD}2026-04-05 14:1", newline="")
    log = CsvLog(file, FakeClock())
    log.append([ROW])
    log.close()
    assert file.read_bytes().decode() == f"{HEAD}2026-04-05 14:1\r\n{ROW}\r\n"


@pytest.mark.parametrize("content", ["[device]\n", "Timestamp,Emotion,Confidence\n", "\0" * 9000])
def test_another_file_is_left_alone(tmp_path: Path, content: str) -> None:
    """A slip of the finger costs nothing."""
    file = tmp_path / "log.csv"
    file.write_text(content)
    with pytest.raises(LogFileError, match="is no such log"):
        CsvLog(file, FakeClock())
    assert file.read_text() == content


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    """A folder, a pipe, a path that leads nowhere."""
    os.mkfifo(tmp_path / "pipe")
    for path, said in (
        (tmp_path, "Is a directory"),
        (tmp_path / "pipe", "is no file"),
        (tmp_path / "none" / "log.csv", "No such file"),
    ):
        with pytest.raises(LogFileError, match=said):
            CsvLog(path, FakeClock())


def test_a_log_has_one_writer(tmp_path: Path) -> None:
    """Until that one has closed it."""
    first = CsvLog(tmp_path / "log.csv", FakeClock())
    with pytest.raises(LogFileError, match="another process"):
        CsvLog(tmp_path / "log.csv", FakeClock())
    first.close()
    CsvLog(tmp_path / "log.csv", FakeClock()).close()


def test_a_full_log_makes_room(tmp_path: Path) -> None:
    """It is kept once; the one before it goes. So the disk holds twice the bound at most."""
    file, older = tmp_path / "log.csv", tmp_path / "log.csv.1"
    bound = len(HEAD) + 3 * (len(ROW) + 2)
    log = CsvLog(file, FakeClock(), max_bytes=bound)
    for number in range(8):
        log.append([ROW.replace("0.9000", f"0.900{number}")])
        assert file.stat().st_size <= bound
    log.close()
    assert [line[-1] for line in older.read_text().splitlines()[1:]] == ["3", "4", "5"]
    assert [line[-1] for line in file.read_text().splitlines()] == ["e", "6", "7"]


@pytest.mark.parametrize("how", ["moved", "deleted", "replaced"])
def test_a_log_that_is_taken_away_is_begun_anew(tmp_path: Path, how: str) -> None:
    """As logrotate does it."""
    file = tmp_path / "log.csv"
    log = CsvLog(file, FakeClock())
    log.append([ROW])
    file.rename(tmp_path / "taken.csv")
    if how == "deleted":
        (tmp_path / "taken.csv").unlink()
    if how == "replaced":
        file.write_bytes(HEAD.encode())
    log.append([ROW])
    log.close()
    assert file.read_bytes().decode() == f"{HEAD}{ROW}\r\n"


def test_a_card_is_not_made_to_store_each_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At most once in ten seconds, and at the end."""
    synced: list[int] = []
    monkeypatch.setattr(os, "fdatasync", synced.append)
    clock = FakeClock()
    log = CsvLog(tmp_path / "log.csv", clock)
    for _ in range(100):
        clock.sleep(SYNC_S / 10)
        log.append([ROW])
    assert len(synced) == 10
    log.close()
    assert len(synced) == 11
    log.close()
    assert len(synced) == 11
