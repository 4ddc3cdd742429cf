"""What systemd hears, on a real datagram socket."""

import logging
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.adapters.systemd_notifier import SystemdNotifier
from tests.fakes.clock import FakeClock


class Systemd:
    """The other end of the socket."""

    def __init__(self, address: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address)
        self._socket.setblocking(False)

    def heard(self) -> list[str]:
        """What came since the last call."""
        messages: list[str] = []
        while True:
            try:
                messages.append(self._socket.recv(4096).decode())
            except BlockingIOError:
                return messages

    def close(self) -> None:
        """Goes away."""
        self._socket.close()


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[Systemd]:
    """Listens at ``notify`` in the test's folder."""
    other_end = Systemd(str(tmp_path / "notify"))
    yield other_end
    other_end.close()


@pytest.fixture
def notifier(tmp_path: Path, systemd: Systemd, clock: FakeClock) -> Iterator[SystemdNotifier]:
    """Talks to ``systemd``."""
    del systemd
    ours = SystemdNotifier(str(tmp_path / "notify"), clock)
    yield ours
    ours.close()


@pytest.fixture
def clock() -> FakeClock:
    """Stands until moved."""
    return FakeClock()


def test_a_life_is_told_in_systemds_words(systemd: Systemd, notifier: SystemdNotifier) -> None:
    """Ready, alive, a status, stopping."""
    notifier.ready()
    notifier.alive()
    notifier.status("camera ok")
    notifier.stopping()

    assert systemd.heard() == ["READY=1", "WATCHDOG=1", "STATUS=camera ok", "STOPPING=1"]


def test_the_watchdog_is_petted_at_most_once_a_second(
    systemd: Systemd, notifier: SystemdNotifier, clock: FakeClock
) -> None:
    """A frame every 50 ms does not become twenty messages a second."""
    for _ in range(60):
        notifier.alive()
        clock.sleep(0.05)

    assert systemd.heard() == ["WATCHDOG=1"] * 3


def test_nobody_who_is_silent_is_reported_alive(
    systemd: Systemd, notifier: SystemdNotifier, clock: FakeClock
) -> None:
    """There is no timer inside: a hung capture loop is silence."""
    notifier.ready()
    clock.sleep(3600)
    notifier.status("still here, says another thread")

    assert "WATCHDOG=1" not in systemd.heard()


def test_a_status_is_one_line_and_sent_when_it_changes(
    systemd: Systemd, notifier: SystemdNotifier
) -> None:
    """No text can smuggle in another assignment, and none is repeated."""
    notifier.status("camera failed\nMAINPID=1")
    notifier.status("camera failed\nMAINPID=1")
    notifier.status("x" * 5000)

    assert systemd.heard() == ["STATUS=camera failed MAINPID=1", f"STATUS={'x' * 200}"]


def test_an_abstract_socket_is_understood(clock: FakeClock, tmp_path: Path) -> None:
    """``@name`` means a name that begins with NUL."""
    name = f"museum-edge-test-{tmp_path.name}-{id(tmp_path)}"
    systemd = Systemd(f"\0{name}")
    notifier = SystemdNotifier.of_environment(clock, {"NOTIFY_SOCKET": f"@{name}"})
    notifier.ready()

    assert systemd.heard() == ["READY=1"]
    notifier.close()
    systemd.close()


def test_without_a_socket_nothing_is_sent(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Started by hand, the process runs as ever."""
    notifier = SystemdNotifier.of_environment(clock, {})
    notifier.ready()
    notifier.alive()
    notifier.close()

    assert not caplog.records


def test_a_supervisor_that_went_away_is_one_warning(
    systemd: Systemd, notifier: SystemdNotifier, clock: FakeClock,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    """Never an error of the process."""
    systemd.close()
    with caplog.at_level(logging.WARNING):
        for _ in range(10):
            notifier.alive()
            clock.sleep(2)

    assert len(caplog.records) == 1


def test_a_supervisor_that_does_not_listen_blocks_nobody(
    systemd: Systemd, notifier: SystemdNotifier, clock: FakeClock
) -> None:
    """A full socket drops messages rather than frames; what was taken is all there."""
    for _ in range(5000):
        notifier.alive()
        clock.sleep(2)

    assert 0 < len(systemd.heard()) < 5000
