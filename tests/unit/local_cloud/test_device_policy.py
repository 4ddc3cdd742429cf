"""IoT policies as Mosquitto's access control list."""

from typing import Any

import pytest

from local_cloud.device_policy import Device, access_lines, may_publish
from local_cloud.errors import LocalCloudError, UnsupportedError

PREFIX = "arn:aws:iot:eu-west-1:1"
THING = "${iot:Connection.Thing.ThingName}"
MUSEUM = "${iot:Connection.Thing.Attributes[museum_id]}"
DEVICE = Device("pi-1", {"museum_id": "city"})


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    """A policy called p."""
    return {"p": {"Statement": [{"Effect": "Allow", **each} for each in statements]}}


def publish(*resources: str) -> dict[str, Any]:
    """A statement that allows publishing."""
    return {"Action": "iot:Publish", "Resource": [f"{PREFIX}:{each}" for each in resources]}


def test_variables_become_the_devices_own_name_and_attributes() -> None:
    """So that a device reaches its own topics only."""
    found = access_lines(
        policy(publish(f"topic/$aws/rules/r/v1/{MUSEUM}/{THING}/visits", f"topic/v1/*/{THING}/*")),
        DEVICE,
    )
    assert found == [
        "user pi-1",
        "topic write $aws/rules/r/v1/city/pi-1/visits",
        "topic write v1/+/pi-1/#",
    ]


def test_subscribing_and_connecting_are_understood() -> None:
    """Conditions that hold for every registered device are let pass."""
    found = access_lines(
        policy(
            {
                "Action": ["iot:Connect"],
                "Resource": f"{PREFIX}:client/{THING}",
                "Condition": {"Bool": {"iot:Connection.Thing.IsAttached": ["true"]}},
            },
            {"Action": "iot:Subscribe", "Resource": f"{PREFIX}:topicfilter/cmd/{THING}"},
        ),
        DEVICE,
    )
    assert found == ["user pi-1", "topic read cmd/pi-1"]


def test_only_allowed_topics_may_be_published() -> None:
    """This is what tells a message's sender."""
    policies = policy(publish(f"topic/v1/{THING}/status"))
    assert may_publish(policies, DEVICE, "v1/pi-1/status")
    assert not may_publish(policies, DEVICE, "v1/pi-2/status")
    assert not may_publish(policies, Device("pi-2", {}), "v1/pi-1/status")


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ({"Effect": "Deny", "Action": "iot:Publish", "Resource": "x"}, "Deny"),
        ({"Action": "iot:*", "Resource": "*"}, r"iot:\*"),
        (publish("topic/v1/x*"), "wildcard"),
        (publish("client/x"), "client/x"),
        (publish("topic/${iot:Certificate.Subject.CommonName}"), "Certificate"),
        ({"Action": "iot:Connect", "Resource": f"{PREFIX}:client/*"}, "client"),
        (
            {**publish("topic/x"), "Condition": {"Bool": {"aws:SecureTransport": "true"}}},
            "SecureTransport",
        ),
        ({**publish("topic/x"), "NotAction": "x"}, "NotAction"),
    ],
)
def test_what_cannot_be_translated_is_an_error(statement: dict[str, Any], named: str) -> None:
    """The message names the statement and what it holds."""
    with pytest.raises(UnsupportedError, match=rf"p\.Statement\[0\].*{named}"):
        access_lines(policy(statement), DEVICE)


def test_a_missing_attribute_is_an_error() -> None:
    """AWS would deny what the variable stands in."""
    with pytest.raises(LocalCloudError, match="pi-1 has no attribute museum_id"):
        access_lines(policy(publish(f"topic/{MUSEUM}")), Device("pi-1", {}))
