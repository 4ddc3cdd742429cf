"""The note that the process leaves, and what an upgrade makes of it."""

import json
import logging
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from contracts.camera_state import CameraState
from edge import health
from edge.adapters.health_note import EVERY_S, HealthNote
from edge.health import FRESH_MS, Health, HealthState, read, why_unwell
from edge.supervision import Supervision
from tests.fakes.clock import FakeClock

NOW_MS = 1_790_000_000_000
WELL = Health(
    version="0.2.0",
    pid=42,
    state=HealthState.RUNNING,
    camera=CameraState.OK,
    updated_at=NOW_MS - 4000,
)


class Camera:
    """Says what it is told to say."""

    def __init__(self) -> None:
        self.state = CameraState.OK

    def __call__(self) -> CameraState:
        """The camera's state."""
        return self.state


def _why(note: Health, *, tolerated: tuple[CameraState, ...] = ()) -> str | None:
    return why_unwell(note, pid=42, version="0.2.0", tolerated=tolerated, now_ms=NOW_MS)


@pytest.mark.parametrize("camera", [CameraState.OK, CameraState.CLOSED])
def test_who_handles_frames_or_rests_on_purpose_is_well(camera: CameraState) -> None:
    """A museum that is closed does not make an upgrade fail."""
    assert _why(replace(WELL, camera=camera)) is None


@pytest.mark.parametrize(
    ("note", "reason"),
    [
        (replace(WELL, pid=41), "process 41"),
        (replace(WELL, version="0.1.0"), "0.1.0 runs"),
        (replace(WELL, updated_at=NOW_MS - FRESH_MS - 1), "sign of life"),
        (replace(WELL, updated_at=NOW_MS + FRESH_MS + 1), "sign of life"),
        (replace(WELL, state=HealthState.STARTING), "starting"),
        (replace(WELL, state=HealthState.STOPPING), "stopping"),
        (replace(WELL, camera=CameraState.FAILED), "camera is failed"),
        (replace(WELL, camera=CameraState.STARTING), "camera is starting"),
    ],
)
def test_everything_else_is_named(note: Health, reason: str) -> None:
    """The technician reads why the version went back."""
    assert reason in (_why(note) or "")


def test_a_camera_that_had_failed_before_is_not_held_against_the_new_version() -> None:
    """A Pi whose camera is unplugged can be upgraded; perhaps that mends it."""
    failed = replace(WELL, camera=CameraState.FAILED)

    assert _why(failed, tolerated=(CameraState.FAILED,)) is None
    assert _why(failed, tolerated=(CameraState.BLACK,))


def test_the_note_follows_the_process(tmp_path: Path) -> None:
    """Starting, running, stopping; by this process, now."""
    file, clock = tmp_path / "health.json", FakeClock()
    note = HealthNote(file, version="1.2.3", camera=Camera(), clock=clock)
    states = []
    for tell in (note.ready, note.alive, note.stopping):
        tell()
        states.append(read(file).state)

    assert states == [HealthState.STARTING, HealthState.RUNNING, HealthState.STOPPING]
    assert (read(file).pid, read(file).version) == (os.getpid(), "1.2.3")
    assert read(file).updated_at == clock.now_ms()
    assert [one.name for one in tmp_path.iterdir()] == ["health.json"]


def test_the_note_is_written_every_five_seconds_and_on_a_change(tmp_path: Path) -> None:
    """Not with every frame; but a camera that fails is noted at once."""
    file, clock, camera = tmp_path / "health.json", FakeClock(), Camera()
    note = HealthNote(file, version="1", camera=camera, clock=clock)
    note.alive()
    first = read(file).updated_at
    clock.sleep(EVERY_S - 0.1)
    note.alive()
    assert read(file).updated_at == first
    clock.sleep(0.2)
    note.alive()
    assert read(file).updated_at > first
    camera.state = CameraState.FAILED
    note.alive()
    assert read(file).camera is CameraState.FAILED


def test_the_note_holds_five_fields_and_no_free_text(tmp_path: Path) -> None:
    """Nothing of what the camera sees can get into it."""
    file = tmp_path / "health.json"
    note = HealthNote(file, version="1", camera=Camera(), clock=FakeClock())
    note.status("somebody stands there")
    note.alive()

    assert set(json.loads(file.read_text())) == {"version", "pid", "state", "camera", "updated_at"}
    assert "somebody" not in file.read_text()


def test_a_note_that_cannot_be_written_is_one_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A process is not stopped by its note."""
    clock = FakeClock()
    note = HealthNote(tmp_path / "no" / "health.json", version="1", camera=Camera(), clock=clock)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            note.alive()
            clock.sleep(60)

    assert len(caplog.records) == 1


def test_without_a_runtime_folder_there_is_no_note() -> None:
    """Started by hand, the process leaves nothing."""
    assert HealthNote.file_of_environment({}) is None
    folder = {"RUNTIME_DIRECTORY": "/run/museum-edge:/run/other"}
    assert HealthNote.file_of_environment(folder) == Path("/run/museum-edge/health.json")
    HealthNote(None, version="1", camera=Camera(), clock=FakeClock()).alive()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"pid": "x"}', "not json", '{"version": 1}'])
def test_a_file_that_is_no_note_is_not_well(
    tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Half a file, or another one, is no health."""
    file = tmp_path / "health.json"
    file.write_text(text)

    assert health.main([str(file), "--pid", "42", "--version", "1"]) == 1
    assert "no note yet" in capsys.readouterr().out


def test_the_command_answers_as_the_installer_asks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code for the script, one line for the technician."""
    file, clock = tmp_path / "health.json", FakeClock(now_ms=time.time_ns() // 1_000_000)
    camera = Camera()
    HealthNote(file, version="2", camera=camera, clock=clock).alive()
    asked = [str(file), "--pid", str(os.getpid()), "--version", "2"]

    assert health.main(asked) == 0
    assert capsys.readouterr().out == "well\n"
    assert health.main([str(file)]) == 0
    assert capsys.readouterr().out == "ok\n"
    camera.state = CameraState.FROZEN
    HealthNote(file, version="2", camera=camera, clock=clock).alive()
    assert health.main(asked) == 1
    assert "frozen" in capsys.readouterr().out
    assert health.main([*asked, "--tolerate", "frozen"]) == 0


def test_supervision_tells_everybody() -> None:
    """Each call reaches each part, in order."""
    heard: list[str] = []

    class Part:
        def __init__(self, name: str) -> None:
            self._name = name

        def ready(self) -> None:
            heard.append(f"{self._name} ready")

        def alive(self) -> None:
            heard.append(f"{self._name} alive")

        def status(self, text: str) -> None:
            heard.append(f"{self._name} {text}")

        def stopping(self) -> None:
            heard.append(f"{self._name} stopping")

    all_of_them = Supervision([Part("a"), Part("b")])
    all_of_them.ready()
    all_of_them.alive()
    all_of_them.status("ok")
    all_of_them.stopping()

    assert heard == [
        f"{part} {what}" for what in ("ready", "alive", "ok", "stopping") for part in "ab"
    ]
