"""A damaged outbox is set aside, what can be read of it is saved, and the device goes on."""

import json
import os
import random
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from contracts.visit import EARLIEST_MS, encode_visit
from edge.adapters.sqlite_outbox import SqliteOutbox
from edge.errors import OutboxError
from edge.models import OutboxRow, Undated
from edge.validation import decode_visit
from tests.fakes.visits import make_payload, make_visit

VISITS = 120
PAGE = 4096


def open_outbox(folder: Path) -> SqliteOutbox:
    """The outbox of a folder, with bounds that these tests do not meet."""
    return SqliteOutbox(folder / "outbox.db", max_visits=10_000, max_bytes=1 << 24)


def fill(folder: Path, visits: int = VISITS) -> list[OutboxRow]:
    """An outbox that was closed in order; its rows."""
    with open_outbox(folder) as outbox:
        assert outbox._db is not None
        outbox._db.execute("PRAGMA synchronous = OFF")  # no power is cut while this is prepared
        for i in range(visits):
            outbox.put(make_payload(), i)
        return outbox.peek(visits)


def overwrite(file: Path, at: int, data: bytes) -> None:
    """Changes a file in its middle."""
    with file.open("r+b") as handle:
        handle.seek(at)
        handle.write(data)


def forget_pages(outbox: SqliteOutbox) -> None:
    """Has SQLite read from the file again what it had in memory."""
    assert outbox._db is not None
    outbox._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    outbox._db.execute("PRAGMA shrink_memory")


def test_a_file_that_is_no_database_is_set_aside_unchanged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The device works on; the log says where the file lies."""
    file = tmp_path / "outbox.db"
    file.write_text("something else altogether, and longer than a header of SQLite" * 20)
    before = file.read_bytes()

    with open_outbox(tmp_path) as outbox:
        outbox.put(b"a", 1)
        assert outbox.state().set_aside == 1
    with open_outbox(tmp_path) as outbox:
        assert [r.payload for r in outbox.peek(9)] == [b"a"]
        assert outbox.state().set_aside == 1

    assert (tmp_path / "outbox.db.damaged-1").read_bytes() == before
    assert "outbox.db.damaged-1" in caplog.text


def test_a_database_of_something_else_is_set_aside_too(tmp_path: Path) -> None:
    """A table of the same name with other columns is no outbox."""
    with closing(sqlite3.connect(tmp_path / "outbox.db")) as other:
        other.execute("CREATE TABLE visits (name TEXT)")
        other.execute("INSERT INTO visits VALUES ('x')")
        other.commit()

    with open_outbox(tmp_path) as outbox:
        outbox.put(b"a", 1)
        assert (outbox.state().depth, outbox.state().set_aside) == (1, 1)


def test_one_bad_page_costs_nothing_that_can_still_be_read(tmp_path: Path) -> None:
    """The other visits keep their order and their numbers; those of the page itself are dug out."""
    rows = fill(tmp_path)
    # The head of a page of visits: SQLite cannot read it, the visits in it are whole.
    file = tmp_path / "outbox.db"
    with closing(sqlite3.connect(file)) as db:
        pages = db.execute("PRAGMA page_count").fetchone()[0]
    overwrite(file, (pages // 2) * PAGE, b"\xff" * 16)

    with open_outbox(tmp_path) as outbox:
        saved = outbox.peek(VISITS)
        assert outbox.state().set_aside == 1

    assert sorted(r.payload for r in saved) == sorted(r.payload for r in rows)
    untouched = [r for r in saved if r in rows]
    assert len(untouched) > VISITS * 0.8
    assert untouched == sorted(untouched, key=lambda r: r.row)


def test_a_lost_header_loses_no_visit(tmp_path: Path) -> None:
    """SQLite cannot open the file at all; the visits lie in it all the same."""
    rows = fill(tmp_path)
    overwrite(tmp_path / "outbox.db", 0, bytes(100))

    with open_outbox(tmp_path) as outbox:
        assert {r.payload for r in outbox.peek(999)} == {r.payload for r in rows}


@pytest.mark.parametrize("seed", range(12))
def test_no_damage_at_all_is_fatal(tmp_path: Path, seed: int) -> None:
    """Garbage, zeros or a cut anywhere: the outbox works, and holds nothing but visits."""
    rng = random.Random(seed)  # noqa: S311 - where to damage
    rows = fill(tmp_path)
    file = tmp_path / "outbox.db"
    size = file.stat().st_size
    for _ in range(rng.randint(1, 6)):
        what = rng.choice((rng.randbytes(rng.randint(1, 3000)), bytes(PAGE)))
        overwrite(file, rng.randrange(size - len(what)), what)
    if rng.random() < 0.3:
        os.truncate(file, rng.randrange(size))

    with open_outbox(tmp_path) as outbox:
        extra = make_payload()
        outbox.put(extra, 5)
        left = outbox.peek(2 * VISITS)
        assert left[-1].payload == extra
        if outbox.state().set_aside:
            assert {r.payload for r in left[:-1]} <= {r.payload for r in rows}
        outbox.delete([r.row for r in left])
        assert outbox.state().depth == 0


def test_damage_while_running_is_mended_in_the_same_call(tmp_path: Path) -> None:
    """Row numbers stay, so that late acknowledgements still fit; what is lost is counted."""
    fill(tmp_path)
    with open_outbox(tmp_path) as outbox:
        rows = outbox.peek(VISITS)
        sent = [r.row for r in rows[:50]]
        forget_pages(outbox)
        size = (tmp_path / "outbox.db").stat().st_size
        for page in range(3, size // PAGE):
            overwrite(tmp_path / "outbox.db", page * PAGE, b"\xff" * 600)
        outbox.put(make_payload(), 7)
        outbox.delete(sent)

        state = outbox.state()
        left = outbox.peek(2 * VISITS)
        assert state.set_aside == 1
        assert state.dropped > 0
        assert state.depth + state.dropped + 50 >= VISITS + 1, "each is there, sent or counted"
        assert all(decode_visit(r.payload) for r in left)
        assert left[-1].row > rows[-1].row, "no number is given twice"


def test_a_file_that_is_deleted_under_the_process_costs_nothing(tmp_path: Path) -> None:
    """Linux keeps its contents as long as it is open; a power cut would not."""
    with open_outbox(tmp_path) as outbox:
        for i in range(5):
            outbox.put(make_payload(), i)
        rows = outbox.peek(9)
        outbox.delete([rows[0].row])
        for ending in ("", "-wal", "-shm"):
            (tmp_path / f"outbox.db{ending}").unlink()
        outbox.put(make_payload(), 9)
        assert outbox.peek(9)[:-1] == rows[1:]
        assert outbox.peek(9)[-1].row == rows[-1].row + 1
    with open_outbox(tmp_path) as outbox:
        assert outbox.peek(9)[:-1] == rows[1:]


def test_undated_visits_stay_undated(tmp_path: Path) -> None:
    """What was saved with its start of the machine can be dated; what was dug out cannot."""
    with open_outbox(tmp_path) as outbox:
        for i in range(VISITS):
            payload = encode_visit(make_visit(detected_at=EARLIEST_MS + i))
            outbox.put(payload, i, Undated("this", 0))
    overwrite(tmp_path / "outbox.db", 10 * PAGE, b"\xff" * 16)

    with open_outbox(tmp_path) as outbox:
        boots = [row.undated.boot for row in outbox.undated()]
        assert boots == ["this", "unknown"]
        dated = outbox.date("this", 1_792_900_000_000)
        outbox.date("unknown", None)
        assert dated + outbox.state().dropped == VISITS
        assert dated > VISITS * 0.8
        stamps = [json.loads(r.payload)["detected_at"] for r in outbox.peek(VISITS)]
        assert stamps == sorted(stamps)


def test_few_damaged_files_are_kept(tmp_path: Path) -> None:
    """A card that fails again and again does not fill itself with them."""
    for i in range(6):
        (tmp_path / "outbox.db").write_bytes(b"%d" % i * 9000)
        with open_outbox(tmp_path) as outbox:
            assert outbox.state().set_aside == min(i + 1, 3)

    names = sorted(p.name for p in tmp_path.iterdir() if "damaged" in p.name)
    assert names == [f"outbox.db.damaged-{n}" for n in (4, 5, 6)]


def test_a_file_that_was_looked_at_and_deleted_is_not_reported(tmp_path: Path) -> None:
    """Whoever has dealt with it sees the heartbeat say so."""
    (tmp_path / "outbox.db").write_bytes(b"junk" * 999)
    with open_outbox(tmp_path) as outbox:
        assert outbox.state().set_aside == 1
        (tmp_path / "outbox.db.damaged-1").unlink()
        assert outbox.state().set_aside == 0


@pytest.mark.parametrize("moment", ["before the log was moved", "before visits were saved"])
def test_a_power_cut_while_setting_aside_loses_nothing(tmp_path: Path, moment: str) -> None:
    """The next start goes on with it."""
    rows = fill(tmp_path)
    file, left = tmp_path / "outbox.db", tmp_path / "outbox.db.salvage"
    with open_outbox(tmp_path) as outbox:
        outbox.put(make_payload(), 9)
        rows = outbox.peek(999)
        shutil.copy(file, left)
        shutil.copy(tmp_path / "outbox.db-wal", tmp_path / "copy-wal")
    (tmp_path / "copy-wal").rename(
        tmp_path / ("outbox.db-wal" if moment.endswith("moved") else "outbox.db.salvage-wal")
    )
    file.unlink()
    overwrite(left, 10 * PAGE, b"\xff" * 16)

    with open_outbox(tmp_path) as outbox:
        assert {r.payload for r in outbox.peek(999)} == {r.payload for r in rows}
        assert outbox.state().set_aside == 1
    assert not left.exists()


def until_full(put: Callable[[], None]) -> int:
    """How many visits there was room for."""
    for count in range(5000):
        try:
            put()
        except OutboxError:
            return count
    raise AssertionError("the disk was never full")


def test_a_full_database_says_so_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    """Nothing has changed; nothing is set aside."""
    with open_outbox(tmp_path) as outbox:
        outbox.put(make_payload(), 1)
        assert outbox._db is not None
        outbox._db.execute("PRAGMA max_page_count = 8")
        put = 1 + until_full(lambda: outbox.put(make_payload(), 1))
        with pytest.raises(OutboxError, match="SQLITE_FULL"):
            outbox.put(make_payload(), 1)
        assert outbox.state().depth == put
        outbox._db.execute("PRAGMA max_page_count = 10000")
        outbox.put(make_payload(), 2)
        assert (outbox.state().depth, outbox.state().set_aside) == (put + 1, 0)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 400 KB, of which SQLite takes 32 for its index."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("only root can mount a small file system")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill_disk(folder: Path) -> Path:
    """Takes all that is left."""
    file = folder / "ballast"
    with file.open("wb", buffering=0) as ballast:
        try:
            while ballast.write(bytes(4096)) == 4096:
                pass
        except OSError:
            pass
    return file


def test_a_full_disk_loses_nothing_that_was_stored(small_disk: Path) -> None:
    """Before, while and after it is full, each visit is either stored or refused."""
    with open_outbox(small_disk) as outbox:
        stored = until_full(lambda: outbox.put(make_payload(), 1))
        rows = outbox.peek(stored)
        assert outbox.state().depth == len(rows) == stored > 100
        outbox.delete([r.row for r in rows[:50]])
        outbox.delete([r.row for r in rows[60:70]])
        left = rows[50:60] + rows[70:]
        assert outbox.peek(stored) == left, "what was delivered is not sent again"
        make_room = ["mount", "-o", "remount,size=800k", str(small_disk)]
        subprocess.run(make_room, check=True)
        outbox.delete([])
        assert outbox.state().depth == len(left)
    with open_outbox(small_disk) as outbox:
        assert outbox.peek(stored) == left
        assert outbox.state().set_aside == 0
        outbox.put(make_payload(), 2)


def test_a_disk_that_is_full_at_the_start_is_no_end(
    small_disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Visits wait in memory until there is room; so the outbox only refuses them."""
    ballast = fill_disk(small_disk)

    with open_outbox(small_disk) as outbox:
        with pytest.raises(OutboxError):
            outbox.put(make_payload(), 1)
        assert "visits wait in memory" in caplog.text
        ballast.unlink()
        outbox.put(make_payload(), 1)
        assert outbox.state().depth == 1
        assert outbox.state().set_aside == 0


def test_a_folder_that_may_not_be_written_is_an_error(tmp_path: Path) -> None:
    """It is a mistake of who set the device up, not one that passes."""
    (tmp_path / "outbox.db").mkdir()

    for _ in range(2):
        with pytest.raises(OutboxError, match="unable to open"):
            open_outbox(tmp_path)
