"""A note closes the camera of a running process, and its end opens it again."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import cv2
import numpy as np
import pytest

from contracts.camera_state import CameraState
from contracts.status import WatchMode
from contracts.visit import Visit
from edge.adapters.pause_note import PauseNote
from edge.adapters.system_clock import SystemClock
from edge.config import WatchConfig
from edge.gate import WatchGate
from edge.models import Frame
from edge.process import EdgeProcess
from edge.stats import PipelineStats
from edge.switches import Switch, Switches
from edge.uplink import NoUplink
from tests.support.listener import wait_until

pytestmark = pytest.mark.integration

_FRAME_S = 0.05
CONFIG = """
[device]
museum_id = "city-gallery"
artwork_id = "harvest"
device_id = "pi-1"
[camera]
source = "video"
path = "film.avi"
realtime = true
[outbox]
file = "outbox.db"
"""


class Camera:
    """Twenty pictures a second, for ever."""

    def __init__(self) -> None:
        self.is_open = False
        self.frames = 0

    def __enter__(self) -> Self:
        self.is_open = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.is_open = False

    def read(self) -> Frame | None:
        """The next one."""
        time.sleep(_FRAME_S)
        self.frames += 1
        return Frame(np.zeros((4, 4, 3), np.uint8), self.frames, time.monotonic())


class Pipeline:
    """Sees nobody."""

    def __init__(self) -> None:
        self.stats = PipelineStats()
        self.measures = True

    def process(self, frame: Frame) -> Sequence[Visit]:
        """Nobody."""
        del frame
        return []

    def finish(self) -> Sequence[Visit]:
        """Nobody."""
        return []


class Uplink(NoUplink):
    """Keeps what is told of the camera."""

    def __init__(self) -> None:
        super().__init__()
        self.states: list[CameraState] = []

    def camera_is(self, state: CameraState) -> None:
        """Kept."""
        self.states.append(state)


class Recorder:
    """Takes everything."""

    def record(self, visits: Iterable[Visit]) -> None:
        """Taken."""

    def flush(self) -> int:
        """Nothing to write."""
        return 0


def test_the_camera_is_closed_by_a_note_within_a_second_of_frames(tmp_path: Path) -> None:
    """Opened again when it is gone; count-only leaves it open and stops the measurement."""
    gate = WatchGate(
        WatchConfig(),
        switches=PauseNote(tmp_path / "watch.json"),
        clock=SystemClock(),
        clock_synced=lambda: True,
    )
    camera, uplink, pipeline = Camera(), Uplink(), Pipeline()
    process = EdgeProcess(
        open_camera=lambda _: camera,
        pipeline=pipeline,
        recorder=Recorder(),
        uplink=uplink,
        gate=gate,
        reopen=True,
    )
    thread = threading.Thread(target=process.run)
    thread.start()
    try:
        note = PauseNote(tmp_path / "watch.json")  # as the command in its own process
        wait_until(lambda: camera.frames > 3, "frames")
        before = camera.frames
        note.write(Switches(paused=Switch()))
        wait_until(lambda: not camera.is_open, "the camera to be closed")
        assert camera.frames - before <= 1 / _FRAME_S
        wait_until(lambda: uplink.states[-1] is CameraState.CLOSED, "the state to be told")
        assert gate.mode() is WatchMode.PAUSED
        note.write(Switches(count_only=Switch()))
        wait_until(lambda: camera.is_open and not pipeline.measures, "counting")
        note.write(Switches())
        wait_until(lambda: camera.is_open and pipeline.measures, "measuring")
    finally:
        process.stop()
        thread.join(30)
    assert not camera.is_open


@pytest.fixture(name="running")
def fixture_running(tmp_path: Path, repository: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """``museum-edge run`` on a minute of film, with a log and no cloud."""
    fourcc = cv2.VideoWriter.fourcc(*"MJPG")
    writer = cv2.VideoWriter(str(tmp_path / "film.avi"), fourcc, 10.0, (160, 120))
    for _ in range(600):
        writer.write(np.full((120, 160, 3), 90, np.uint8))
    writer.release()
    (tmp_path / "edge.toml").write_text(CONFIG)
    command = [sys.executable, "-m", "edge", "run", "--config", str(tmp_path / "edge.toml")]
    process = subprocess.Popen(
        [*command, "--log", str(tmp_path / "log.csv")],
        cwd=repository,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"RUNTIME_DIRECTORY": str(tmp_path)},  # as systemd gives it
    )
    yield process
    process.kill()
    process.wait()


def film_is_open(pid: int) -> bool:
    """Whether the process has the film, its camera, open."""
    folder = Path(f"/proc/{pid}/fd")
    try:
        return any(fd.readlink().name == "film.avi" for fd in folder.iterdir())
    except OSError:  # closed while we looked
        return film_is_open(pid) if folder.exists() else False


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="no /proc here")
def test_the_commands_close_and_open_the_camera_of_a_process(
    tmp_path: Path, repository: Path, running: "subprocess.Popen[bytes]"
) -> None:
    """Not only its loop rests: the operating system says that the camera is closed."""

    def command(name: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "edge", name, "--config", str(tmp_path / "edge.toml"),
             "--runtime", str(tmp_path)],
            cwd=repository, capture_output=True, check=True, text=True,
        )  # fmt: skip
        return done.stdout

    wait_until(lambda: film_is_open(running.pid), "the camera to be open")
    answer = command("pause")
    assert answer.startswith("paused")
    assert answer.endswith("the process has closed its camera\n")
    wait_until(lambda: not film_is_open(running.pid), "the camera to be closed")
    assert running.poll() is None
    assert command("resume").startswith("full")
    wait_until(lambda: film_is_open(running.pid), "the camera to be open again")
