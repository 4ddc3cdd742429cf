"""What the functions write, found by letting their own writers write to a recorder.

So the data inventory cannot fall behind the code: a new field of an item is a new row, and a row
without words for it stops the audit.
"""

import ast
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any, Final

from contracts.expressions import EXPRESSIONS, Expression
from contracts.museum_toml import DeploymentConfig
from contracts.museums import Museum
from contracts.status import STATUS_FIELDS
from contracts.topics import check_slug
from contracts.visit import Visit
from lambdas.daily_report.as_json import to_json
from lambdas.daily_report.report import build_report
from lambdas.shared.alert_markers import DynamoAlertMarkers
from lambdas.shared.batch_write import BatchWriter
from lambdas.shared.day_counts import count_day
from lambdas.shared.dirty_days import DynamoDirtyDays
from lambdas.shared.letters import Letter
from lambdas.shared.models.alerts import AlertKind, AlertMarker
from lambdas.shared.models.counts import HourCount
from lambdas.shared.models.days import ReportMarker
from lambdas.shared.models.devices import SilenceMarker
from lambdas.shared.museum_time import DAY_MS, local_noon_ms
from lambdas.shared.recount_log import DynamoRecountLog
from lambdas.shared.report_markers import DynamoReportMarkers
from lambdas.shared.rollup_table import DynamoRollupTable
from lambdas.shared.silence_markers import DynamoSilenceMarkers
from lambdas.shared.visit_table import DynamoVisitWriter
from lambdas.store_visits.refusal import Reason, Refusal

_DAY: Final = date(2026, 6, 15)
_TTL: Final = "ttl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One kind of record.

    Attributes:
        store: Construct that holds it, e.g. ``storage/Visits``.
        name: What it is.
        fields: Its fields' names.
        expires_days: Days after its day or moment when it may be deleted; None without expiry.
    """

    store: str
    name: str
    fields: tuple[str, ...]
    expires_days: int | None = None


class _Recorder:
    """Takes the place of DynamoDB's client and keeps what it is told to write."""

    def __init__(self) -> None:
        self.items: list[dict[str, Any]] = []

    def put_item(self, **asked: Any) -> None:  # noqa: ANN401  # as boto3
        self.items.append(asked["Item"])

    def transact_write_items(self, **asked: Any) -> None:  # noqa: ANN401  # as boto3
        self.items += [one["Put"]["Item"] for one in asked["TransactItems"]]

    def batch_write_item(self, **asked: Any) -> dict[str, Any]:  # noqa: ANN401  # as boto3
        for requests in asked["RequestItems"].values():
            self.items += [one["PutRequest"]["Item"] for one in requests]
        return {"UnprocessedItems": {}}

    def get_paginator(self, _: str) -> None:
        """Readers ask for one when they are made; nothing is read here."""


class _Silent:
    def info(self, event: str, **facts: Any) -> None: ...  # noqa: ANN401  # as StructuredLog

    def warning(self, event: str, **facts: Any) -> None: ...  # noqa: ANN401  # as StructuredLog


def written_items(config: DeploymentConfig) -> tuple[Item, ...]:
    """Every kind of record that the functions and the rules store."""
    museum = config.museums[0]
    return (
        *_visits(config, museum),
        *_counts(config, museum),
        *_markers(config, museum),
        Item(
            store="storage/Devices",
            name="latest heartbeat",
            fields=(*sorted(STATUS_FIELDS), "client_id", "received_at"),
        ),
        Item(
            store="storage/Devices",
            name="latest disconnection",
            fields=("museum_id", "device_id", "disconnected_at", "reason"),
        ),
        _refusal(),
        Item(
            store="storage/Quarantine",
            name="message that a rule could not deliver",
            fields=("whole message",),
        ),
        _report(config, museum),
        Item(
            store="alerting/Mail",
            name="letter",
            fields=tuple(f.name for f in fields(Letter)),
        ),
        Item(
            store="ingestion/Visits",
            name="message as the broker received it",
            fields=("payload", "museum_id", "client_id", "received_at"),
        ),
    )


def _visits(config: DeploymentConfig, museum: Museum) -> Iterator[Item]:
    at = local_noon_ms(_DAY, museum.zone)
    visit = Visit(
        visit_id="00000000-0000-4000-8000-000000000000",
        museum_id=museum.id,
        artwork_id=museum.artworks[0].id,
        device_id=check_slug("device_id", "camera"),
        detected_at=at,
        dwell_ms=1000,
        emotion_id=Expression(0),
        confidence=1.0,
        expressions=(1.0,) + (0.0,) * (len(EXPRESSIONS) - 1),
        samples=1,
        inference_ms=1.0,
        model="model",
    )
    recorder: Any = _Recorder()
    DynamoVisitWriter(BatchWriter(recorder, "table", _Silent()), config).put([visit])
    yield from _items(recorder, "storage/Visits", "visit", at)


def _counts(config: DeploymentConfig, museum: Museum) -> Iterator[Item]:
    recorder: Any = _Recorder()
    table = DynamoRollupTable(recorder, "table", BatchWriter(recorder, "table", _Silent()), config)
    count = HourCount(
        artwork_id=museum.artworks[0].id,
        hour="12+0200",
        visits=1,
        emotions={Expression(0): 1},
        dwell_ms_total=1,
        share_sums=(0.0,) * len(EXPRESSIONS),
    )
    table.change(museum.id, _DAY, put=[count], delete=[], computed_at=1)
    yield from _items(recorder, "storage/Rollups", "count of an artwork's hour", _midday(museum))


def _markers(config: DeploymentConfig, museum: Museum) -> Iterator[Item]:
    at, artwork = _midday(museum), museum.artworks[0].id
    report = ReportMarker(day=_DAY, visits=1, read_at=at, mailed_at=at)
    silence = SilenceMarker(museum.id, "pi", at)
    alert = AlertMarker(
        museum_id=museum.id,
        artwork_id=artwork,
        kind=next(iter(AlertKind)),
        window_start=at,
        window_end=at,
    )
    writes: dict[str, Callable[[Any], object]] = {
        "DIRTY marker": lambda to: DynamoDirtyDays(to, "t").mark(museum.id, _DAY, at),
        "REPORT marker": lambda to: DynamoReportMarkers(to, "t", config).put(museum.id, [report]),
        "RECOUNTED marker": lambda to: DynamoRecountLog(to, "t", config).record(
            museum.id, _DAY, at
        ),
        "ALERT marker": lambda to: DynamoAlertMarkers(to, "t").confirm([alert]),
        "SILENCE marker": lambda to: DynamoSilenceMarkers(to, "t").confirm([silence]),
    }
    for name, write in writes.items():
        recorder = _Recorder()
        write(recorder)
        yield from _items(recorder, "storage/Rollups", name, at)


def _midday(museum: Museum) -> int:
    return local_noon_ms(_DAY, museum.zone)


def _items(recorder: _Recorder, store: str, name: str, at_ms: int) -> Iterator[Item]:
    (item,) = recorder.items
    expires = item.get(_TTL)
    yield Item(
        store=store,
        name=name,
        fields=tuple(sorted(item)),
        # From the day's middle or its start: half a day more or less is no other retention.
        expires_days=None if expires is None else round(_days(expires, at_ms) + 0.01),
    )


def _days(expires: Mapping[str, str], at_ms: int) -> float:
    return (int(expires["N"]) * 1000 - at_ms) / DAY_MS


def _refusal() -> Item:
    refusal = Refusal(
        reason=Reason.CONTRACT,
        field="",
        problem="",
        payload=b"",
        museum_id=None,
        client_id=None,
        received_at=None,
    )
    return Item(
        store="storage/Quarantine",
        name="refused message or visit",
        fields=tuple(json.loads(refusal.body())),
    )


def _report(config: DeploymentConfig, museum: Museum) -> Item:
    day = count_day(museum, _DAY, [])
    report = build_report(museum, config.privacy.small_cell, day, day_before=day, week_before=day)
    return Item(
        store="storage/Reports",
        name="report of a museum day",
        fields=tuple(json.loads(to_json(report))),
    )


def logged_facts(folder: Path) -> dict[str, tuple[str, ...]]:
    """By event, the names of the facts that the functions below ``folder`` log with it."""
    found: dict[str, set[str]] = {}
    for file in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in {"info", "warning"}
                and node.args
                and isinstance(node.args[0], ast.Constant)
            ):
                names = {keyword.arg or "reason, object" for keyword in node.keywords}
                found.setdefault(str(node.args[0].value), set()).update(names)
    return {event: tuple(sorted(names)) for event, names in sorted(found.items())}
