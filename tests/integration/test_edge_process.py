"""``python -m edge`` as a technician or systemd runs it, against a real broker."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import cv2
import numpy as np
import pytest

from contracts.camera_state import CameraState
from contracts.status import DeviceState
from contracts.visit import encode_visit
from edge.adapters.sqlite_outbox import SqliteOutbox
from local_cloud.broker import MosquittoBroker
from tests.fakes.visits import make_visit
from tests.support.edge_toml import write_edge_toml
from tests.support.listener import Listener, wait_until

pytestmark = pytest.mark.integration


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[MosquittoBroker]:
    """A running broker."""
    with MosquittoBroker(tmp_path / "broker") as broker:
        yield broker


@pytest.fixture
def listener(broker: MosquittoBroker) -> Iterator[Listener]:
    """Who reads at its other end."""
    with Listener(broker) as listener:
        yield listener


@pytest.fixture(scope="session")
def empty_room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A minute of film in which nobody comes."""
    file = tmp_path_factory.mktemp("film") / "empty.avi"
    fourcc = cv2.VideoWriter.fourcc(*"MJPG")
    writer = cv2.VideoWriter(str(file), fourcc, 10.0, (160, 120))
    for _ in range(600):
        writer.write(np.full((120, 160, 3), 90, np.uint8))
    writer.release()
    return file


Start = Callable[[Path], "subprocess.Popen[str]"]


@pytest.fixture
def start(repository: Path) -> Iterator[Start]:
    """Starts the process with a configuration; its stderr is kept, and it is ended at the end."""
    with ExitStack() as stack:

        def start(config: Path) -> "subprocess.Popen[str]":
            process = subprocess.Popen(
                [sys.executable, "-m", "edge", "run", "--config", str(config)],
                cwd=repository,
                stderr=subprocess.PIPE,
                text=True,
            )
            stack.callback(process.kill)
            return process

        yield start


def test_a_clip_becomes_visits(
    tmp_path: Path,
    start: Start,
    shared_data: Path,
    broker: MosquittoBroker,
    listener: Listener,
) -> None:
    """From pixels to the broker over mutual TLS; the end of the film is the end of the process."""
    clip = shared_data / "clips" / "face-demographics-walking-and-pause.gif"
    config = write_edge_toml(tmp_path, broker, camera=f'source = "video"\npath = "{clip}"')

    _, errors = (process := start(config)).communicate(timeout=100)

    assert process.returncode == 0, errors
    wait_until(lambda: len(listener.visits()) == 3, "three visits")
    assert {t for t, _ in listener.messages() if t.endswith("/visits")} == {
        "$aws/rules/smart_museum_visits/museum/v1/city-gallery/pi-1/visits"
    }
    wait_until(lambda: listener.statuses()[-1]["state"] == DeviceState.OFFLINE, "the goodbye")
    goodbye = listener.statuses()[-1]
    assert goodbye["camera"] == CameraState.ENDED
    assert goodbye["visits"] == 3
    assert goodbye["outbox_depth"] == 0
    assert goodbye["frames_per_s"] > 0
    assert goodbye["stages_ms"].keys() == {"capture", "detect", "track", "classify", "frame"}


def test_sigterm_ends_it_in_order(
    tmp_path: Path, start: Start, empty_room: Path, broker: MosquittoBroker, listener: Listener
) -> None:
    """Exit code 0 and a goodbye."""
    camera = f'source = "video"\npath = "{empty_room}"\nrealtime = true'
    process = start(write_edge_toml(tmp_path, broker, camera=camera))
    wait_until(
        lambda: any(s["camera"] == CameraState.OK for s in listener.statuses()), "a heartbeat"
    )

    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=60)

    assert process.returncode == 0, errors
    wait_until(lambda: listener.statuses()[-1]["state"] == DeviceState.OFFLINE, "the goodbye")
    assert "Traceback" not in errors


def test_a_killed_process_joins_the_film_where_a_camera_would(
    tmp_path: Path, start: Start, empty_room: Path, broker: MosquittoBroker, listener: Listener
) -> None:
    """With ``started_at_ms`` a film that began long ago is over at once."""
    began_ms = time.time_ns() // 1_000_000 - 3_600_000
    camera = f'source = "video"\npath = "{empty_room}"\nrealtime = true\nstarted_at_ms = {began_ms}'
    process = start(write_edge_toml(tmp_path, broker, camera=camera))

    _, errors = process.communicate(timeout=60)

    assert process.returncode == 0, errors
    wait_until(lambda: len(listener.statuses()) > 0, "the goodbye")
    assert listener.statuses()[-1]["camera"] == CameraState.ENDED


def test_a_bad_configuration_is_one_line_and_exit_code_2(
    tmp_path: Path, start: Start, broker: MosquittoBroker
) -> None:
    """No traceback; the line names the file, the key and the nearest valid one."""
    config = write_edge_toml(tmp_path, broker)
    config.write_text(config.read_text().replace("[camera]", "[camra]"))

    process = start(config)
    _, errors = process.communicate(timeout=60)

    assert process.returncode == 2
    assert errors == ("museum-edge: edge.toml: camra: is not a known key; did you mean camera?\n")


def test_a_damaged_outbox_is_set_aside_and_its_visits_are_delivered(
    tmp_path: Path, start: Start, empty_room: Path, broker: MosquittoBroker, listener: Listener
) -> None:
    """The process starts all the same, and the heartbeat tells."""
    camera = f'source = "video"\npath = "{empty_room}"\nrealtime = true'
    config = write_edge_toml(tmp_path, broker, camera=camera)
    waiting = make_visit()
    with SqliteOutbox(tmp_path / "outbox.db", max_visits=9, max_bytes=1 << 20) as outbox:
        outbox.put(encode_visit(waiting), 1)
    with (tmp_path / "outbox.db").open("r+b") as file:
        file.write(b"no header any more")

    process = start(config)
    wait_until(lambda: waiting.visit_id in listener.visit_counts(), "the visit")
    wait_until(lambda: any(s["outboxes_set_aside"] == 1 for s in listener.statuses()), "word of it")
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=60)

    assert process.returncode == 0
    assert "Traceback" not in errors
    assert (tmp_path / "outbox.db.damaged-1").exists()


def test_two_processes_do_not_share_an_outbox(
    tmp_path: Path, start: Start, empty_room: Path, broker: MosquittoBroker, listener: Listener
) -> None:
    """The second would send every visit once more."""
    camera = f'source = "video"\npath = "{empty_room}"\nrealtime = true'
    config = write_edge_toml(tmp_path, broker, camera=camera)
    first = start(config)
    wait_until(lambda: len(listener.statuses()) > 0, "the first process")

    second = start(config)
    _, errors = second.communicate(timeout=60)

    assert second.returncode == 2
    assert "another museum-edge" in errors
    first.send_signal(signal.SIGTERM)
    first.communicate(timeout=60)
    assert first.returncode == 0
