"""No message that Mosquitto acknowledged is lost on the way into the rules engine."""

import threading
import time
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from local_cloud.bridge import Bridge
from local_cloud.broker import MosquittoBroker
from local_cloud.errors import LocalCloudError
from tests.unit.local_cloud.mqtt_device import MqttDevice

pytestmark = pytest.mark.integration
TOPIC = "$aws/rules/r/museum/v1/m/pi-1/visits"
KILLS = 6


class Flood:
    """Publishes numbered messages without pause; a new connection after each that breaks."""

    def __init__(self, broker: MosquittoBroker) -> None:
        self.acknowledged: set[int] = set()
        self._broker = broker
        self._files = broker.issue_certificate("pi-1")
        self._number = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends it."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._connection()
            except OSError:
                time.sleep(0.01)

    def _connection(self) -> None:
        numbers: dict[int, int] = {}
        codes: dict[int, int] = {}
        down = threading.Event()
        files = self._files
        client = mqtt.Client(CallbackAPIVersion.VERSION2, "pi-1", protocol=mqtt.MQTTv5)
        client.tls_set(str(files.ca_file), str(files.certificate_file), str(files.key_file))
        client.on_publish = lambda _c, _u, mid, code, _p: codes.__setitem__(mid, code.value)
        client.on_disconnect = lambda *_: down.set()
        client.connect(self._broker.host, self._broker.port)
        client.loop_start()
        while not self._stop.is_set() and not down.is_set():
            self._number += 1
            payload = str(self._number).encode().ljust(1000)
            numbers[client.publish(TOPIC, payload, 1).mid] = self._number
            time.sleep(0.0005)
        client.loop_stop()
        for mid, code in codes.items():
            if mid in numbers and code == 0:
                self.acknowledged.add(numbers[mid])


def test_a_killed_broker_loses_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    """However often it is killed under load."""
    seen: list[int] = []
    with MosquittoBroker(tmp_path) as broker:
        bridge = Bridge(broker, lambda _topic, payload: seen.append(int(payload)))
        bridge.start()
        flood = Flood(broker)
        for _ in range(KILLS):
            time.sleep(0.2)
            broker.kill()
            broker.start()
        flood.stop()
        assert bridge.sync(30)
        bridge.stop()
    assert len(flood.acknowledged) > KILLS
    assert flood.acknowledged - set(seen) == set()


def test_messages_that_arrive_while_the_bridge_is_away_are_kept_for_it(tmp_path: Path) -> None:
    """Its session lives in the broker, also after the broker was killed and started again."""
    with MosquittoBroker(tmp_path) as broker:
        first: list[bytes] = []
        bridge = Bridge(broker, lambda _topic, payload: first.append(payload))
        bridge.start()
        bridge.stop()
        broker.kill()
        broker.start()
        device = MqttDevice(broker, broker.issue_certificate("pi-1"), "pi-1")
        assert device.publish(TOPIC, b"late") == 0
        device.close()
        second: list[bytes] = []
        bridge = Bridge(broker, lambda _topic, payload: second.append(payload))
        bridge.start()
        assert bridge.sync(30)
        bridge.stop()
    assert (first, second) == ([], [b"late"])


def test_a_handler_that_fails_does_not_stop_the_others_and_is_reported(tmp_path: Path) -> None:
    """Whoever waits for the messages learns of it."""
    seen: list[bytes] = []

    def handle(_topic: str, payload: bytes) -> None:
        if payload == b"bad":
            raise ValueError("cannot")
        seen.append(payload)

    with MosquittoBroker(tmp_path) as broker:
        bridge = Bridge(broker, handle)
        bridge.start()
        device = MqttDevice(broker, broker.issue_certificate("pi-1"), "pi-1")
        device.publish(TOPIC, b"bad")
        device.publish(TOPIC, b"good")
        with pytest.raises(LocalCloudError, match="cannot"):
            bridge.sync(30)
        device.close()
        bridge.stop()
    assert seen == [b"good"]
