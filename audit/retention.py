"""How long each store keeps what is in it, read from the templates."""

from collections.abc import Mapping
from typing import Any, Final

from audit.assembly import Assembly, Resource

_PITR_DAYS: Final = 35
"""DynamoDB's default, where the template names no shorter period."""
_DAY_S: Final = 86_400
_QUEUE_DEFAULT_S: Final = 4 * _DAY_S
FOR_EVER: Final = "until it is deleted or overwritten"


def kept(assembly: Assembly, one: Resource, expires_days: int | None = None) -> str:
    """In words, e.g. ``30 days``.

    Args:
        assembly: Where the resource is.
        one: A table, bucket, queue or log group.
        expires_days: What the function that writes the item says itself, for tables.
    """
    properties = one.properties
    if one.kind == "DynamoDB::Table":
        return _table(properties, expires_days)
    if one.kind == "S3::Bucket":
        return _bucket(properties)
    if one.kind == "SQS::Queue":
        return _days(int(properties.get("MessageRetentionPeriod", _QUEUE_DEFAULT_S)) // _DAY_S)
    if one.kind == "Logs::LogGroup":
        days = properties.get("RetentionInDays")
        return _days(int(days)) if days else FOR_EVER
    return assembly.text(properties, one.stack)


def _table(properties: Mapping[str, Any], expires_days: int | None) -> str:
    ttl = properties.get("TimeToLiveSpecification", {}).get("Enabled", False)
    words = _days(expires_days) if expires_days is not None and ttl else FOR_EVER
    recovery = properties.get("PointInTimeRecoverySpecification", {})
    if recovery.get("PointInTimeRecoveryEnabled"):
        days = recovery.get("RecoveryPeriodInDays", _PITR_DAYS)
        words += f", then {_days(days)} in the table's recovery log"
    return words


def _bucket(properties: Mapping[str, Any]) -> str:
    words = FOR_EVER
    for rule in properties.get("LifecycleConfiguration", {}).get("Rules", ()):
        if rule.get("Status") == "Enabled" and "ExpirationInDays" in rule:
            words = _days(int(rule["ExpirationInDays"]))
            old = rule.get("NoncurrentVersionExpiration", {}).get("NoncurrentDays")
            if old:
                words += f", then {_days(int(old))} as an old version"
    return words


def _days(days: int) -> str:
    return f"{days} day{'' if days == 1 else 's'}"
