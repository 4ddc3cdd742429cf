"""A hand-made app in the local cloud: from a published message to table, dead letter and mail."""

import datetime as dt
import json
import time
from collections.abc import Iterator
from email import message_from_string
from pathlib import Path
from typing import Any

import pytest

from local_cloud.cloud import LocalCloud
from local_cloud.errors import FunctionError, LocalCloudError
from tests.unit.local_cloud.mqtt_device import MqttDevice
from tests.unit.local_cloud.small_app import small_app

pytestmark = pytest.mark.integration
VISITS = "$aws/rules/small_visits/small/pi-1/visits"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """One local cloud for this module: its tests use ids of their own."""
    folder = tmp_path_factory.mktemp("cloud")
    with LocalCloud(small_app(folder / "cdk.out"), folder / "home") as cloud:
        yield cloud


@pytest.fixture
def device(cloud: LocalCloud) -> Iterator[MqttDevice]:
    """Device pi-1, connected."""
    files = cloud.register_device("m", "pi-1")
    device = MqttDevice(cloud.broker, files, "pi-1")
    yield device
    device.close()


def send(device: MqttDevice, **body: object) -> None:
    """Publishes a visit."""
    assert device.publish(VISITS, json.dumps(body).encode()) == 0


def stored(cloud: LocalCloud, sk: str) -> dict[str, Any] | None:
    """The item that the function stored."""
    answer = cloud.client("dynamodb").get_item(
        TableName=cloud.outputs["store"]["TableName"],
        Key={"pk": {"S": "visit"}, "sk": {"S": sk}},
    )
    item: dict[str, Any] | None = answer.get("Item")
    return item


def dead_letters(cloud: LocalCloud, wait_s: int = 0) -> list[str]:
    """Takes what lies in the dead-letter queue, or comes within ``wait_s``.

    moto takes a message out of its queue a moment before it puts it there.
    """
    client, url = cloud.client("sqs"), cloud.outputs["flow"]["DeadUrl"]
    bodies: list[str] = []
    while messages := client.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=0 if bodies else wait_s
    ).get("Messages"):
        for each in messages:
            bodies.append(each["Body"])
            client.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
    return bodies


def test_a_message_goes_through_rule_queue_and_function(
    cloud: LocalCloud, device: MqttDevice
) -> None:
    """The rule adds the client id; the function has the template's environment."""
    send(device, id="one")
    cloud.drain()
    item = stored(cloud, "one")
    assert item is not None
    assert item["client_id"] == {"S": "pi-1"}
    assert cloud.metrics[-1].name == "Stored"


def test_a_device_cannot_publish_as_another(cloud: LocalCloud, device: MqttDevice) -> None:
    """The template's policy names the thing in each topic."""
    cloud.register_device("m", "pi-2")
    assert device.publish("$aws/rules/small_visits/small/pi-2/visits") == 0x87


def test_the_item_that_failed_is_tried_again_and_becomes_a_dead_letter(
    cloud: LocalCloud, device: MqttDevice
) -> None:
    """The rest of its batch is stored once."""
    dead_letters(cloud)
    send(device, id="bad", wish="fail")
    send(device, id="good")
    cloud.drain()
    assert stored(cloud, "good") is not None
    assert [json.loads(body)["id"] for body in dead_letters(cloud)] == ["bad"]


@pytest.mark.parametrize("wish", ["raise", "die", "sleep"])
def test_a_failing_function_loses_nothing(cloud: LocalCloud, device: MqttDevice, wish: str) -> None:
    """An exception, a dead process and a timeout all end in the dead-letter queue."""
    dead_letters(cloud)
    before = cloud.stats["function_errors"]
    send(device, id=wish, wish=wish)
    cloud.drain()
    assert [json.loads(body)["id"] for body in dead_letters(cloud, wait_s=5)] == [wish]
    assert cloud.stats["function_errors"] == before + 2
    send(device, id=f"after-{wish}")
    cloud.drain()
    assert stored(cloud, f"after-{wish}") is not None


def test_a_failed_action_ends_in_the_error_action_with_the_original(
    cloud: LocalCloud, device: MqttDevice
) -> None:
    """The status rule puts into a table whose keys this message lacks."""
    assert device.publish("small/pi-1/status", b'{"x": 1}') == 0
    cloud.drain()
    s3, bucket = cloud.client("s3"), cloud.outputs["store"]["BucketName"]
    (entry,) = s3.list_objects_v2(Bucket=bucket, Prefix="errors/pi-1/")["Contents"]
    report = json.loads(s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read())
    assert report["ruleName"] == "small_status"
    assert report["clientId"] == "pi-1"
    assert report["base64OriginalPayload"] == "eyJ4IjogMX0="
    assert report["failures"][0]["failedAction"] == "DynamoDBv2Action"


def test_sql_that_fails_is_counted_and_stops_nothing(cloud: LocalCloud, device: MqttDevice) -> None:
    """``SELECT *, ...`` needs JSON."""
    before = cloud.stats["rule_sql_failures"]
    assert device.publish(VISITS, b"\xff") == 0
    send(device, id="next")
    cloud.drain()
    assert cloud.stats["rule_sql_failures"] == before + 1
    assert stored(cloud, "next") is not None


def test_functions_see_the_shifted_clock(cloud: LocalCloud, device: MqttDevice) -> None:
    """And real time again afterwards."""
    cloud.clock.set(dt.datetime(2031, 5, 1, 12, tzinfo=dt.UTC))
    send(device, id="future")
    cloud.drain()
    cloud.clock.real()
    send(device, id="present")
    cloud.drain()
    future, present = stored(cloud, "future"), stored(cloud, "present")
    assert future is not None
    assert present is not None
    at = dt.datetime.fromtimestamp(float(future["now"]["N"]), dt.UTC)
    assert at.date() == dt.date(2031, 5, 1)
    assert abs(float(present["now"]["N"]) - time.time()) < 3600


def test_what_was_published_before_a_kill_arrives(cloud: LocalCloud, device: MqttDevice) -> None:
    """And the broker takes messages again after it was started."""
    for i in range(20):
        send(device, id=f"kill-{i}")
    cloud.kill_broker()
    cloud.start_broker()
    cloud.drain()
    assert all(stored(cloud, f"kill-{i}") is not None for i in range(20))


def test_schedules_fire_in_order_at_their_own_time_and_mail_is_dropped(cloud: LocalCloud) -> None:
    """Across the night on which the clock goes back in Rome."""
    for old in cloud.mailbox.iterdir():
        old.unlink()
    steps: list[tuple[int, int]] = []
    cloud.fire_schedules(
        dt.datetime(2026, 10, 24, tzinfo=dt.UTC),
        dt.datetime(2026, 10, 26, tzinfo=dt.UTC),
        progress=lambda done, total: steps.append((done, total)),
    )
    cloud.clock.real()
    letters = [message_from_string(f.read_text()) for f in sorted(cloud.mailbox.iterdir())]
    assert [letter["To"] for letter in letters] == ["curator@museum.example"] * 2
    assert [letter["Subject"] for letter in letters] == ["Daily"] * 2
    bodies = [str(letter.get_payload()).split() for letter in letters]
    assert [at for at, _ in bodies] == ["2026-10-24T05:00:00Z", "2026-10-25T06:00:00Z"]
    for at, seen in bodies:
        assert 0 <= int(seen) - dt.datetime.fromisoformat(at).timestamp() < 60
    assert steps == [(1, 2), (2, 2)]


def test_a_scheduled_function_that_fails_is_tried_again_then_raises(
    tmp_path: Path,
) -> None:
    """With the number of retries of the template, and a dead letter at the end."""
    folder = small_app(tmp_path / "cdk.out")
    file = folder / "flow.template.json"
    template = json.loads(file.read_text())
    target = template["Resources"]["Schedule"]["Properties"]["Target"]
    target["Input"] = '{"wish": "raise"}'
    file.write_text(json.dumps(template))
    with LocalCloud(folder, tmp_path / "home") as cloud:
        with pytest.raises(FunctionError, match="ValueError: asked to"):
            cloud.fire_schedules(
                dt.datetime(2026, 10, 24, tzinfo=dt.UTC), dt.datetime(2026, 10, 26, tzinfo=dt.UTC)
            )
        assert cloud.stats["invocations"] == 2
        (letter,) = dead_letters(cloud)
        assert json.loads(letter)["requestPayload"] == {"wish": "raise"}


def test_an_unknown_resource_type_stops_the_start(tmp_path: Path) -> None:
    """With an error that names it and where it stands."""
    folder = small_app(tmp_path / "cdk.out")
    file = folder / "store.template.json"
    template = json.loads(file.read_text())
    template["Resources"]["Stream"] = {"Type": "AWS::Kinesis::Stream"}
    file.write_text(json.dumps(template))
    with (
        pytest.raises(LocalCloudError, match=r"store/Stream: .*AWS::Kinesis::Stream"),
        LocalCloud(folder, tmp_path / "home"),
    ):
        pass
