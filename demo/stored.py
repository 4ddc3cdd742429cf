"""What the local cloud holds at the end: visits, quarantine, metrics."""

import csv
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.visit import VISIT_FIELDS
from local_cloud.cloud import LocalCloud

COLUMNS = (
    "museum_id", "artwork_id", "device_id", "visit_id", "detected_at", "dwell_ms", "emotion_id",
    "confidence", "expressions", "samples", "inference_ms", "model",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stored:
    """What the cloud's tables and buckets hold.

    Attributes:
        visits: Every item of the Visits table, numbers as int or float.
        quarantined: Every refused record, as it lies in the quarantine bucket.
    """

    visits: Sequence[dict[str, Any]]
    quarantined: Sequence[dict[str, Any]]

    @property
    def doubled(self) -> int:
        """Visits that are there more often than once."""
        return len(self.visits) - len({v["visit_id"] for v in self.visits})

    def of_device(self, device_id: str) -> list[dict[str, Any]]:
        """The visits of one device."""
        return [v for v in self.visits if v["device_id"] == device_id]

    def reasons(self) -> dict[str, int]:
        """Reason → refused records."""
        return dict(sorted(Counter(str(q["reason"]) for q in self.quarantined).items()))


def output(cloud: LocalCloud, name: str) -> str:
    """A stack output, whichever stack has it."""
    return next(str(found[name]) for found in cloud.outputs.values() if name in found)


def read_stored(cloud: LocalCloud) -> Stored:
    """Reads the Visits table and the quarantine bucket whole: no function may do that."""
    table = output(cloud, "VisitsTableName")
    bucket = output(cloud, "QuarantineBucketName")
    return Stored(
        visits=[plain(item) for item in _items(cloud, table)],
        quarantined=[json.loads(body) for body in _objects(cloud, bucket)],
    )


def _items(cloud: LocalCloud, table: str) -> Iterator[dict[str, Any]]:
    pages = cloud.client("dynamodb").get_paginator("scan").paginate(TableName=table)
    for page in pages:
        yield from page["Items"]


def _objects(cloud: LocalCloud, bucket: str) -> Iterator[bytes]:
    client = cloud.client("s3")
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for entry in page.get("Contents", []):
            yield client.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read()


def plain(item: dict[str, Any]) -> dict[str, Any]:
    """A DynamoDB item with its type tags taken off."""
    return {name: _value(tagged) for name, tagged in item.items()}


def _value(tagged: dict[str, Any]) -> Any:  # noqa: ANN401  # as typed as DynamoDB's JSON is
    ((kind, content),) = tagged.items()
    match kind:
        case "N":
            return json.loads(content)
        case "M":
            return plain(content)
        case "L":
            return [_value(inner) for inner in content]
        case "NULL":
            return None
    return content


def write_visits_csv(path: Path, visits: Sequence[dict[str, Any]]) -> None:
    """Writes visits as a table, oldest first; the eight shares stand in one column."""
    assert set(COLUMNS) == VISIT_FIELDS  # noqa: S101  # a column for every field, checked at once
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for visit in sorted(visits, key=lambda v: (v["detected_at"], v["visit_id"])):
            writer.writerow(
                " ".join(f"{x:g}" for x in visit[c]) if c == "expressions" else visit[c]
                for c in COLUMNS
            )
