"""What a museum day consumes of DynamoDB, with little history behind it and with much."""

import itertools
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest
from moto import mock_aws
from moto.core.serialize import SERVICE_SPECIFIC_SERIALIZERS
from moto.dynamodb import responses as dynamo_responses
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table

from costs.capacity import CapacityMeter
from lambdas.daily_report.logic import DailyReport
from lambdas.roll_up.logic import RollUp
from lambdas.shared.aws import make_client
from lambdas.shared.batch_write import BatchWriter
from lambdas.shared.dirty_days import DynamoDirtyDays
from lambdas.shared.models.counts import HourCount
from lambdas.shared.models.days import ReportMarker
from lambdas.shared.recount_log import DynamoRecountLog
from lambdas.shared.report_markers import DynamoReportMarkers
from lambdas.shared.rollup_table import DynamoRollupReader, DynamoRollupTable
from lambdas.shared.schedule_event import ScheduledRun
from lambdas.shared.visit_table import DynamoVisitReader, DynamoVisitWriter
from lambdas.store_visits.logic import StoreVisits
from local_cloud import moto_speed
from local_cloud.account import ACCOUNT, REGION
from tests.contract.conftest import ROLLUPS_TABLE, VISITS_TABLE
from tests.fakes.function_log import InMemoryLog, InMemoryMetrics
from tests.fakes.outgoing import InMemoryNotifier, InMemoryQuarantine, InMemoryReportStore
from tests.fakes.visits import make_visit
from tests.support.dynamo_tables import create_table
from tests.support.function_data import ARTWORKS, CONFIG, MUSEUM, hour_counts, local, message

DAY = date(2026, 10, 22)  # a Thursday
VISITS_OF_THE_DAY = 300
pytestmark = pytest.mark.integration


class _History(defaultdict[Any, dict[Any, Item]]):
    """A table's items; moto copies all tables before a transaction, which a million forbid."""

    def __deepcopy__(self, _memo: dict[int, Any]) -> "_History":
        return self


@dataclass
class _World:
    """A museum's functions on moto, metered together."""

    meter: CapacityMeter
    client: Any

    def __post_init__(self) -> None:
        self.now = 0
        log, metrics = InMemoryLog(), InMemoryMetrics()
        visits = BatchWriter(self.client, VISITS_TABLE, log)
        rollups = BatchWriter(self.client, ROLLUPS_TABLE, log)
        self.dirty = DynamoDirtyDays(self.client, ROLLUPS_TABLE)
        self.recounts = DynamoRecountLog(self.client, ROLLUPS_TABLE, CONFIG)
        self.markers = DynamoReportMarkers(self.client, ROLLUPS_TABLE, CONFIG)
        self.notifier = InMemoryNotifier()
        self.quarantine = InMemoryQuarantine()
        self.store = StoreVisits(
            config=CONFIG,
            visits=DynamoVisitWriter(visits, CONFIG),
            dirty_days=self.dirty,
            quarantine=self.quarantine,
            metrics=metrics,
            log=log,
            clock=lambda: self.now,
        )
        self.roll_up = RollUp(
            config=CONFIG,
            visits=DynamoVisitReader(self.client, VISITS_TABLE),
            rollups=DynamoRollupTable(self.client, ROLLUPS_TABLE, rollups, CONFIG),
            dirty_days=self.dirty,
            recounts=self.recounts,
            metrics=metrics,
            log=log,
            clock=lambda: self.now,
        )
        self.report = DailyReport(
            config=CONFIG,
            rollups=DynamoRollupReader(self.client, ROLLUPS_TABLE),
            recounts=self.recounts,
            markers=self.markers,
            store=InMemoryReportStore(),
            notifier=self.notifier,
            metrics=metrics,
            log=log,
            clock=lambda: self.now,
        )

    def at(self, ms: int) -> ScheduledRun:
        """Sets the clock; a schedule's run at that time."""
        self.now = ms
        return ScheduledRun(museum=MUSEUM, scheduled_ms=ms)

    def take_in(self, amount: int, per_message: int, per_batch: int) -> None:
        """The day's visits, evenly over the opening hours, in messages and batches as they come."""
        opens, length = local(DAY, "10:00"), 8 * 3_600_000
        visits = [
            replace(
                make_visit(detected_at=opens + i * length // amount),
                artwork_id=ARTWORKS[i % len(ARTWORKS)],
            )
            for i in range(amount)
        ]
        self.now = local(DAY, "18:30")
        messages = [
            message(f"m{i}", visits[i : i + per_message], received_at=self.now)
            for i in range(0, amount, per_message)
        ]
        for i in range(0, len(messages), per_batch):
            assert self.store.store(messages[i : i + per_batch]) == frozenset()
        assert not self.quarantine.objects

    def count_and_report(self) -> None:
        """Every hourly run until the night after, and the report in the morning."""
        for hour in range(10, 24):
            self.roll_up.run(self.at(local(DAY, f"{hour}:10")))
        for hour in range(7):
            self.roll_up.run(self.at(local(DAY + timedelta(days=1), f"0{hour}:10")))
        self.report.run(self.at(local(DAY + timedelta(days=1), "07:00")))
        assert len(self.notifier.mails) == 1


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, aws: None) -> _World:
    """Moto as the local cloud runs it: its own query looks through the whole table each time."""
    del aws
    monkeypatch.setattr(Table, "query", moto_speed._query)
    monkeypatch.setattr(Item, "project", moto_speed._project)
    monkeypatch.setattr(dynamo_responses, "dynamo_to_dict", moto_speed._plain)
    serialisers = {"json": moto_speed._DynamoSerializer}
    monkeypatch.setitem(SERVICE_SPECIFIC_SERIALIZERS, "dynamodb", serialisers)
    client = make_client("dynamodb")
    return _World(CapacityMeter(client, make_client("dynamodb")), client)


@pytest.fixture
def aws() -> Iterator[None]:
    """An account with the two tables."""
    with mock_aws():
        for name in (VISITS_TABLE, ROLLUPS_TABLE):
            create_table(name)
        yield


def _remember(world: _World, visits: int, days: int) -> None:
    """Fills the tables with so many visits, and their counts and markers, of the days before."""
    table = dynamodb_backends[ACCOUNT][REGION].tables[VISITS_TABLE]
    some_visit = Item(DynamoType({"S": "-"}), DynamoType({"S": "-"}), {"pk": {"S": "x" * 300}})
    partitions = list(itertools.product(ARTWORKS, range(1, days + 1)))
    each = {DynamoType({"S": f"{i:013}"}): some_visit for i in range(visits // len(partitions) + 1)}
    items = _History(dict)
    for artwork, back in partitions:
        items[DynamoType({"S": f"{MUSEUM.id}#{artwork}#{DAY - timedelta(days=back)}"})] = each
    assert sum(map(len, items.values())) >= visits
    table.items = items
    markers = []
    for back in range(1, days + 1):
        day = DAY - timedelta(days=back)
        at = local(day + timedelta(days=1), "07:00")
        world.recounts.record(MUSEUM.id, day, at - 3_600_000)
        markers.append(ReportMarker(day=day, visits=70, read_at=at, mailed_at=at))
        if back <= _COUNTED_DAYS:
            world.roll_up.rollups.change(
                MUSEUM.id, day, put=_counts_of_a_day(), delete=[], computed_at=at
            )
    for i in range(0, days, 100):
        world.markers.put(MUSEUM.id, markers[i : i + 100])


_COUNTED_DAYS = 8
"""The report reads the counts of the day before and the week before; each day is a partition."""


def _counts_of_a_day() -> list[HourCount]:
    return [
        hour_counts(20 + hour, artwork_id=artwork, hour=f"{hour}+0200")
        for artwork in ARTWORKS
        for hour in range(10, 18)
    ]


@dataclass(frozen=True)
class _Consumed:
    """What a day's counting and its report took."""

    writes: int
    reads: float
    requests: int


_DAYS_OF = {10_000: 40, 1_000_000: 400}
"""Days over which so many visits are spread; the table has forgotten none of them."""
_seen: dict[int, _Consumed] = {}


@pytest.mark.parametrize("history", [10_000, 1_000_000])
def test_a_days_work_does_not_grow_with_history(world: _World, history: int) -> None:
    """Within 5 %, and in fact not at all: the functions ask for the day's partitions only."""
    _remember(world, history, _DAYS_OF[history])
    world.take_in(VISITS_OF_THE_DAY, per_message=5, per_batch=10)
    before = _consumed(world)
    world.count_and_report()
    after = _consumed(world)
    _seen[history] = _Consumed(
        after.writes - before.writes,
        after.reads - before.reads,
        after.requests - before.requests,
    )
    assert _seen[history].reads > 100  # the day's visits are looked at every open hour
    assert world.meter.requests["Scan"] == 0
    for other in _seen.values():
        assert other.reads == pytest.approx(_seen[history].reads, rel=0.05)
        assert other.writes == pytest.approx(_seen[history].writes, rel=0.05)
        assert other.requests == pytest.approx(_seen[history].requests, rel=0.05)


def _consumed(world: _World) -> _Consumed:
    meter = world.meter
    return _Consumed(meter.writes, meter.reads, meter.requests.total())


def test_a_visit_takes_one_write_unit_and_a_twenty_fifth_request(world: _World) -> None:
    """At most 1.2 and 0.1: a full batch, as it comes from Pis that were offline or are busy."""
    world.take_in(VISITS_OF_THE_DAY, per_message=12, per_batch=50)
    assert world.meter.writes / VISITS_OF_THE_DAY <= 1.2
    invocations = 1
    requests = world.meter.requests.total() + invocations
    assert requests / VISITS_OF_THE_DAY <= 0.1
    assert world.meter.requests["BatchWriteItem"] == VISITS_OF_THE_DAY / 25


def test_late_visits_keep_the_bounds(world: _World) -> None:
    """A marker for the past day comes on top of each batch: one unit, one request."""
    world.now = 0
    world.take_in(VISITS_OF_THE_DAY, per_message=12, per_batch=50)
    on_time = _consumed(world)
    world.store = replace(world.store, clock=lambda: local(DAY + timedelta(days=3), "12:00"))
    world.take_in(VISITS_OF_THE_DAY, per_message=12, per_batch=50)
    late = _consumed(world)
    assert late.writes - on_time.writes == on_time.writes + 1
    assert late.requests - on_time.requests == on_time.requests + 1


def test_the_meter_sees_what_a_projection_hides(world: _World) -> None:
    """A query is billed for whole items, in steps of 4 KB, and half where it may be stale."""
    world.take_in(300, per_message=12, per_batch=50)
    reader = DynamoVisitReader(world.client, VISITS_TABLE)
    reader.of_day(MUSEUM.id, ARTWORKS[:1], DAY)
    strict = world.meter.reads
    reader.between(MUSEUM.id, ARTWORKS[:1], DAY, local(DAY, "10:00"), local(DAY, "19:00"))
    size = 100 * 300  # a hundred visits of some 300 bytes
    assert strict == pytest.approx(size / 4096, rel=0.2)
    assert world.meter.reads - strict == strict / 2


def test_a_scan_counts_everything(world: _World) -> None:
    """So that a function that began to scan would be seen."""
    world.take_in(300, per_message=12, per_batch=50)
    before = world.meter.reads
    world.client.scan(TableName=VISITS_TABLE, ProjectionExpression="pk")
    assert world.meter.reads - before == pytest.approx(300 * 300 / 4096 / 2, rel=0.2)
