"""``museum-edge pause``, ``resume`` and ``count-only``: what they note, print and wait for."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from contracts.camera_state import CameraState
from contracts.errors import ContractError
from edge import VERSION
from edge.__main__ import main
from edge.adapters.board_health import BoardHealth
from edge.adapters.health_note import NAME, HealthNote
from edge.adapters.pause_note import PauseNote
from edge.adapters.system_clock import SystemClock
from edge.commands import switching
from edge.switches import Switch, Switches
from edge.watch_words import next_time, parse_duration

CONFIG = """
[device]
museum_id = "city-gallery"
artwork_id = "harvest"
device_id = "pi-1"
[camera]
source = "v4l2"
[outbox]
file = "outbox.db"
"""
BROKER = """
[broker]
endpoint = "localhost"
ca_file = "ca.pem"
certificate_file = "device.pem"
key_file = "device.key"
"""
ALWAYS = "".join(
    f'{day} = "00:00-00:00"\n'
    for day in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
)
ZONE = '[watch]\ntime_zone = "Europe/Rome"\ntrust_clock = true\n'


class Museum:
    """A folder with a configuration, and what the commands say there."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._folder = folder
        self._capsys = capsys
        self.configure("")

    def configure(self, watch: str) -> None:
        """Sets ``[watch]``."""
        (self._folder / "edge.toml").write_text(CONFIG + watch)

    def says(self, *arguments: str) -> tuple[int, list[str]]:
        """Exit code and lines of a command."""
        place = ["--config", str(self._folder / "edge.toml"), "--runtime", str(self._folder)]
        code = main([*arguments, *place])
        printed = self._capsys.readouterr()
        return code, (printed.out + printed.err).splitlines()

    @property
    def note(self) -> Path:
        """The note beside the outbox."""
        return self._folder / "watch.json"

    @property
    def switches(self) -> Switches:
        """What it says."""
        return PauseNote(self.note).read()

    def camera_is(self, state: CameraState) -> None:
        """A process has left a note that says so."""
        file = self._folder / NAME
        HealthNote(file, version=VERSION, camera=lambda: state, clock=SystemClock()).alive()


@pytest.fixture(name="museum")
def fixture_museum(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Museum:
    """Always open, nothing runs."""
    return Museum(tmp_path, capsys)


def test_pause_and_resume(museum: Museum) -> None:
    """Each says what holds and how it ends."""
    code, lines = museum.says("pause")
    assert code == 0
    assert lines[0] == "paused: paused, the camera stays closed (switched by hand)"
    assert lines[1].endswith("paused, without an end; museum-edge resume ends it")
    assert museum.switches == Switches(paused=Switch())
    code, lines = museum.says("resume")
    assert lines[0] == "full: visits are counted and expressions measured"
    assert museum.switches == Switches()


def test_count_only_outlasts_a_pause(museum: Museum) -> None:
    """The school group is still there when the pause is over."""
    museum.says("count-only")
    museum.says("pause")
    _, lines = museum.says("resume")
    assert lines[0].startswith("count-only: visits are counted, no expression is measured")
    assert "museum-edge count-only --off ends it" in lines[1]
    _, lines = museum.says("count-only", "--off")
    assert lines[0].startswith("full")
    assert museum.switches == Switches()


def test_a_planned_pause_goes_on_after_resume(museum: Museum) -> None:
    """By hand nothing is opened that the plan keeps closed; what holds is said."""
    museum.configure(f'{ZONE}[[watch.plan]]\nmode = "paused"\n{ALWAYS}')
    museum.says("pause")
    _, lines = museum.says("resume")
    assert lines[0] == "paused: paused, the camera stays closed (planned)"


def test_a_pause_in_closed_hours_is_noted_for_the_morning(museum: Museum) -> None:
    """And its end leaves the museum closed."""
    museum.configure(f"{ZONE}[watch.opening_hours]\n")
    assert museum.says("pause")[1][0].startswith("paused")
    _, lines = museum.says("resume")
    assert lines[0] == "closed: closed, and so is the camera (outside the opening hours)"


def test_an_end_is_noted_in_time(museum: Museum) -> None:
    """An hour and a half from now."""
    museum.configure(ZONE)
    before = SystemClock().now_ms()
    _, lines = museum.says("pause", "--for", "1h30m")
    paused = museum.switches.paused
    assert paused is not None
    assert paused.until_ms is not None
    assert before + 5_400_000 <= paused.until_ms <= SystemClock().now_ms() + 5_400_000
    assert "until 20" in lines[1]


def test_by_a_clock_that_is_not_set_a_pause_has_no_end(
    museum: Museum, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It pauses all the same: that is what was wanted first."""
    monkeypatch.setattr(BoardHealth, "clock_synced", lambda _: False)
    _, lines = museum.says("pause", "--for", "30m")
    assert lines[0] == "The clock is not set yet, so no end can be kept."
    assert museum.switches == Switches(paused=Switch())


def test_a_damaged_note_is_mended_by_resume(museum: Museum) -> None:
    """Until then it is a pause, also for who switches something else."""
    museum.note.write_bytes(b"\0\0\0")
    _, lines = museum.says("count-only")
    assert lines[0].startswith("paused")
    museum.note.write_bytes(b"\0\0\0")
    assert museum.says("resume")[1][0].startswith("full")
    assert museum.switches == Switches()


@pytest.mark.parametrize(
    ("arguments", "camera", "answer"),
    [
        (["pause"], CameraState.CLOSED, (0, "the process has closed its camera")),
        (["pause"], CameraState.OK, (1, "the camera is still ok after")),
        (["count-only"], CameraState.OK, (0, "the process runs, its camera is ok")),
    ],
)
def test_it_says_whether_the_process_has_obeyed(
    museum: Museum, monkeypatch: pytest.MonkeyPatch,
    arguments: list[str], camera: CameraState, answer: tuple[int, str],
) -> None:  # fmt: skip
    """By the note that the process leaves of itself; it is given three seconds."""
    monkeypatch.setattr(switching, "_PATIENCE_S", 0.2)
    museum.camera_is(camera)
    code, lines = museum.says(*arguments)
    assert code == answer[0]
    assert lines[-1].startswith(answer[1])


def test_resume_waits_until_the_camera_is_open(
    museum: Museum, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The note of before says that it is closed, which nobody wants to read after a resume."""
    museum.camera_is(CameraState.CLOSED)
    monkeypatch.setattr("time.sleep", lambda _: museum.camera_is(CameraState.OK))
    code, lines = museum.says("resume")
    assert code == 0
    assert lines[-1] == "the process runs, its camera is ok"


def test_resume_says_if_the_camera_stays_closed(
    museum: Museum, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits no longer than for a pause."""
    monkeypatch.setattr(switching, "_PATIENCE_S", 0.2)
    museum.camera_is(CameraState.CLOSED)
    assert museum.says("resume")[1][-1] == "the process runs, its camera is closed"


def test_without_a_process_it_says_when_it_will_hold(museum: Museum) -> None:
    """Nothing to wait for. Without a broker there is no outbox by which to see a process."""
    assert "cannot be told" in museum.says("pause")[1][-1]
    museum.configure(BROKER)
    assert "no museum-edge runs here" in museum.says("pause")[1][-1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["pause", "--for", "soon"], "--for: must be like 30m"),
        (["pause", "--for", "8d"], "--for: must be like 30m"),
        (["pause", "--until", "25:00"], "--until: must be a time like 09:30"),
    ],
)
def test_mistakes_are_one_line_and_nothing_is_noted(
    museum: Museum, arguments: list[str], said: str
) -> None:
    """Exit code 2."""
    code, lines = museum.says(*arguments)
    assert code == 2
    assert len(lines) == 1
    assert said in lines[0]
    assert not museum.note.exists()


@pytest.mark.parametrize(
    ("text", "minutes"), [("30m", 30), ("2h", 120), ("1h30m", 90), ("168h", 7 * 24 * 60)]
)
def test_durations(text: str, minutes: int) -> None:
    """Hours, minutes or both."""
    assert parse_duration(text).total_seconds() == minutes * 60


@pytest.mark.parametrize("text", ["", "0m", "169h", "-5m", "1.5h", "30", "h", "m30"])
def test_what_is_no_duration(text: str) -> None:
    """Nor one longer than a week."""
    with pytest.raises(ContractError):
        parse_duration(text)


@pytest.mark.parametrize(
    ("now", "wanted", "expected"),
    [
        ("2026-11-24T09:00", "14:00", "2026-11-24T14:00"),
        ("2026-11-24T14:00", "14:00", "2026-11-25T14:00"),
        ("2026-10-24T20:00", "10:00", "2026-10-25T10:00"),
    ],
)
def test_until_is_the_next_such_time_in_the_museum(now: str, wanted: str, expected: str) -> None:
    """Also over the night in which the clocks change."""
    rome = ZoneInfo("Europe/Rome")
    moment, end = (datetime.fromisoformat(t).replace(tzinfo=rome) for t in (now, expected))
    found = next_time(wanted, round(moment.timestamp() * 1000), rome)
    assert datetime.fromtimestamp(found / 1000, UTC) == end


def test_until_without_a_zone_is_by_the_machines_clock() -> None:
    """Within a day from now."""
    now_ms = 1_792_900_000_000
    assert 0 < next_time("14:00", now_ms, None) - now_ms <= 25 * 3_600_000
