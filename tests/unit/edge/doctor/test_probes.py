"""What doctor reads of the machine, the outbox and the running service, and that it only reads."""

import fcntl
import os
import sqlite3
import struct
from contextlib import closing
from pathlib import Path

import pytest

from contracts.camera_state import CameraState
from edge.adapters.board_facts import read_board
from edge.adapters.board_health import BoardHealth
from edge.adapters.outbox_reader import OutboxFacts, files_set_aside, is_in_use, read_outbox
from edge.adapters.sqlite_outbox import SqliteOutbox
from edge.adapters.storage_facts import read_storage
from edge.doctor.service import look_for_service
from edge.errors import OutboxError
from edge.health import Health, HealthState
from edge.models import Undated

NOW_MS = 1_777_896_000_000


def write(root: Path, name: str, content: bytes) -> None:
    """Puts a file under the pretended root."""
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_bytes(content)


def test_a_pi_5_is_read(tmp_path: Path) -> None:
    """Model, supply and memory, from where the firmware and Linux put them."""
    write(tmp_path, "proc/device-tree/model", b"Raspberry Pi 5 Model B Rev 1.0\0")
    write(tmp_path, "proc/device-tree/chosen/power/max_current", struct.pack(">I", 3000))
    memory = (
        b"MemTotal: 4096000 kB\nMemAvailable: 2048000 kB\nSwapTotal: 102400 kB\nSwapFree: 0 kB\n"
    )
    write(tmp_path, "proc/meminfo", memory)

    facts = read_board(tmp_path)

    assert facts.is_pi
    assert (facts.model, facts.supply_ma) == ("Raspberry Pi 5 Model B Rev 1.0", 3000)
    assert (facts.memory_free_mb, facts.swap_used_mb) == (2000, 100)


@pytest.mark.parametrize("supply", [b"", b"\0\0\0\0", b"odd"])
def test_another_computer_tells_nothing(tmp_path: Path, supply: bytes) -> None:
    """No guess; a supply of 0 mA is one that is not known."""
    write(tmp_path, "proc/device-tree/chosen/power/max_current", supply)

    facts = read_board(tmp_path)

    assert not facts.is_pi
    assert (facts.supply_ma, facts.memory_free_mb, facts.swap_used_mb) == (None, None, None)


@pytest.mark.parametrize(("text", "flags"), [("50005\n", 0x50005), ("0\n", 0), ("no\n", None)])
def test_all_of_the_firmwares_flags(tmp_path: Path, text: str, flags: int | None) -> None:
    """Those of now and those since the start."""
    file = "sys/devices/platform/soc@107c000000/soc@107c000000:firmware/get_throttled"
    write(tmp_path, file, text.encode())

    assert BoardHealth(tmp_path, "/nowhere").throttle_flags() == flags


def test_the_file_system_of_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    """That of the nearest one above it."""
    facts = read_storage(tmp_path / "var" / "lib")

    assert facts.folder == tmp_path
    assert 0 < facts.free_bytes <= facts.total_bytes
    assert not facts.read_only


@pytest.mark.parametrize(
    ("life", "worn"),
    [("0x01 0x01", 10), ("0x02 0x09", 90), ("0x00 0x00", None), ("0xff 0x01", None), ("", None)],
)
def test_wear_and_errors_of_the_medium(tmp_path: Path, life: str, worn: int | None) -> None:
    """EMMC tells both; the worse of its two estimates counts, and undefined ones do not."""
    device = tmp_path.stat().st_dev
    disk = tmp_path / "sys" / "devices" / "mmcblk0"
    write(disk, "device/life_time", life.encode())
    write(tmp_path / "sys", "fs/ext4/mmcblk0p2/errors_count", b"2\n")
    (disk / "mmcblk0p2").mkdir()
    link = tmp_path / "sys" / "dev" / "block" / f"{os.major(device)}:{os.minor(device)}"
    link.parent.mkdir(parents=True)
    link.symlink_to(disk / "mmcblk0p2")

    facts = read_storage(tmp_path, tmp_path / "sys")

    assert (facts.worn_percent, facts.errors) == (worn, 2)


def fill(file: Path) -> SqliteOutbox:
    """An outbox with three visits."""
    outbox = SqliteOutbox(file, max_visits=3, max_bytes=100_000)
    for i in range(4):
        outbox.put(b"{}", NOW_MS + i)
    return outbox


def contents(folder: Path) -> dict[str, bytes]:
    """All its files."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_outbox_is_read_beside_its_process(tmp_path: Path) -> None:
    """Its newest state, while the process has it open; nothing is changed."""
    file = tmp_path / "outbox.db"
    with fill(file):
        before = sorted(tmp_path.iterdir())
        assert read_outbox(file) == OutboxFacts(depth=3, oldest_at=NOW_MS + 1, dropped=1)
        assert sorted(tmp_path.iterdir()) == before
        assert is_in_use(file)


def test_a_closed_outbox_is_read_without_leaving_a_file(tmp_path: Path) -> None:
    """No helper files of SQLite's are made, so none can belong to the wrong user."""
    file = tmp_path / "outbox.db"
    fill(file).close()
    before = contents(tmp_path)

    assert read_outbox(file) == OutboxFacts(depth=3, oldest_at=NOW_MS + 1, dropped=1)
    assert not is_in_use(file)
    assert contents(tmp_path) == before


def test_visits_without_a_time_are_told_apart(tmp_path: Path) -> None:
    """Their stamp counts from the machine's start and is no age."""
    file = tmp_path / "outbox.db"
    with SqliteOutbox(file, max_visits=9, max_bytes=100_000) as outbox:
        outbox.put(b"{}", 5000, Undated("boot", 0))

        found = read_outbox(file)

    assert found == OutboxFacts(depth=1, oldest_at=None, dropped=0, undated=1)


def test_an_earlier_versions_outbox_is_read(tmp_path: Path) -> None:
    """Before there were undated visits."""
    file = tmp_path / "outbox.db"
    db = sqlite3.connect(file)
    db.execute("CREATE TABLE visits (row INTEGER PRIMARY KEY, payload BLOB, queued_at INTEGER)")
    db.execute("CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER)")
    db.execute("INSERT INTO visits (payload, queued_at) VALUES (x'00', 7)")
    db.commit()
    db.close()

    assert read_outbox(file) == OutboxFacts(depth=1, oldest_at=7, dropped=0)


def test_no_outbox_is_none_and_a_damaged_one_an_error(tmp_path: Path) -> None:
    """Neither is made, nor mended."""
    file = tmp_path / "outbox.db"
    assert read_outbox(file) is None
    assert is_in_use(file) is False
    assert not file.exists()

    file.write_bytes(b"no database at all, but long enough to be looked at" * 99)
    with pytest.raises(OutboxError, match="cannot be read"):
        read_outbox(file)
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE other (x)")
    with pytest.raises(OutboxError, match="is no outbox"):
        read_outbox(tmp_path / "other.db")


def test_an_outbox_begun_on_a_full_disk_is_none_yet(tmp_path: Path) -> None:
    """It is an empty file, which the next start fills."""
    (tmp_path / "outbox.db").touch()
    assert read_outbox(tmp_path / "outbox.db") is None


def test_files_set_aside_are_listed(tmp_path: Path) -> None:
    """As the outbox names them; not their companions, nor anybody else's."""
    names = (
        "outbox.db.damaged-1",
        "outbox.db.damaged-1-wal",
        "outbox.db.salvage",
        "outbox.db.lock",
    )
    for name in names:
        (tmp_path / name).touch()

    found = [path.name for path in files_set_aside(tmp_path / "outbox.db")]

    assert found == ["outbox.db.damaged-1", "outbox.db.salvage"]


def test_a_damaged_outbox_is_set_aside_where_doctor_looks(tmp_path: Path) -> None:
    """The names are the outbox's own."""
    file = tmp_path / "outbox.db"
    file.write_bytes(b"no database" * 999)
    with SqliteOutbox(file, max_visits=9, max_bytes=100_000) as outbox:
        count = outbox.state().set_aside

    assert count == len(files_set_aside(file)) == 1


def note(folder: Path, camera: CameraState, age_ms: int = 0) -> None:
    """The service's health note."""
    health = Health(
        version="1", pid=1, state=HealthState.RUNNING, camera=camera, updated_at=NOW_MS - age_ms
    )
    (folder / "health.json").write_text(health.encode())


@pytest.mark.parametrize(
    ("camera", "age_ms", "holds"),
    [
        (CameraState.OK, 0, True),
        (CameraState.BLACK, 0, True),
        (CameraState.CLOSED, 0, False),
        (CameraState.FAILED, 0, False),
        (CameraState.OK, 60_000, False),
    ],
)
def test_a_running_service_has_the_camera_unless_it_says_otherwise(
    tmp_path: Path,
    camera: CameraState,
    age_ms: int,
    holds: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """By the outbox's lock and a fresh note."""
    file = tmp_path / "outbox.db"
    note(tmp_path, camera, age_ms)
    with file.with_name("outbox.db.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        running = look_for_service(file, NOW_MS, tmp_path)
    stopped = look_for_service(file, NOW_MS, tmp_path)

    assert running.runs
    assert running.may_be_connected
    assert running.holds_camera is holds
    assert not stopped.may_be_connected
    assert not stopped.holds_camera


def test_a_service_without_a_broker_is_known_by_its_note(tmp_path: Path) -> None:
    """It has no outbox, and a camera that doctor must leave alone all the same."""
    assert look_for_service(None, NOW_MS, tmp_path).runs is None
    note(tmp_path, CameraState.OK)
    assert look_for_service(None, NOW_MS, tmp_path).holds_camera
    note(tmp_path, CameraState.OK, age_ms=60_000)
    assert look_for_service(None, NOW_MS, tmp_path).runs is None


def test_a_service_of_which_nothing_can_be_told_may_be_connected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then doctor keeps off its connection."""

    def denied(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", denied)

    assert look_for_service(tmp_path / "outbox.db", NOW_MS, tmp_path).may_be_connected
