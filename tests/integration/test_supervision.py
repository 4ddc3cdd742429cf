"""What whoever started the process hears and reads of it, from its start to its end."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from contracts.camera_state import CameraState
from edge.health import HealthState, read, why_unwell
from local_cloud.broker import MosquittoBroker
from tests.support.edge_toml import write_edge_toml
from tests.support.listener import wait_until

pytestmark = pytest.mark.integration


def test_systemd_and_the_health_note_follow_the_process(tmp_path: Path, repository: Path) -> None:
    """Ready, alive with every second of frames, its camera, stopping; and a note that is fresh."""
    pictures, runtime = tmp_path / "pictures", tmp_path / "run"
    pictures.mkdir()
    runtime.mkdir()
    for number in range(400):
        cv2.imwrite(str(pictures / f"{number:03}.png"), np.full((120, 160, 3), 90, np.uint8))
    camera = f'source = "images"\npath = "{pictures}"\nframes_per_s = 10\nrealtime = true'
    with (
        MosquittoBroker(tmp_path / "broker") as broker,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd,
    ):
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(30)
        config = write_edge_toml(tmp_path, broker, camera=camera)
        process = subprocess.Popen(
            [sys.executable, "-m", "edge", "run", "--config", config],
            cwd=repository,
            env=os.environ
            | {"NOTIFY_SOCKET": str(tmp_path / "notify"), "RUNTIME_DIRECTORY": str(runtime)},
        )
        try:
            heard: list[str] = []
            while heard.count("WATCHDOG=1") < 2:
                heard.append(systemd.recv(4096).decode())
            wait_until((runtime / "health.json").exists, "the note")
            note = read(runtime / "health.json")
            process.send_signal(signal.SIGTERM)
            while "STOPPING=1" not in heard:
                heard.append(systemd.recv(4096).decode())
            assert process.wait(60) == 0
        finally:
            process.kill()

    assert heard[0] == "READY=1"
    assert "STATUS=camera: ok" in heard
    assert note.state is HealthState.RUNNING
    assert note.camera is CameraState.OK
    assert not why_unwell(
        note, pid=process.pid, version=note.version, tolerated=(), now_ms=note.updated_at
    )
    assert read(runtime / "health.json").state is HealthState.STOPPING
