"""Reports and roll-ups held against a straight recount of the workload's truth."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from contracts.expressions import Expression
from contracts.museums import Museum
from demo.errors import DemoError
from demo.stored import output, plain
from local_cloud.cloud import LocalCloud
from workload.generator import Truth, Workload
from workload.recount import Recount, museum_day, recount


def museum_days(truth: Truth, museum: Museum) -> list[date]:
    """Every museum day of a workload; a long night reaches into one more."""
    last = max((museum_day(v, museum) for v in truth.visits), default=truth.last_day)
    count = (max(last, truth.last_day) - truth.first_day).days + 1
    return [truth.first_day + timedelta(days=i) for i in range(count)]


def last_open_day(museum: Museum, workload: Workload) -> date:
    """The last museum day that had visits."""
    return max(museum_day(visit, museum) for visit in workload.truth.visits)


def read_report(cloud: LocalCloud, museum_id: str, day: date, kind: str) -> str:
    """A report as it lies in the reports bucket; ``kind`` is ``txt`` or ``json``.

    Raises:
        DemoError: There is none.
    """
    key = f"reports/{museum_id}/{day}.{kind}"
    try:
        found = cloud.client("s3").get_object(Bucket=output(cloud, "ReportsBucketName"), Key=key)
    except ClientError as exc:
        raise DemoError(f"There is no report {key}: was it scheduled?") from exc
    body: bytes = found["Body"].read()
    return body.decode()


def save_report(cloud: LocalCloud, museum: Museum, day: date, out: Path) -> None:
    """Writes a day's report as the curator got it, and its numbers, into ``out``."""
    for kind in ("txt", "json"):
        text = read_report(cloud, museum.id, day, kind)
        (out / f"report.{kind}").write_text(text, encoding="utf-8")


def check_reports(cloud: LocalCloud, museum: Museum, workload: Workload) -> list[str]:
    """Differences between what was rolled up and published and what really happened.

    Every roll-up must equal the recount; every published number too, and a number on fewer than k
    visits must not be published. Returns one line per difference; empty when there is none.
    """
    errors: list[str] = []
    for day in museum_days(workload.truth, museum):
        true = recount(workload.truth.visits, museum, day)
        errors += _rollup_errors(cloud, museum.id, true)
        report = json.loads(read_report(cloud, museum.id, day, "json"))
        errors += [
            f"report of {day}: {name} says {said!r}, the truth is {really}"
            for name, said, really in _published(report, true)
            if _is_wrong(said, really, report["small_cell"])
        ]
    return errors


def _rollup_errors(cloud: LocalCloud, museum_id: str, true: Recount) -> list[str]:
    pages = (
        cloud.client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=output(cloud, "RollupsTableName"),
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": f"{museum_id}#{true.day}"}},
        )
    )
    items = [plain(item) for page in pages for item in page["Items"]]
    counted = {tuple(item["sk"].split("#")): item["visits"] for item in items}
    emotions = Counter[tuple[str, Expression]]()
    for item in items:
        for emotion, number in item["emotions"].items():
            emotions[item["sk"].split("#")[0], Expression(int(emotion))] += number
    errors = []
    if counted != dict(true.by_artwork_hour):
        errors.append(f"roll-up of {true.day}: visits per artwork and hour differ from the truth")
    if +emotions != true.by_artwork_expression:
        errors.append(f"roll-up of {true.day}: expressions per artwork differ from the truth")
    return errors


def _published(report: Mapping[str, Any], true: Recount) -> Iterator[tuple[str, int | str, int]]:
    """(name, published, true) of every count in a report."""
    yield "visits", report["visits"], true.visits
    busiest = report["busiest_hour"]
    if busiest:
        yield "busiest hour", busiest["visits"], max(true.by_hour.values())
    for hour, said in report["hours"].items():
        yield f"hour {hour}", said, true.by_hour[hour]
    for artwork, row in report["artworks"].items():
        yield artwork, row["visits"], true.by_artwork[artwork]
    for label, said in report["expressions"].items():
        yield label, said, true.by_expression[Expression[label.upper()]]


def _is_wrong(said: int | str, really: int, small_cell: int) -> bool:
    if isinstance(said, str):
        return said != f"< {small_cell}"
    return said != really or really < small_cell
