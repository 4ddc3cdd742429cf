"""Publishing a workload to a real broker over mutual TLS."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from contracts.museum_toml import load_museums
from local_cloud.broker import MosquittoBroker
from workload.delivery import Delivery
from workload.errors import WorkloadError
from workload.generator import generate
from workload.options import Options
from workload.publish import DeviceCredentials, Fleet, publish

pytestmark = pytest.mark.integration

RULE = "smart_museum_visits"


class Subscriber:
    """Reads every message that devices publish through the rule, and says what came."""

    def __init__(self, broker: MosquittoBroker) -> None:
        self._changed = threading.Condition()
        self.received: list[tuple[str, bytes]] = []
        certificate = broker.issue_certificate("reader")
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2, "reader", protocol=MQTTProtocolVersion.MQTTv5
        )
        self._client.tls_set(
            str(certificate.ca_file), str(certificate.certificate_file), str(certificate.key_file)
        )
        self._client.on_connect = lambda client, *_: client.subscribe("$aws/rules/#", qos=1)
        ready = threading.Event()
        self._client.on_subscribe = lambda *_: ready.set()
        self._client.on_message = lambda _c, _u, message: self._take(message)
        self._client.reconnect_delay_set(1, 1)
        session = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho's own
        session.SessionExpiryInterval = 600
        self._client.connect(broker.host, broker.port, clean_start=False, properties=session)
        self._client.loop_start()
        assert ready.wait(20)

    def _take(self, message: mqtt.MQTTMessage) -> None:
        with self._changed:
            self.received.append((message.topic, bytes(message.payload)))
            self._changed.notify_all()

    def wait_for(self, enough: Callable[[], bool]) -> None:
        """Waits until that holds of what was received."""
        with self._changed:
            assert self._changed.wait_for(enough, timeout=30)

    def close(self) -> None:
        """Ends the connection."""
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[MosquittoBroker]:
    """A broker that runs."""
    with MosquittoBroker(tmp_path / "broker") as running:
        yield running


@pytest.fixture
def connect(broker: MosquittoBroker) -> Callable[[str], DeviceCredentials]:
    """Certificates as the devices ask for them."""

    def credentials(device_id: str) -> DeviceCredentials:
        certificate = broker.issue_certificate(device_id)
        return DeviceCredentials(
            host=broker.host,
            port=broker.port,
            ca_file=certificate.ca_file,
            cert_file=certificate.certificate_file,
            key_file=certificate.key_file,
        )

    return credentials


def test_every_message_reaches_the_rules_topic(
    broker: MosquittoBroker, connect: Callable[[str], DeviceCredentials], repository: Path
) -> None:
    """A small workload arrives complete and byte for byte, slice after slice."""
    museum = load_museums(repository / "museum.toml").museums[0]
    asked = Options(days=3, visits_per_day=30, end=date(2026, 10, 26))
    deliveries = generate(museum, asked).deliveries
    progress: list[tuple[int, int]] = []
    slices: list[Sequence[Delivery]] = []
    reader = Subscriber(broker)
    publish(
        deliveries,
        connect,
        lambda done, total: progress.append((done, total)),
        rule_name=RULE,
        before_slice=slices.append,
    )
    reader.wait_for(lambda: len(reader.received) >= len(deliveries))
    reader.close()
    expected = Counter((f"$aws/rules/{RULE}/{d.topic}", d.payload) for d in deliveries)
    assert Counter(reader.received) == expected
    assert progress[-1] == (len(deliveries), len(deliveries))
    assert progress == sorted(progress)
    assert [d for part in slices for d in part] == list(deliveries)
    assert len(slices) > 3


def test_what_was_not_acknowledged_is_sent_after_a_restart(
    broker: MosquittoBroker, connect: Callable[[str], DeviceCredentials]
) -> None:
    """Messages that are handed over while the broker is down arrive once it is up again."""
    reader = Subscriber(broker)
    before, during = some_deliveries("before"), some_deliveries("during")
    with Fleet(connect, rule_name=RULE) as fleet:
        fleet.publish(before)
        reader.wait_for(lambda: len(reader.received) >= len(before))
        broker.save()  # the reader's subscription, so that nothing passes it by afterwards
        broker.kill()
        sender = threading.Thread(target=fleet.publish, args=(during,))
        sender.start()
        sender.join(timeout=0.5)
        assert sender.is_alive()
        broker.start()
        sender.join(timeout=30)
        assert not sender.is_alive()
        assert fleet.acknowledged == len(before) + len(during)
        wanted = {d.payload for d in during}
        reader.wait_for(lambda: wanted <= {payload for _, payload in reader.received})
    reader.close()


def test_a_silent_broker_is_an_error(
    broker: MosquittoBroker, connect: Callable[[str], DeviceCredentials]
) -> None:
    """A broker that stays away is named, with the number of messages that it owes."""
    with Fleet(connect, patience_s=0.5) as fleet:
        fleet.publish(some_deliveries("first"))
        broker.kill()
        with pytest.raises(WorkloadError, match="20 messages unacknowledged"):
            fleet.publish(some_deliveries("second"))


def test_a_refused_message_is_an_error(tmp_path: Path) -> None:
    """A policy that does not let a device publish there stops the run with its name."""
    only_own = ("pattern write museum/v1/elsewhere/%u/visits",)
    with MosquittoBroker(tmp_path / "broker", acl=only_own) as broker:
        certificate = broker.issue_certificate("pi-0")
        credentials = DeviceCredentials(
            host=broker.host,
            port=broker.port,
            ca_file=certificate.ca_file,
            cert_file=certificate.certificate_file,
            key_file=certificate.key_file,
        )
        with (
            Fleet(lambda _: credentials, patience_s=20) as fleet,
            pytest.raises(WorkloadError, match="refused a message of pi-0"),
        ):
            fleet.publish(some_deliveries("x")[:1])


def some_deliveries(name: str) -> list[Delivery]:
    """Twenty messages of two devices."""
    start = datetime(2026, 10, 24, tzinfo=UTC)
    return [
        Delivery(
            at=start + timedelta(seconds=i),
            device_id=f"pi-{i % 2}",
            topic=f"museum/v1/city-gallery/pi-{i % 2}/visits",
            payload=f"{name} {i}".encode(),
        )
        for i in range(20)
    ]
