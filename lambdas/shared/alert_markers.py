"""Which alerts were sent and are not over, kept in the table of counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from lambdas.shared.aws import CONDITION_FAILED, service_errors
from lambdas.shared.errors import ServiceError
from lambdas.shared.models.alerts import AlertKind, AlertMarker, StandingAlert
from lambdas.shared.museum_time import DAY_MS
from lambdas.shared.together import put_together

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_KEPT_MS: Final = 2 * DAY_MS
"""Longer than the longest window, so that no marker expires while it still counts.

An alert that stands for so long is forgotten with it, and told again.
"""
_MAY_CLAIM: Final = (
    "attribute_not_exists(pk) "
    "OR (window_end = :end AND sent = :no) "
    "OR (window_end <= :start AND (standing = :no OR sent = :no))"
)


class DynamoAlertMarkers:
    """``AlertMarkers`` (see ports) on DynamoDB: one item per artwork and kind."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def standing(self, museum_id: str) -> list[StandingAlert]:
        """One partition, which holds no more than two items per artwork."""
        with service_errors("dynamodb:Query"):
            pages = self._client.get_paginator("query").paginate(
                TableName=self._table,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": {"S": _partition(museum_id)}},
                ConsistentRead=True,
            )
            items = [item for page in pages for item in page["Items"]]
        return [_alert(item) for item in items if item["standing"]["BOOL"]]

    def claim(self, marker: AlertMarker) -> bool:
        """A conditional put."""
        return self._put_if(
            _item(marker, sent=False),
            _MAY_CLAIM,
            {
                ":start": {"N": str(marker.window_start)},
                ":end": {"N": str(marker.window_end)},
                ":no": {"BOOL": False},
            },
        )

    def confirm(self, markers: Sequence[AlertMarker]) -> None:
        """Overwrites the claims in one transaction; a hundred at most."""
        put_together(self._client, self._table, [_item(one, sent=True) for one in markers])

    def clear(self, museum_id: str, alert: StandingAlert) -> None:
        """A conditional put; the window stays, so that no later one overlaps it."""
        marker = AlertMarker(
            museum_id=museum_id,
            artwork_id=alert.artwork_id,
            kind=alert.kind,
            window_start=alert.window_end,
            window_end=alert.window_end,
        )
        self._put_if(
            _item(marker, sent=alert.sent, standing=False),
            "window_end = :end AND sent = :sent",
            {":end": {"N": str(alert.window_end)}, ":sent": {"BOOL": alert.sent}},
        )

    def _put_if(self, item: Mapping[str, Any], condition: str, values: Mapping[str, Any]) -> bool:
        try:
            with service_errors("dynamodb:PutItem"):
                self._client.put_item(
                    TableName=self._table,
                    Item=item,
                    ConditionExpression=condition,
                    ExpressionAttributeValues=values,
                )
        except ServiceError as exc:
            if exc.code == CONDITION_FAILED:
                return False
            raise
        return True


def _partition(museum_id: str) -> str:
    return f"ALERT#{museum_id}"


def _item(marker: AlertMarker, *, sent: bool, standing: bool = True) -> dict[str, dict[str, Any]]:
    return {
        "pk": {"S": _partition(marker.museum_id)},
        "sk": {"S": f"{marker.artwork_id}#{marker.kind.value}"},
        "window_end": {"N": str(marker.window_end)},
        "sent": {"BOOL": sent},
        "standing": {"BOOL": standing},
        "ttl": {"N": str((marker.window_end + _KEPT_MS) // 1000)},
    }


def _alert(item: Mapping[str, Any]) -> StandingAlert:
    artwork_id, _, kind = item["sk"]["S"].partition("#")
    return StandingAlert(
        artwork_id=artwork_id,
        kind=AlertKind(kind),
        window_end=int(item["window_end"]["N"]),
        sent=item["sent"]["BOOL"],
    )
