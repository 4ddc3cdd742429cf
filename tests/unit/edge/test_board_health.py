"""What a Pi's files and firmware tell, and what is said where there are none."""

import time
from pathlib import Path

import pytest

from edge.adapters.board_health import BoardHealth
from edge.adapters.kernel_clock import kernel_clock_synced

PI4 = "sys/devices/platform/soc/soc:firmware/get_throttled"
PI5 = "sys/devices/platform/soc@107c000000/soc@107c000000:firmware/get_throttled"


def write(root: Path, name: str, text: str) -> None:
    """Puts a file under the pretended root."""
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text)


def test_the_temperature_is_read_in_millidegrees(tmp_path: Path) -> None:
    """51540 is 51.5 degrees."""
    write(tmp_path, "sys/class/thermal/thermal_zone0/temp", "51540\n")

    assert BoardHealth(tmp_path, "/nowhere").temperature_c() == 51.5


@pytest.mark.parametrize("text", ["", "hot", "999000"])
def test_a_temperature_that_makes_no_sense_is_none(tmp_path: Path, text: str) -> None:
    """Better no figure than a wrong one."""
    write(tmp_path, "sys/class/thermal/thermal_zone0/temp", text)

    assert BoardHealth(tmp_path, "/nowhere").temperature_c() is None


@pytest.mark.parametrize("file", [PI4, PI5])
@pytest.mark.parametrize(
    ("flags", "expected"), [("0", False), ("50000", False), ("4", True), ("e0008", True)]
)
def test_throttling_is_told_when_it_happens_now(
    tmp_path: Path,
    file: str,
    flags: str,
    expected: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """The upper bits say that it happened once; those do not count."""
    write(tmp_path, file, flags + "\n")

    assert BoardHealth(tmp_path, "/nowhere").throttled() is expected


def test_the_firmware_is_asked_where_there_is_no_file(tmp_path: Path) -> None:
    """``vcgencmd get_throttled`` prints ``throttled=0x...``."""
    command = tmp_path / "vcgencmd"
    command.write_text('#!/bin/sh\n[ "$1" = get_throttled ] && echo throttled=0x50004\n')
    command.chmod(0o700)

    assert BoardHealth(tmp_path, str(command)).throttled() is True


def test_another_computer_tells_nothing(tmp_path: Path) -> None:
    """None, not a guess."""
    board = BoardHealth(tmp_path, str(tmp_path / "vcgencmd"))

    assert board.temperature_c() is None
    assert board.throttled() is None


def clock(root: Path, kernel: bool | None) -> bool | None:  # noqa: FBT001 - as the kernel says it
    """What is told of the clock of a pretended machine."""
    return BoardHealth(root, "/nowhere", kernel=lambda: kernel).clock_synced()


@pytest.mark.parametrize("kernel", [None, False, True])
def test_timesyncd_says_itself_whether_it_has_set_the_clock(
    tmp_path: Path,
    kernel: bool | None,  # noqa: FBT001 - a parameter of the test
) -> None:
    """Linux says "unsynchronised" again some hours after the network has gone."""
    (tmp_path / "run/systemd/timesync").mkdir(parents=True)
    assert clock(tmp_path, kernel) is False
    write(tmp_path, "run/systemd/timesync/synchronized", "")
    assert clock(tmp_path, kernel) is True


@pytest.mark.parametrize("file", ["run/chrony/chronyd.pid", "run/ntpd.pid"])
def test_other_time_keepers_leave_word_with_linux(tmp_path: Path, file: str) -> None:
    """And where that may not be asked nobody can tell."""
    write(tmp_path, file, "1")

    assert [clock(tmp_path, kernel) for kernel in (False, True, None)] == [False, True, None]


def test_without_a_time_keeper_nobody_can_tell(tmp_path: Path) -> None:
    """There is nothing to wait for; a virtual machine's clock may be right all the same."""
    assert [clock(tmp_path, kernel) for kernel in (False, True, None)] == [None, True, None]


def test_linux_is_asked_without_being_changed() -> None:
    """By a call that needs no rights."""
    before = time.time()

    assert kernel_clock_synced() in {True, False, None}

    assert abs(time.time() - before) < 60
