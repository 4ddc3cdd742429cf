"""The table of devices, as the rules write it: their latest heartbeats and disconnections."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from contracts.camera_state import CameraState
from contracts.presence import DISCONNECTED
from lambdas.shared.aws import service_errors
from lambdas.shared.models.devices import DeviceReport, Disconnect

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoDeviceReader:
    """``DeviceReader`` (see ports) on DynamoDB."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def of_museum(self, museum_id: str) -> list[DeviceReport]:
        """One query of the museum's partition."""
        with service_errors("dynamodb:Query"):
            return [
                _report(item)
                for page in self._client.get_paginator("query").paginate(
                    TableName=self._table,
                    KeyConditionExpression="museum_id = :museum",
                    ExpressionAttributeValues={":museum": {"S": museum_id}},
                    ProjectionExpression="device_id, artwork_id, camera, received_at",
                    ConsistentRead=True,
                )
                for item in page["Items"]
            ]

    def disconnects(self, device_ids: Sequence[str]) -> list[Disconnect]:
        """One request; what a throttled table leaves out is not asked for again.

        An item that is not as AWS documents its event is left out: the mail goes without it.
        """
        keys = [{"museum_id": {"S": DISCONNECTED}, "device_id": {"S": one}} for one in device_ids]
        with service_errors("dynamodb:BatchGetItem"):
            answer = self._client.batch_get_item(RequestItems={self._table: {"Keys": keys}})
        items = answer["Responses"].get(self._table, [])
        return [_disconnect(item) for item in items if "N" in item.get("disconnected_at", {})]


def _report(item: dict[str, Any]) -> DeviceReport:
    """A heartbeat is checked on the device and written by a rule; nothing here trusts that."""
    camera = item.get("camera", {}).get("S", "")
    return DeviceReport(
        device_id=item["device_id"]["S"],
        artwork_id=item.get("artwork_id", {}).get("S", ""),
        camera=CameraState(camera) if camera in list(CameraState) else CameraState.UNKNOWN,
        received_at=int(item["received_at"]["N"]),
    )


def _disconnect(item: dict[str, Any]) -> Disconnect:
    return Disconnect(
        device_id=item["device_id"]["S"],
        disconnected_at=int(item["disconnected_at"]["N"]),
        reason=item.get("reason", {}).get("S", ""),
    )
