"""Of which silences the operators were told, kept in the table of counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from lambdas.shared.aws import CONDITION_FAILED, service_errors
from lambdas.shared.errors import ServiceError
from lambdas.shared.models.devices import SilenceMarker
from lambdas.shared.museum_time import DAY_MS
from lambdas.shared.together import put_together

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_KEPT_MS: Final = 365 * DAY_MS
"""A device that stays silent for a year is told of once more."""


class DynamoSilenceMarkers:
    """``SilenceMarkers`` (see ports) on DynamoDB: one item per device."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def claim(self, marker: SilenceMarker) -> bool:
        """A conditional put."""
        try:
            with service_errors("dynamodb:PutItem"):
                self._client.put_item(
                    TableName=self._table,
                    Item=_item(marker, sent=False),
                    ConditionExpression=(
                        "attribute_not_exists(pk) OR last_heard <> :heard OR sent = :no"
                    ),
                    ExpressionAttributeValues={
                        ":heard": {"N": str(marker.last_heard)},
                        ":no": {"BOOL": False},
                    },
                )
        except ServiceError as exc:
            if exc.code == CONDITION_FAILED:
                return False
            raise
        return True

    def confirm(self, markers: Sequence[SilenceMarker]) -> None:
        """Overwrites the claims in one transaction; a hundred at most."""
        put_together(self._client, self._table, [_item(one, sent=True) for one in markers])


def _item(marker: SilenceMarker, *, sent: bool) -> dict[str, dict[str, str | bool]]:
    return {
        "pk": {"S": f"SILENCE#{marker.museum_id}"},
        "sk": {"S": marker.device_id},
        "last_heard": {"N": str(marker.last_heard)},
        "sent": {"BOOL": sent},
        "ttl": {"N": str((marker.last_heard + _KEPT_MS) // 1000)},
    }
