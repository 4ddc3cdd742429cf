"""Delivery against a real broker over mutual TLS: power cuts at either end lose nothing."""

import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from contracts.status import DeviceState
from edge.adapters.iot_publisher import IotPublisher
from edge.config import BrokerConfig
from local_cloud.broker import MosquittoBroker
from local_cloud.certificates import CertificateAuthority
from tests.support.edge_toml import write_edge_toml
from tests.support.listener import Listener, wait_until

pytestmark = pytest.mark.integration

DEVICE_KILLS = 4


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


class Child:
    """A device in a process of its own, and the visits that it must not lose."""

    def __init__(self, devices: ExitStack, repository: Path, config: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.publishing_child", str(config)],
            cwd=repository,
            stdout=subprocess.PIPE,
            text=True,
        )
        devices.callback(self._process.kill)
        self.made: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.endswith("\n"):  # a last line may be cut
                self.made.append(line.strip())

    def end(self, number: signal.Signals) -> int:
        """Sends a signal and waits for the end; the exit code."""
        self._process.send_signal(number)
        code = self._process.wait(60)
        self._reader.join(10)
        assert self._process.stdout is not None
        self._process.stdout.close()
        return code


@pytest.fixture
def devices() -> Iterator[ExitStack]:
    """Ends every device that a failed test has left."""
    with ExitStack() as stack:
        yield stack


def test_a_device_killed_at_any_moment_loses_nothing(
    tmp_path: Path,
    repository: Path,
    devices: ExitStack,
    broker: MosquittoBroker,
    listener: Listener,
) -> None:
    """What was queued arrives; what arrives twice is the same visit, by its id and its bytes."""
    config = write_edge_toml(tmp_path, broker)
    made: list[str] = []
    moments = random.Random(7)  # noqa: S311 - when to kill
    for _ in range(DEVICE_KILLS):
        child = Child(devices, repository, config)
        wait_until(lambda child=child: len(child.made) > 20, "first visits")  # type: ignore[misc]  # bound per turn
        time.sleep(moments.uniform(0.0, 0.6))
        child.end(signal.SIGKILL)
        made += child.made
    child = Child(devices, repository, config)
    wait_until(lambda: len(child.made) > 20, "first visits")
    assert child.end(signal.SIGTERM) == 0
    made += child.made

    wait_until(lambda: set(made) <= set(listener.visit_counts()), "all visits")
    counts = listener.visit_counts()
    # At most one visit a kill was stored without its id having been printed.
    assert len(set(counts) - set(made)) <= DEVICE_KILLS
    for visit_id in (v for v, count in counts.items() if count > 1):
        same = [v for v in listener.visits() if v["visit_id"] == visit_id]
        assert all(v == same[0] for v in same)


def test_a_broker_killed_and_started_again_loses_nothing(
    tmp_path: Path,
    repository: Path,
    devices: ExitStack,
    broker: MosquittoBroker,
    listener: Listener,
) -> None:
    """Visits made meanwhile wait in the outbox and follow in order."""
    child = Child(devices, repository, write_edge_toml(tmp_path, broker))
    for _ in range(2):
        seen = len(listener.visits())
        wait_until(lambda seen=seen: len(listener.visits()) > seen + 20, "visits")  # type: ignore[misc]  # bound per turn
        broker.kill()
        made = len(child.made)
        wait_until(lambda made=made: len(child.made) > made + 50, "visits without a broker")  # type: ignore[misc]  # bound per turn
        broker.start()
        listener.wait_until_connected()
    assert child.end(signal.SIGTERM) == 0

    wait_until(lambda: set(child.made) <= set(listener.visit_counts()), "all visits")
    first_seen = list(dict.fromkeys(v["visit_id"] for v in listener.visits()))
    assert first_seen == child.made


def test_a_vanished_device_is_reported_by_its_last_will(
    tmp_path: Path,
    repository: Path,
    devices: ExitStack,
    broker: MosquittoBroker,
    listener: Listener,
) -> None:
    """The broker says ``offline`` for it."""
    child = Child(devices, repository, write_edge_toml(tmp_path, broker))
    wait_until(lambda: len(listener.visits()) > 0, "visits")

    child.end(signal.SIGKILL)

    wait_until(lambda: len(listener.statuses()) > 0, "the last will")
    assert listener.statuses()[-1]["state"] == DeviceState.OFFLINE


def publisher(
    broker: MosquittoBroker,
    *,
    endpoint: str = "localhost",
    client_id: str = "pi-1",
    ca_file: Path | None = None,
) -> IotPublisher:
    """A publisher with a certificate of the broker's authority."""
    own = broker.issue_certificate(client_id)
    config = BrokerConfig(
        endpoint=endpoint,
        port=broker.port,
        ca_file=ca_file or own.ca_file,
        certificate_file=own.certificate_file,
        key_file=own.key_file,
        reconnect_min_s=0.1,
        reconnect_max_s=0.2,
    )
    return IotPublisher(
        config, client_id=client_id, ack_timeout_s=5, will_topic="museum/x", will_payload=b"{}"
    )


def test_a_broker_by_another_name_is_not_trusted(broker: MosquittoBroker) -> None:
    """The host name is checked: 127.1 is the same host, and not in its certificate."""
    misled = publisher(broker, endpoint="127.1")
    misled.start()
    never_connects(misled, broker)


def test_a_broker_of_another_authority_is_not_trusted(
    broker: MosquittoBroker, tmp_path: Path
) -> None:
    """Where another device connects several times over, one that expects another CA does not."""
    stranger = CertificateAuthority(tmp_path / "stranger")
    misled = publisher(broker, ca_file=stranger.ca_file)
    misled.start()
    never_connects(misled, broker)


def never_connects(misled: IotPublisher, broker: MosquittoBroker) -> None:
    """Others connect to that broker meanwhile, several times over; it could have."""
    for i in range(5):
        other = publisher(broker, client_id=f"other-{i}")
        other.start()
        wait_until(lambda other=other: other.connection == 1, "a connection")  # type: ignore[misc]  # bound per turn
        other.stop(5)

    assert misled.connection == 0
    assert not misled.reached
    misled.stop(0)
