"""A Pi in the synthesised app, from its broken connection to the operators' letter."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from audit.written import written_items
from contracts.museum_toml import load_museums
from contracts.topics import status_topic
from local_cloud.cloud import LocalCloud
from tests.infrastructure.synthesised import Synthesised
from tests.unit.local_cloud.mqtt_device import MqttDevice

pytestmark = pytest.mark.integration

MUSEUM: Final = "city-gallery"
NOON: Final = dt.datetime(2026, 11, 12, 12, 0, 30, tzinfo=ZoneInfo("Europe/Rome"))  # a Thursday
MIDNIGHT: Final = NOON.replace(hour=0)
DEVICES: Final = "DevicesTableName"


@pytest.fixture
def cloud(synthesised: Synthesised, tmp_path: Path) -> Iterator[LocalCloud]:
    """The project's own app, running."""
    with LocalCloud(synthesised.folder, tmp_path) as cloud:
        yield cloud


def _beat(device: MqttDevice, own_id: str, **changes: str) -> None:
    """A heartbeat's part that the cloud looks at, on the device's own topic."""
    beat = {"museum_id": MUSEUM, "device_id": own_id, "artwork_id": "harvest", "camera": "ok"}
    topic = status_topic(MUSEUM, own_id)
    assert device.publish(topic, json.dumps(beat | changes).encode()) == 0


def _items(cloud: LocalCloud) -> dict[tuple[str, str], dict[str, Any]]:
    (table,) = (one[DEVICES] for one in cloud.outputs.values() if DEVICES in one)
    items = cloud.client("dynamodb").scan(TableName=table)["Items"]
    return {(one["museum_id"]["S"], one["device_id"]["S"]): one for one in items}


def _wait(cloud: LocalCloud, seen: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not seen():
        assert time.monotonic() < deadline, "the broker never told of it"
        cloud.drain()
        time.sleep(0.05)


def _letters(cloud: LocalCloud) -> list[str]:
    cloud.drain()
    return [file.read_text("utf-8") for file in sorted(cloud.mailbox.glob("*.txt"))]


def _lose(cloud: LocalCloud, at: dt.datetime) -> None:
    """A Pi that is heard, and then its power is cut."""
    cloud.clock.set(at)
    device = MqttDevice(cloud.broker, cloud.register_device(MUSEUM, "pi-1"), "pi-1")
    _beat(device, "pi-1")
    cloud.drain()
    device.break_off()
    _wait(cloud, lambda: ("DISCONNECTED", "pi-1") in _items(cloud))


def test_a_camera_lost_at_noon_is_told_once_with_what_the_broker_knows(
    cloud: LocalCloud, repository: Path
) -> None:
    """Within five minutes, to the operators, and its cause below its name."""
    _lose(cloud, NOON)
    item = _items(cloud)["DISCONNECTED", "pi-1"]
    told = written_items(load_museums(repository / "museum.toml"))
    (kept,) = (one.fields for one in told if one.name == "latest disconnection")
    assert set(item) == set(kept) == {"museum_id", "device_id", "disconnected_at", "reason"}
    assert abs(int(item["disconnected_at"]["N"]) / 1000 - NOON.timestamp()) < 60
    cloud.fire_schedules(NOON, NOON + dt.timedelta(minutes=5))
    (letter,) = _letters(cloud)
    assert "operators@museum.example" in letter
    assert "pi-1 fell silent" in letter
    assert "Its connection broke off: power, network, or its program ended." in letter
    cloud.fire_schedules(NOON + dt.timedelta(minutes=5), NOON + dt.timedelta(minutes=9))
    assert len(_letters(cloud)) == 1


def test_a_camera_lost_at_midnight_is_told_to_nobody(cloud: LocalCloud) -> None:
    """The museum is closed."""
    _lose(cloud, MIDNIGHT)
    cloud.fire_schedules(MIDNIGHT, MIDNIGHT + dt.timedelta(minutes=9))
    assert _letters(cloud) == []


def test_no_device_can_speak_as_another_or_as_the_broker(cloud: LocalCloud) -> None:
    """A heartbeat that names another device or museum is dropped, and so is a broker's word."""
    cloud.clock.set(NOON)
    honest = MqttDevice(cloud.broker, cloud.register_device(MUSEUM, "pi-1"), "pi-1")
    _beat(honest, "pi-1")
    hostile = MqttDevice(cloud.broker, cloud.register_device(MUSEUM, "pi-2"), "pi-2")
    _beat(hostile, "pi-2", camera="covered")
    cloud.drain()
    before = _items(cloud)
    assert before[MUSEUM, "pi-2"]["camera"] == {"S": "covered"}
    _beat(hostile, "pi-2", device_id="pi-1", camera="black")
    _beat(hostile, "pi-2", museum_id="other-museum")
    _beat(hostile, "pi-2", museum_id="DISCONNECTED", reason="CLIENT_INITIATED_DISCONNECT")
    cloud.drain()
    assert _items(cloud) == before
    presence = "$aws/events/presence/disconnected/pi-1"
    assert hostile.publish(presence, b'{"clientId": "pi-1"}') != 0
    cloud.drain()
    assert _items(cloud) == before
    honest.close()
    hostile.close()
