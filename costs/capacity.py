"""Counts what a DynamoDB client's calls would consume, call by call.

moto answers every call with a made-up capacity. Here it follows from the items: what a write puts,
and what a query or scan looks at **before** its projection, which is what DynamoDB bills.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final

from local_cloud.json_value import Json
from local_cloud.metering import READ_UNIT_BYTES, item_bytes, write_units

_READS: Final = frozenset({"Query", "Scan", "GetItem"})
_WHOLE: Final = frozenset({"ProjectionExpression", "Select"})
_PARAMS: Final = "costs.capacity"


class CapacityMeter:
    """Listens to one client.

    Args:
        client: A DynamoDB client (of botocore or boto3); its calls are counted from now on.
        other: Another client of the same tables, with which what was read is looked at whole.

    Attributes:
        requests: Calls by operation.
        write_units: Write request units by operation.
        read_units: Read request units by operation.
    """

    def __init__(self, client: Any, other: Any) -> None:  # noqa: ANN401  # made at run time
        self._other = other
        self.requests: Counter[str] = Counter()
        self.write_units: Counter[str] = Counter()
        self.read_units: dict[str, float] = {}
        events = client.meta.events
        events.register("before-parameter-build.dynamodb", self._keep)
        events.register("after-call.dynamodb", self._count)

    @property
    def writes(self) -> int:
        """Write request units."""
        return self.write_units.total()

    @property
    def reads(self) -> float:
        """Read request units."""
        return sum(self.read_units.values())

    def _keep(self, params: Mapping[str, Json], context: dict[str, Any], **_: object) -> None:
        context[_PARAMS] = dict(params)

    def _count(
        self,
        http_response: Any,  # noqa: ANN401  # botocore's own
        model: Any,  # noqa: ANN401  # botocore's own
        context: Mapping[str, Any],
        **_: object,
    ) -> None:
        operation: str = model.name
        self.requests[operation] += 1
        params = context[_PARAMS]
        if operation in _READS:
            units = self._read(operation, params)
            self.read_units[operation] = self.read_units.get(operation, 0.0) + units
        elif http_response.status_code == _OK:
            self.write_units[operation] += write_units(operation, params)
        else:
            self.write_units[operation] += 1  # a refused condition costs what it would have written

    def _read(self, operation: str, params: Mapping[str, Json]) -> float:
        names = {name: value for name, value in params.items() if name not in _WHOLE}
        if operation == "GetItem":
            items = [self._other.get_item(**names).get("Item", {})]
        else:
            call: Callable[..., Any] = getattr(self._other, operation.lower())
            items = call(**names)["Items"]
        size = sum(map(item_bytes, items))
        units = max(1, math.ceil(size / READ_UNIT_BYTES))
        return units * (1.0 if params.get("ConsistentRead") else 0.5)


_OK: Final = 200
