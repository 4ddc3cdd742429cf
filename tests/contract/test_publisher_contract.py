"""What every publisher keeps: the one on AWS's client, against a real broker, and the fake."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import pytest

from edge.adapters.iot_publisher import IotPublisher
from edge.config import BrokerConfig
from edge.delivery import wait_for_ack
from edge.errors import NotDeliveredError, RefusedError
from edge.ports import Publisher
from local_cloud.broker import MosquittoBroker
from tests.fakes.publisher import Answer, FakePublisher
from tests.support.listener import Listener, wait_until

ALLOWED = "museum/v1/city-gallery/pi-1/visits"
FORBIDDEN = "museum/v1/city-gallery/pi-2/visits"
ACK_S = 20.0


class Bench(Protocol):
    """A publisher and what stands behind it."""

    publisher: Publisher

    def received(self) -> list[bytes]:
        """Payloads that arrived on ``ALLOWED``, in order."""
        ...

    def forbid_next(self) -> None:
        """The next message goes to ``FORBIDDEN``."""
        ...

    def break_connection(self) -> None:
        """The broker goes away."""
        ...

    def mend_connection(self) -> None:
        """The broker comes back."""
        ...


class FakeBench:
    """The fake."""

    def __init__(self) -> None:
        self.fake = FakePublisher()
        self.publisher: Publisher = self.fake

    def received(self) -> list[bytes]:
        """As the fake has noted them."""
        return [payload for topic, payload in self.fake.delivered if topic == ALLOWED]

    def forbid_next(self) -> None:
        """The fake knows no policy but what it is told."""
        self.fake.answers.append(Answer.REFUSE)

    def break_connection(self) -> None:
        """At once."""
        self.fake.go_offline()

    def mend_connection(self) -> None:
        """At once."""
        self.fake.go_online()


class MosquittoBench:
    """AWS's client over mutual TLS."""

    def __init__(self, broker: MosquittoBroker, listener: Listener) -> None:
        self._broker = broker
        self._listener = listener
        files = broker.issue_certificate("pi-1")
        config = BrokerConfig(
            endpoint="localhost",
            port=broker.port,
            ca_file=files.ca_file,
            certificate_file=files.certificate_file,
            key_file=files.key_file,
            reconnect_min_s=0.1,
            reconnect_max_s=0.5,
        )
        self.publisher: Publisher = IotPublisher(
            config,
            client_id="pi-1",
            ack_timeout_s=ACK_S,
            will_topic="museum/v1/city-gallery/pi-1/status",
            will_payload=b"{}",
        )

    def received(self) -> list[bytes]:
        """As the listener has noted them."""
        return [payload for topic, payload in self._listener.messages() if topic == ALLOWED]

    def forbid_next(self) -> None:
        """The broker's access list does."""

    def break_connection(self) -> None:
        """Kills the broker."""
        self._broker.kill()

    def mend_connection(self) -> None:
        """Starts it again."""
        self._broker.start()


@contextmanager
def _mosquitto(folder: Path) -> Iterator[Bench]:
    acl = ("pattern write museum/v1/+/%u/#",)
    with MosquittoBroker(folder, acl) as broker, Listener(broker) as listener:
        yield MosquittoBench(broker, listener)


@pytest.fixture(params=["fake", pytest.param("mosquitto", marks=pytest.mark.integration)])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """One of both, not yet started; stopped at the end."""
    if request.param == "fake":
        yield FakeBench()
        return
    with _mosquitto(tmp_path / "broker") as bench:
        yield bench
        bench.publisher.stop(5)


def connect(bench: Bench) -> None:
    """Starts the publisher and waits for its first connection."""
    bench.publisher.start()
    wait_until(lambda: bench.publisher.connection == 1, "a connection")


def test_an_acknowledged_message_has_arrived(bench: Bench) -> None:
    """The future completes with the broker's acknowledgement."""
    connect(bench)

    wait_for_ack(bench.publisher.publish(ALLOWED, b"hello"), ALLOWED, ACK_S)

    wait_until(lambda: bench.received() == [b"hello"], "the message")


def test_messages_arrive_in_the_order_of_the_calls(bench: Bench) -> None:
    """Also with many of them on their way at once."""
    connect(bench)
    payloads = [b"%d" % i for i in range(50)]

    answers = [bench.publisher.publish(ALLOWED, p) for p in payloads]
    for answer in answers:
        wait_for_ack(answer, ALLOWED, ACK_S)

    wait_until(lambda: bench.received() == payloads, "all messages, in order")


def test_without_a_connection_nothing_is_queued(bench: Bench) -> None:
    """It fails at once, and does not arrive later: the outbox is the queue."""
    assert bench.publisher.connection == 0
    early = bench.publisher.publish(ALLOWED, b"early")
    with pytest.raises(NotDeliveredError):
        wait_for_ack(early, ALLOWED, ACK_S)

    connect(bench)
    wait_for_ack(bench.publisher.publish(ALLOWED, b"later"), ALLOWED, ACK_S)

    wait_until(lambda: bench.received() == [b"later"], "the later message alone")


def test_a_refusal_by_policy_is_told_apart(bench: Bench) -> None:
    """An operator must look; the connection stays."""
    connect(bench)
    bench.forbid_next()
    with pytest.raises(RefusedError):
        wait_for_ack(bench.publisher.publish(FORBIDDEN, b"foreign"), FORBIDDEN, ACK_S)

    wait_for_ack(bench.publisher.publish(ALLOWED, b"own"), ALLOWED, ACK_S)
    wait_until(lambda: bench.received() == [b"own"], "the allowed message alone")


def test_it_comes_back_by_itself(bench: Bench) -> None:
    """A new connection has a new number."""
    connect(bench)
    bench.break_connection()
    wait_until(lambda: bench.publisher.connection == 0, "the connection to be noticed as lost")
    with pytest.raises(NotDeliveredError):
        wait_for_ack(bench.publisher.publish(ALLOWED, b"lost"), ALLOWED, ACK_S)

    bench.mend_connection()
    wait_until(lambda: bench.publisher.connection >= 2, "a new connection")

    wait_for_ack(bench.publisher.publish(ALLOWED, b"back"), ALLOWED, ACK_S)
    wait_until(lambda: bench.received() == [b"back"], "the message")


def test_after_a_stop_there_is_no_connection(bench: Bench) -> None:
    """And nothing is sent any more."""
    connect(bench)

    bench.publisher.stop(5)

    wait_until(lambda: bench.publisher.connection == 0, "the end of the connection")
    with pytest.raises(NotDeliveredError):
        wait_for_ack(bench.publisher.publish(ALLOWED, b"late"), ALLOWED, ACK_S)
