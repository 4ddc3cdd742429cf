"""What doctor says of the computer itself."""

import datetime as dt
from pathlib import Path

import pytest

from contracts.status import WatchMode
from edge.adapters.storage_facts import StorageFacts
from edge.doctor.clock import clock
from edge.doctor.disk import disk
from edge.doctor.memory import memory
from edge.doctor.power import power
from edge.doctor.report import Verdict
from edge.doctor.temperature import temperature
from edge.doctor.throttling import throttling
from edge.doctor.versions import judge_versions, versions
from edge.doctor.watch import watch
from edge.gate import Decision, Reason
from tests.unit.edge.doctor.findings import FAIL, PASS, SKIP, WARN, expect

PI5 = "Raspberry Pi 5 Model B Rev 1.0"
PI4 = "Raspberry Pi 4 Model B Rev 1.4"
PC = ""
NOW = dt.datetime(2026, 5, 4, 12, 0, tzinfo=dt.UTC)
MB = 1024**2


@pytest.mark.parametrize(
    ("celsius", "is_pi", "verdict", "said"),
    [
        (51.5, True, PASS, "51.5 °C"),
        (79.9, True, PASS, "79.9 °C"),
        (80.0, True, WARN, "slows down from 80 °C"),
        (85.0, True, FAIL, "limit of 85 °C"),
        (85.0, False, FAIL, "limit of 85 °C"),
        (None, True, WARN, "cannot be read"),
        (None, False, SKIP, "on this machine"),
    ],
)
def test_temperature(celsius: float | None, is_pi: bool, verdict: Verdict, said: str) -> None:  # noqa: FBT001 - a parameter of the test
    """The firmware begins to slow down at 80 °C and has its limit at 85 °C."""
    expect(temperature(celsius, is_pi=is_pi), verdict, said)


@pytest.mark.parametrize(
    ("flags", "is_pi", "verdict", "said"),
    [
        (0x0, True, PASS, "full speed"),
        (0x50005, True, FAIL, "throttled"),
        (0x8, True, FAIL, "soft temperature limit"),
        (0x2, True, FAIL, "frequency capped"),
        (0xE0000, True, WARN, "since the start: frequency capped, throttled, soft"),
        (0x10001, True, PASS, "full speed"),  # that is power's matter
        (None, True, WARN, "does not tell"),
        (None, False, SKIP, "no Raspberry Pi"),
    ],
)
def test_throttling(flags: int | None, is_pi: bool, verdict: Verdict, said: str) -> None:  # noqa: FBT001 - a parameter of the test
    """The lower bits say now, the upper ones since the start."""
    expect(throttling(flags, is_pi=is_pi), verdict, said)


@pytest.mark.parametrize(
    ("flags", "supply_ma", "model", "verdict", "said"),
    [
        (0x0, 5000, PI5, PASS, "promises 5 A"),
        (0x0, None, PI4, PASS, "no under-voltage"),
        (0x0, 3000, PI4, PASS, "promises 3 A"),
        (0x0, 3000, PI5, WARN, "promises 3 A, a Pi 5 wants 5 A"),
        (0x50005, 5000, PI5, FAIL, "under-voltage now"),
        (0x10000, 5000, PI5, WARN, "was under-voltage"),
        (None, 3000, PI5, WARN, "a Pi 5 wants 5 A"),
        (None, 5000, PI5, WARN, "does not tell"),
        (None, None, PI5, WARN, "does not tell"),
        (None, None, PC, SKIP, "no Raspberry Pi"),
    ],
)
def test_power(
    flags: int | None, supply_ma: int | None, model: str, verdict: Verdict, said: str
) -> None:
    """Under-voltage now is a failure; a weak supply and what has been are warnings."""
    expect(power(flags, supply_ma, model=model), verdict, said)


@pytest.mark.parametrize(
    ("free_mb", "swap_mb", "verdict", "said"),
    [
        (3000, 0, PASS, "3,000 MB free"),
        (3000, 40, PASS, "40 MB swapped out"),
        (200, 0, WARN, "takes up to 250 MB"),
        (90, 0, FAIL, "takes up to 250 MB"),
        (None, None, SKIP, "nothing here tells"),
    ],
)
def test_memory(free_mb: int | None, swap_mb: int | None, verdict: Verdict, said: str) -> None:
    """Measured against what the process takes at most."""
    expect(memory(free_mb, swap_mb), verdict, said)


@pytest.mark.parametrize(
    ("now", "synced", "trusted", "verdict", "said"),
    [
        (NOW, True, False, PASS, "Europe/Rome, set by a time server"),
        (NOW, None, True, PASS, "trust_clock"),
        (NOW, None, False, WARN, "cannot be told"),
        (NOW, False, False, WARN, "no time server"),
        (dt.datetime(1970, 1, 1, 0, 3, tzinfo=dt.UTC), True, False, FAIL, "not set"),
        (dt.datetime(2025, 1, 1, tzinfo=dt.UTC), True, False, FAIL, "before the device's"),
    ],
)
def test_clock(
    now: dt.datetime,
    synced: bool | None,  # noqa: FBT001 - a parameter of the test
    trusted: bool,  # noqa: FBT001 - a parameter of the test
    verdict: Verdict,
    said: str,
) -> None:
    """Nobody can have a certificate of tomorrow, so a clock before its date is wrong."""
    issued = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    found = clock(now, synced=synced, trusted=trusted, zone_name="Europe/Rome", issued=issued)
    expect(found, verdict, said)


def storage(**changes: object) -> StorageFacts:
    """A sound disk with 8 GB of room, changed so."""
    sound: dict[str, object] = {
        "folder": Path("/var/lib/museum-edge"),
        "free_bytes": 8 * 1024 * MB,
        "total_bytes": 30 * 1024 * MB,
        "free_files": 100_000,
        "read_only": False,
    }
    return StorageFacts(**sound | changes)  # type: ignore[arg-type]  # a test's shorthand


@pytest.mark.parametrize(
    ("facts", "verdict", "said"),
    [
        (storage(), PASS, "8,192 MB free of 30,720"),
        (storage(worn_percent=30, errors=0), PASS, "30 % of its life"),
        (storage(free_files=None), PASS, ""),
        (storage(read_only=True), FAIL, "can only be read"),
        (storage(free_bytes=20 * MB), FAIL, "full"),
        (storage(free_files=12), FAIL, "room for 12 files"),
        (storage(free_bytes=150 * MB), WARN, "may grow to 128 MB"),
        (storage(free_files=1500), WARN, "room for 1,500 files"),
        (storage(worn_percent=90), WARN, "nearly worn out"),
        (storage(errors=3), WARN, "3 errors"),
    ],
)
def test_disk(facts: StorageFacts, verdict: Verdict, said: str) -> None:
    """Room for the outbox at its bound, and signs that the medium will not last."""
    expect(disk(facts, outbox_max_bytes=128 * MB), verdict, said)


@pytest.mark.parametrize(
    ("mode", "reason", "verdict"),
    [
        (WatchMode.FULL, Reason.CONFIGURED, PASS),
        (WatchMode.CLOSED, Reason.HOURS, PASS),
        (WatchMode.COUNT_ONLY, Reason.PLANNED, PASS),
        (WatchMode.PAUSED, Reason.SWITCHED, WARN),
        (WatchMode.PAUSED, Reason.DAMAGED, WARN),
        (WatchMode.CLOSED, Reason.NO_CLOCK, WARN),
    ],
)
def test_watch(mode: WatchMode, reason: Reason, verdict: Verdict) -> None:
    """What the plan says is well; what somebody must end, or the clock, is a warning."""
    expect(watch(Decision(mode, reason)), verdict, mode.value)


def test_versions_of_this_very_installation_pass() -> None:
    """All that the edge needs is there: the tests run on it."""
    expect(versions(), PASS, "museum-edge")


@pytest.mark.parametrize("missing", ["numpy", "awsiotsdk", "tflite-runtime"])
def test_a_missing_package_is_named(missing: str) -> None:
    """One of the two model runtimes suffices."""
    names = ("numpy", "opencv-python-headless", "awsiotsdk", "fastjsonschema", "tflite-runtime")
    found: dict[str, str | None] = {name: "1.0" for name in names if name != missing}

    expect(judge_versions(found), FAIL, missing)
