"""Nothing but the outbox and the log is written, nobody but the broker is spoken to: by Linux."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_cloud.broker import MosquittoBroker
from tests.support.edge_toml import write_edge_toml
from tests.support.listener import Listener, wait_until
from tests.support.system_calls import Deeds, watched, why_not

pytestmark = pytest.mark.integration

NAME_SERVICE = "/var/run/nscd/socket"
"""Whom the C library asks for a host's address first."""
QUIET = {"PYTHONDONTWRITEBYTECODE": "1"}
"""An installed package was compiled when it was installed."""


@pytest.fixture(autouse=True)
def can_trace() -> None:
    """Skips where no process can be traced."""
    reason = why_not()
    if reason:
        pytest.skip(reason)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[MosquittoBroker]:
    """A running broker."""
    with MosquittoBroker(tmp_path / "broker") as broker:
        yield broker


def files_of(outbox: Path) -> set[str]:
    """What belongs to an outbox: SQLite's own files, and the lock."""
    return {str(outbox) + ending for ending in ("", "-wal", "-shm", "-journal", ".lock")}


def test_a_run_writes_and_speaks_to_what_it_must_and_no_more(
    tmp_path: Path, repository: Path, shared_data: Path, broker: MosquittoBroker
) -> None:
    """From the first import to the goodbye, with a visit measured, stored and delivered."""
    state = tmp_path / "state"
    film = shared_data / "clips" / "face-demographics-walking-and-pause.gif"
    config = write_edge_toml(tmp_path, broker, camera=f'source = "video"\npath = "{film}"')
    config.write_text(config.read_text().replace('"outbox.db"', f'"{state / "outbox.db"}"'))
    log = state / "log.csv"
    state.mkdir()
    command = [sys.executable, "-m", "edge", "run", "--config", str(config), "--log", str(log)]
    with Listener(broker) as listener:
        done, deeds = watched(command, tmp_path / "trace", repository, QUIET)
        assert done.returncode == 0, done.stderr
        wait_until(lambda: len(listener.visits()) > 0, "a visit")
    assert log.read_text().count("\n") > 1

    assert deeds.written <= {*files_of(state / "outbox.db"), str(log), str(state), "/dev/null"}
    assert files_of(state / "outbox.db") & deeds.written, "the outbox at least is written"
    assert {p.name for p in state.iterdir()} <= {"outbox.db", "outbox.db.lock", "log.csv"}
    assert f"127.0.0.1:{broker.port}" in deeds.spoken_to
    assert deeds.spoken_to <= {f"127.0.0.1:{broker.port}", NAME_SERVICE}
    assert deeds.other_families == set()
    assert deeds.started == [sys.executable]


LEAKS = {
    "a picture": "import cv2, numpy; cv2.imwrite('leak.jpg', numpy.zeros((8, 8, 3), 'uint8'))",
    "a file by another way": "import os; os.rename(os.devnull + 'x', 'leak.jpg')",
    "a temporary file": "import tempfile; tempfile.TemporaryFile(dir='.').write(b'x')",
    "a stranger": "import socket; socket.socket().connect_ex(('127.0.0.9', 9))",
    "a stranger without a connection": (
        "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.9', 9))"
    ),
    "a program": "import subprocess; subprocess.run(['true'])",
    "a file in memory that another process could read": "import os; os.memfd_create('leak.jpg')",
}


@pytest.mark.parametrize("leak", LEAKS)
def test_the_test_above_would_notice(tmp_path: Path, leak: str) -> None:
    """Each way out that it claims to watch."""
    trace = tmp_path / "trace"
    done, deeds = watched([sys.executable, "-S", "-c", LEAKS[leak]], trace, tmp_path, QUIET)
    if "cv2" in LEAKS[leak]:
        done, deeds = watched([sys.executable, "-c", LEAKS[leak]], trace, tmp_path, QUIET)

    assert is_noticed(deeds), done.stderr


def is_noticed(deeds: Deeds) -> bool:
    """Whether there is anything that the run may not do."""
    return bool(deeds.written - {"/dev/null"} or deeds.spoken_to or len(deeds.started) > 1)
