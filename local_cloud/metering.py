"""What AWS would bill for the calls that reach moto: requests, and DynamoDB's write units.

Item sizes: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

import base64
import json
import math
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Final

from local_cloud.json_value import Json

WRITE_UNIT_BYTES: Final = 1024
READ_UNIT_BYTES: Final = 4096
_DYNAMODB: Final = "DynamoDB_20120810"


def attribute_bytes(value: Mapping[str, Json]) -> int:
    """Size of one attribute's value as DynamoDB meters it, e.g. of ``{"S": "abc"}``."""
    ((kind, content),) = value.items()
    if kind == "L":
        return _CONTAINER + sum(_MEMBER + attribute_bytes(member) for member in content)
    if kind == "M":
        return _CONTAINER + len(content) * _MEMBER + item_bytes(content)
    if kind in {"SS", "NS"}:
        return sum(_SCALARS[kind[0]](member) for member in content)
    return _SCALARS[kind](content)


def number_bytes(text: str) -> int:
    """Size of a number: a byte for two significant digits, one more, and one for a minus sign."""
    digits = text.lower().partition("e")[0].lstrip("+-").replace(".", "").strip("0")
    return math.ceil(len(digits) / 2) + 1 + text.startswith("-")


def item_bytes(item: Mapping[str, Mapping[str, Json]]) -> int:
    """Size of an item: its attributes' names and values."""
    return sum(len(name.encode()) + attribute_bytes(value) for name, value in item.items())


def write_units(operation: str, body: Mapping[str, Json]) -> int:
    """Write request units of a call, where its body alone tells them.

    A deletion, and an update, are taken for items of at most 1 KB: the call does not tell what is
    stored. Every such item of this project is smaller.
    """
    match operation:
        case "PutItem":
            return _units(body["Item"])
        case "DeleteItem" | "UpdateItem":
            return 1
        case "BatchWriteItem":
            requests = [one for many in body["RequestItems"].values() for one in many]
            return sum(map(_requested, requests))
        case "TransactWriteItems":
            return 2 * sum(
                _units(one["Put"]["Item"]) if "Put" in one else 1 for one in body["TransactItems"]
            )
        case _:
            return 0


def _requested(request: Mapping[str, Json]) -> int:
    return _units(request["PutRequest"]["Item"]) if "PutRequest" in request else 1


def _units(item: Mapping[str, Mapping[str, Json]]) -> int:
    return math.ceil(item_bytes(item) / WRITE_UNIT_BYTES)


_SCALARS: Final[Mapping[str, Callable[[Json], int]]] = {
    "S": lambda content: len(content.encode()),
    "N": number_bytes,
    "B": lambda content: len(base64.b64decode(content)),
    "BOOL": lambda _: 1,
    "NULL": lambda _: 1,
}
_CONTAINER: Final = 3
_MEMBER: Final = 1
"""Bytes beside the content of a list or map, and of each of its members."""


@dataclass(slots=True)
class Used:
    """What the calls of one operation used.

    Attributes:
        requests: Calls.
        write_units: DynamoDB's write request units.
        body_bytes: Bytes of the calls' bodies, of JSON protocols only.
        seconds: Processor time that moto's thread spent on them.
    """

    requests: int = 0
    write_units: int = 0
    body_bytes: int = 0
    seconds: float = 0.0


class Meter:
    """Adds up calls by operation, from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._used: dict[str, Used] = defaultdict(Used)

    def add(self, target: str, body: bytes, seconds: float) -> None:
        """Counts a call of one of AWS's JSON protocols by its ``X-Amz-Target``."""
        service, _, operation = target.partition(".")
        units = write_units(operation, json.loads(body)) if service == _DYNAMODB else 0
        with self._lock:
            used = self._used[f"{_NAMES.get(service, service)}.{operation}"]
            used.requests += 1
            used.write_units += units
            used.body_bytes += len(body)
            used.seconds += seconds

    def as_dict(self) -> dict[str, dict[str, float]]:
        """Everything so far, by ``service.operation``."""
        with self._lock:
            return {name: asdict(used) for name, used in sorted(self._used.items())}


_NAMES: Final = {_DYNAMODB: "dynamodb", "AmazonSQS": "sqs"}


def read_meter(answer: Mapping[str, Mapping[str, float]]) -> Iterator[tuple[str, Used]]:
    """What ``as_dict`` gave, on the other side of a connection."""
    for name, used in answer.items():
        yield (
            name,
            Used(
                requests=int(used["requests"]),
                write_units=int(used["write_units"]),
                body_bytes=int(used["body_bytes"]),
                seconds=used["seconds"],
            ),
        )
