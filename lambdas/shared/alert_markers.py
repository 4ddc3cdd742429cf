"""Which alerts were sent, kept in the table of counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from lambdas.shared.aws import CONDITION_FAILED, service_errors
from lambdas.shared.errors import ServiceError
from lambdas.shared.models import AlertMarker
from lambdas.shared.museum_time import DAY_MS
from lambdas.shared.together import put_together

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_KEPT_MS: Final = 2 * DAY_MS
"""Longer than the longest window, so that no marker expires while it still counts."""


class DynamoAlertMarkers:
    """``AlertMarkers`` (see ports) on DynamoDB: one item per artwork."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def claim(self, marker: AlertMarker) -> bool:
        """A conditional put."""
        try:
            with service_errors("dynamodb:PutItem"):
                self._client.put_item(
                    TableName=self._table,
                    Item=_item(marker, sent=False),
                    ConditionExpression=(
                        "attribute_not_exists(pk) OR window_end <= :start "
                        "OR (window_end = :end AND sent = :no)"
                    ),
                    ExpressionAttributeValues={
                        ":start": {"N": str(marker.window_start)},
                        ":end": {"N": str(marker.window_end)},
                        ":no": {"BOOL": False},
                    },
                )
        except ServiceError as exc:
            if exc.code == CONDITION_FAILED:
                return False
            raise
        return True

    def confirm(self, markers: Sequence[AlertMarker]) -> None:
        """Overwrites the claims in one transaction; a hundred at most."""
        put_together(self._client, self._table, [_item(one, sent=True) for one in markers])


def _item(marker: AlertMarker, *, sent: bool) -> dict[str, dict[str, str | bool]]:
    return {
        "pk": {"S": f"ALERT#{marker.museum_id}"},
        "sk": {"S": f"{marker.artwork_id}#negative-expressions"},
        "window_end": {"N": str(marker.window_end)},
        "sent": {"BOOL": sent},
        "ttl": {"N": str((marker.window_end + _KEPT_MS) // 1000)},
    }
