"""MQTT topics and the names that devices, rules and policies share."""

import re
from typing import Final

from contracts.errors import ContractError

ROOT: Final = "museum/v1"
SLUG_PATTERN: Final = r"^[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?$"
"""1 to 48 of a-z, 0-9 and inner hyphens: safe in topics, keys, file names and ARNs."""

_SLUG: Final = re.compile(SLUG_PATTERN)
_RULE: Final = re.compile(r"^[a-zA-Z0-9_]{1,128}$")

VISITS_FILTER: Final = f"{ROOT}/+/+/visits"
STATUS_FILTER: Final = f"{ROOT}/+/+/status"


def check_slug(field: str, value: object) -> str:
    """Returns ``value`` if it is a slug.

    Raises:
        ContractError: It is not, naming ``field``.
    """
    if not isinstance(value, str) or not _SLUG.fullmatch(value):
        raise ContractError(
            field,
            f"must be 1 to 48 characters of a-z, 0-9 and inner hyphens, not {value!r:.80}",
        )
    return value


def visits_topic(museum_id: str, device_id: str) -> str:
    """Topic on which a device publishes its visits."""
    return (
        f"{ROOT}/{check_slug('museum_id', museum_id)}/{check_slug('device_id', device_id)}/visits"
    )


def status_topic(museum_id: str, device_id: str) -> str:
    """Topic of a device's heartbeat and of its last will."""
    return (
        f"{ROOT}/{check_slug('museum_id', museum_id)}/{check_slug('device_id', device_id)}/status"
    )


def basic_ingest(rule_name: str, topic: str) -> str:
    """The topic that hands a message straight to one IoT rule, without messaging charges.

    Source: https://docs.aws.amazon.com/iot/latest/developerguide/iot-basic-ingest.html

    Raises:
        ContractError: The rule's name is not one that AWS IoT takes.
    """
    if not _RULE.fullmatch(rule_name):
        raise ContractError("rule_name", f"must match {_RULE.pattern}, not {rule_name!r:.80}")
    return f"$aws/rules/{rule_name}/{topic}"
