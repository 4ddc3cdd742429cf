"""Mosquitto as the local cloud starts it, on this machine's loopback."""

import queue
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from local_cloud.broker import MosquittoBroker
from local_cloud.errors import LocalCloudError
from tests.unit.local_cloud.mqtt_device import WAIT_S, MqttDevice

pytestmark = pytest.mark.integration


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[MosquittoBroker]:
    """A broker that lets every certificate holder do everything."""
    with MosquittoBroker(tmp_path / "broker") as broker:
        yield broker


def test_a_device_publishes_to_basic_ingest_and_the_reader_gets_it(broker: MosquittoBroker) -> None:
    """Topics below $aws/rules pass through like any other."""
    reader = MqttDevice(broker, broker.rules_certificate(), "reader")
    reader.subscribe("$aws/rules/#")
    device = MqttDevice(broker, broker.issue_certificate("pi-1"), "pi-1")

    assert device.publish("$aws/rules/r/museum/v1/m/pi-1/visits", b"hello") == 0

    assert reader.messages.get(timeout=WAIT_S).payload == b"hello"
    device.close()
    reader.close()


def test_a_client_without_certificate_is_refused(broker: MosquittoBroker) -> None:
    """Knowing the authority is not enough to connect."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, "thief", protocol=mqtt.MQTTv5)
    client.tls_set(str(broker.ca_file))
    outcomes: queue.Queue[str] = queue.Queue()
    client.on_connect = lambda *_: outcomes.put("connected")
    client.on_disconnect = lambda *_: outcomes.put("refused")
    try:
        client.connect(broker.host, broker.port)
    except (ssl.SSLError, ConnectionError):
        return
    client.loop_start()
    assert outcomes.get(timeout=WAIT_S) == "refused"
    client.loop_stop()


def test_access_follows_the_given_list_and_the_certificates_name(tmp_path: Path) -> None:
    """A device publishes under its own name; elsewhere its PUBACK says not authorised."""
    acl = ["pattern write museum/v1/+/%u/status"]
    with MosquittoBroker(tmp_path / "broker", acl) as broker:
        device = MqttDevice(broker, broker.issue_certificate("pi-1"), "pi-1")
        # Accepted: no subscriber (0x10) is a success, too.
        assert device.publish("museum/v1/m/pi-1/status") in {0, 0x10}
        assert device.publish("museum/v1/m/pi-2/status") == 0x87
        device.close()


def test_the_broker_comes_back_on_its_port_after_a_kill(broker: MosquittoBroker) -> None:
    """Certificates and port stay the same, so that devices find it again."""
    files = broker.issue_certificate("pi-1")
    port = broker.port
    broker.kill()
    assert not broker.running
    broker.start()
    assert broker.port == port
    device = MqttDevice(broker, files, "pi-1")
    assert device.publish("museum/v1/a") in {0, 0x10}
    device.close()


@pytest.mark.parametrize("name", ["local-cloud-rules", "../x", "", "a" * 65])
def test_names_that_no_device_may_carry_are_refused(broker: MosquittoBroker, name: str) -> None:
    """Neither the rules engine's name nor one that leaves the folder gets a certificate."""
    with pytest.raises(LocalCloudError):
        broker.issue_certificate(name)


def test_the_broker_ends_with_whoever_started_it(tmp_path: Path, repository: Path) -> None:
    """Also when that process is killed and can tidy up nothing."""
    script = (
        "import os, sys, pathlib\n"
        "from local_cloud.broker import MosquittoBroker\n"
        "broker = MosquittoBroker(pathlib.Path(sys.argv[1]))\n"
        "broker.start()\n"
        "print(broker.port, flush=True)\n"
        "os._exit(1)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        cwd=repository,
        stdout=subprocess.PIPE,
        check=False,
    )
    assert run.returncode == 1
    port = int(run.stdout)
    deadline = time.monotonic() + WAIT_S
    while _listens(port) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _listens(port)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
