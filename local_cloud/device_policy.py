"""Translates the template's IoT policies into Mosquitto's access control list.

A policy's variables are filled in for each registered device, so the list names plain topics. It
also tells who sent a message: MQTT does not tell a subscriber the sender's client id, but since a
device may publish only where the policy lets it, the topic does.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from local_cloud.errors import LocalCloudError, UnsupportedError
from local_cloud.json_value import Json
from local_cloud.resources.base import check_keys
from local_cloud.topic_filter import matches

_VARIABLE: Final = re.compile(r"\$\{(iot:[^}]*)\}")
_ATTRIBUTE: Final = re.compile(r"^iot:Connection\.Thing\.Attributes\[([^\]]+)\]$")
_THING_NAMES: Final = frozenset({"iot:Connection.Thing.ThingName", "iot:ClientId"})
_ACCESS: Final[Mapping[str, tuple[str, str]]] = {
    "iot:Publish": ("topic", "write"),
    "iot:Receive": ("topic", "read"),
    "iot:Subscribe": ("topicfilter", "read"),
}
_CONNECT: Final = "iot:Connect"
_CONDITIONS_WITHOUT_EFFECT: Final = frozenset(
    # Every registered device is attached to its thing, and Mosquitto knows no such attributes.
    {
        ("Bool", "iot:Connection.Thing.IsAttached"),
        ("ForAllValues:StringEquals", "iot:ConnectAttributes"),
    }
)


@dataclass(frozen=True, slots=True)
class Device:
    """A registered thing: its name, which is its client id, and its attributes."""

    name: str
    attributes: Mapping[str, str]


def access_lines(policies: Mapping[str, Json], device: Device) -> list[str]:
    """The device's part of the access control list.

    Raises:
        UnsupportedError: A policy has a statement that is not known.
    """
    lines = [f"user {device.name}"]
    for access, topic in _allowed(policies, device):
        lines.append(f"topic {access} {topic}")
    return lines


def may_publish(policies: Mapping[str, Json], device: Device, topic: str) -> bool:
    """Whether the policies let the device publish on a topic."""
    return any(
        access == "write" and matches(topic_filter, topic)
        for access, topic_filter in _allowed(policies, device)
    )


def _allowed(policies: Mapping[str, Json], device: Device) -> Iterator[tuple[str, str]]:
    for name, document in policies.items():
        for i, statement in enumerate(document["Statement"]):
            yield from _statement(statement, device, f"{name}.Statement[{i}]")


def _statement(
    statement: Mapping[str, Json], device: Device, place: str
) -> Iterator[tuple[str, str]]:
    check_keys(
        statement,
        place,
        used=frozenset({"Effect", "Action", "Resource", "Condition"}),
        no_effect=frozenset({"Sid"}),
    )
    if statement["Effect"] != "Allow":
        raise UnsupportedError(f"the effect {statement['Effect']} in an IoT policy", place)
    for kind, tests in statement.get("Condition", {}).items():
        for key in tests:
            if (kind, key) not in _CONDITIONS_WITHOUT_EFFECT:
                raise UnsupportedError(f"the condition {kind} {key} in an IoT policy", place)
    for action in _as_list(statement["Action"]):
        if action == _CONNECT:
            _check_connect(statement, place)
            continue
        if action not in _ACCESS:
            raise UnsupportedError(f"the action {action} in an IoT policy", place)
        kind, access = _ACCESS[action]
        for resource in _as_list(statement["Resource"]):
            yield access, _topic(resource, kind, device, place)


def _check_connect(statement: Mapping[str, Json], place: str) -> None:
    """Mosquitto ties a client to its certificate's name; a policy that allows more is not known."""
    for resource in _as_list(statement["Resource"]):
        variable = _VARIABLE.fullmatch(_after(resource, "client", place))
        if variable is None or variable[1] not in _THING_NAMES:
            raise UnsupportedError(f"iot:Connect as {resource}", place)


def _after(resource: str, kind: str, place: str) -> str:
    _, found, rest = resource.partition(f":{kind}/")
    if not found:
        raise UnsupportedError(f"the resource {resource} in an IoT policy", place)
    return rest


def _topic(resource: str, kind: str, device: Device, place: str) -> str:
    def fill(match: re.Match[str]) -> str:
        if match[1] in _THING_NAMES:
            return device.name
        attribute = _ATTRIBUTE.match(match[1])
        if attribute is None:
            raise UnsupportedError(f"the policy variable {match[1]}", place)
        if attribute[1] not in device.attributes:
            raise LocalCloudError(f"{place}: {device.name} has no attribute {attribute[1]}")
        return device.attributes[attribute[1]]

    levels = _VARIABLE.sub(fill, _after(resource, kind, place)).split("/")
    last = len(levels) - 1
    for i, level in enumerate(levels):
        if level == "*":
            # AWS's * also spans levels; in the middle of a topic one level is what is meant.
            levels[i] = "#" if i == last else "+"
        elif "*" in level or "?" in level:
            raise UnsupportedError(f"the wildcard in {resource}", place)
    return "/".join(levels)


def _as_list(value: Json) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
