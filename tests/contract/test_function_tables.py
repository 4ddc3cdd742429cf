"""What the functions' tables keep, DynamoDB's and those in memory alike."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from contracts.camera_state import CameraState
from contracts.expressions import Expression
from contracts.presence import DISCONNECTED
from contracts.visit import Visit
from lambdas.shared.alert_markers import DynamoAlertMarkers
from lambdas.shared.aws import make_client
from lambdas.shared.batch_write import BatchWriter
from lambdas.shared.device_table import DynamoDeviceReader
from lambdas.shared.dirty_days import DynamoDirtyDays
from lambdas.shared.errors import ServiceError
from lambdas.shared.models.alerts import AlertKind, AlertMarker, StandingAlert
from lambdas.shared.models.counts import CountedVisit, HourCount
from lambdas.shared.models.days import ReportMarker
from lambdas.shared.models.devices import DeviceReport, Disconnect, SilenceMarker
from lambdas.shared.ports import (
    AlertMarkers,
    DeviceReader,
    DirtyDays,
    RecountLog,
    ReportMarkers,
    RollupTable,
    SilenceMarkers,
    VisitReader,
    VisitWriter,
)
from lambdas.shared.recount_log import DynamoRecountLog
from lambdas.shared.report_markers import DynamoReportMarkers
from lambdas.shared.rollup_table import DynamoRollupTable
from lambdas.shared.silence_markers import DynamoSilenceMarkers
from lambdas.shared.visit_table import DynamoVisitReader, DynamoVisitWriter
from tests.contract.conftest import DEVICES_TABLE, ROLLUPS_TABLE, VISITS_TABLE
from tests.fakes.function_log import InMemoryLog
from tests.fakes.rollup_table import (
    InMemoryAlertMarkers,
    InMemoryDevices,
    InMemoryDirtyDays,
    InMemoryRecountLog,
    InMemoryReportMarkers,
    InMemoryRollupTable,
    InMemorySilenceMarkers,
)
from tests.fakes.visit_table import InMemoryVisitTable
from tests.fakes.visits import make_visit
from tests.support.function_data import CONFIG, MUSEUM, hour_counts, local

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MUSEUM_ID = MUSEUM.id
DAY = date(2026, 10, 24)


@dataclass
class _Tables:
    """All tables of one kind, empty."""

    writer: VisitWriter
    reader: VisitReader
    rollups: RollupTable
    dirty: DirtyDays
    recounts: RecountLog
    reports: ReportMarkers
    alerts: AlertMarkers
    silences: SilenceMarkers
    devices: DeviceReader
    hear: Callable[[DeviceReport], None]
    lose: Callable[[Disconnect], None]


def _in_memory() -> _Tables:
    visits = InMemoryVisitTable(config=CONFIG)
    devices = InMemoryDevices()
    return _Tables(
        writer=visits,
        reader=visits,
        rollups=InMemoryRollupTable(),
        dirty=InMemoryDirtyDays(),
        recounts=InMemoryRecountLog(),
        reports=InMemoryReportMarkers(),
        alerts=InMemoryAlertMarkers(),
        silences=InMemorySilenceMarkers(),
        devices=devices,
        hear=lambda report: devices.hear(MUSEUM_ID, report),
        lose=devices.lose,
    )


def _in_dynamodb() -> _Tables:
    client, log = make_client("dynamodb"), InMemoryLog()
    return _Tables(
        writer=DynamoVisitWriter(BatchWriter(client, VISITS_TABLE, log), CONFIG),
        reader=DynamoVisitReader(client, VISITS_TABLE),
        rollups=DynamoRollupTable(
            client, ROLLUPS_TABLE, BatchWriter(client, ROLLUPS_TABLE, log), CONFIG
        ),
        dirty=DynamoDirtyDays(client, ROLLUPS_TABLE),
        recounts=DynamoRecountLog(client, ROLLUPS_TABLE, CONFIG),
        reports=DynamoReportMarkers(client, ROLLUPS_TABLE, CONFIG),
        alerts=DynamoAlertMarkers(client, ROLLUPS_TABLE),
        silences=DynamoSilenceMarkers(client, ROLLUPS_TABLE),
        devices=DynamoDeviceReader(client, DEVICES_TABLE),
        hear=lambda report: _write_as_the_rule_does(client, report),
        lose=lambda disconnect: _lose_as_the_rule_does(client, disconnect),
    )


def _write_as_the_rule_does(client: "DynamoDBClient", report: DeviceReport) -> None:
    """An action of the kind DynamoDBv2 puts one attribute a field."""
    client.put_item(
        TableName=DEVICES_TABLE,
        Item={
            "museum_id": {"S": MUSEUM_ID},
            "device_id": {"S": report.device_id},
            "artwork_id": {"S": report.artwork_id},
            "camera": {"S": report.camera.value},
            "stages_ms": {"M": {"detect": {"N": "6.5"}}},
            "received_at": {"N": str(report.received_at)},
        },
    )


def _lose_as_the_rule_does(client: "DynamoDBClient", disconnect: Disconnect) -> None:
    client.put_item(
        TableName=DEVICES_TABLE,
        Item={
            "museum_id": {"S": DISCONNECTED},
            "device_id": {"S": disconnect.device_id},
            "disconnected_at": {"N": str(disconnect.disconnected_at)},
            "reason": {"S": disconnect.reason},
        },
    )


@pytest.fixture(params=["dynamodb", "memory"])
def tables(request: pytest.FixtureRequest) -> Iterator[_Tables]:
    """Empty tables of either kind."""
    if request.param == "memory":
        yield _in_memory()
    else:
        request.getfixturevalue("aws")
        yield _in_dynamodb()


def _visit(clock: str, *, artwork_id: str = "water-lilies") -> Visit:
    return replace(make_visit(detected_at=local(DAY, clock)), artwork_id=artwork_id)


def _counted(visits: Iterable[Visit]) -> list[CountedVisit]:
    return [
        CountedVisit(
            detected_at=one.detected_at,
            dwell_ms=one.dwell_ms,
            emotion=one.emotion_id,
            shares=one.expressions,
        )
        for one in visits
    ]


def test_visits_come_back_by_artwork_and_museum_day(tables: _Tables) -> None:
    """Local midnight parts the days; every counted field survives."""
    early, late = _visit("00:00"), _visit("23:59")
    after = make_visit(detected_at=local(DAY + timedelta(days=1), "00:00"))
    elsewhere = _visit("12:00", artwork_id="harvest")
    assert tables.writer.put([late, after, early, elsewhere]) == frozenset()
    of_day = list(tables.reader.of_day(MUSEUM_ID, ["water-lilies"], DAY)["water-lilies"])
    assert of_day == _counted([early, late])
    assert len(list(tables.reader.of_day(MUSEUM_ID, ["harvest"], DAY)["harvest"])) == 1
    assert list(tables.reader.of_day(MUSEUM_ID, ["the-letter"], DAY)["the-letter"]) == []


def test_a_visit_written_twice_is_one_visit(tables: _Tables) -> None:
    """In one batch or in two."""
    visit = _visit("12:00")
    tables.writer.put([visit, visit])
    tables.writer.put([visit])
    assert len(list(tables.reader.of_day(MUSEUM_ID, ["water-lilies"], DAY)["water-lilies"])) == 1


def test_more_visits_than_one_request_takes_are_all_stored(tables: _Tables) -> None:
    """A request takes 25."""
    visits = [_visit("12:00") for _ in range(60)]
    assert tables.writer.put(visits) == frozenset()
    assert len(list(tables.reader.of_day(MUSEUM_ID, ["water-lilies"], DAY)["water-lilies"])) == 60


def test_a_window_holds_its_start_but_not_its_end(tables: _Tables) -> None:
    """Two windows that meet share no visit."""
    before, first, last, after = (
        _visit(clock) for clock in ("11:59:59", "12:00", "12:59:59", "13:00")
    )
    tables.writer.put([before, first, last, after])
    start, end = local(DAY, "12:00"), local(DAY, "13:00")
    found = tables.reader.between(MUSEUM_ID, ["water-lilies"], DAY, start, end)
    assert found == {"water-lilies": _counted([first, last])}


def _change(tables: _Tables, *put: HourCount, delete: tuple[tuple[str, str], ...] = ()) -> None:
    tables.rollups.change(MUSEUM_ID, DAY, put=put, delete=delete, computed_at=local(DAY, "13:10"))


def test_counts_come_back_as_they_were_put(tables: _Tables) -> None:
    """With every field, fractions too, for that day alone."""
    count = replace(
        hour_counts(3, emotions={Expression.UNCERTAIN: 1, Expression.ANGER: 2}),
        share_sums=(0.1, 0.7, 1.2, 0.333, 0.0, 0.667, 0.0, 0.0),
    )
    _change(tables, count)
    assert tables.rollups.of_day(MUSEUM_ID, DAY) == [count]
    assert tables.rollups.of_day(MUSEUM_ID, DAY + timedelta(days=1)) == []
    assert tables.rollups.of_day("other-museum", DAY) == []


def test_counts_are_overwritten_and_deleted_never_added_up(tables: _Tables) -> None:
    """What is put replaces what was there."""
    gone, kept = hour_counts(4, hour="11+0200"), hour_counts(5, hour="12+0200")
    _change(tables, gone, kept)
    newer = hour_counts(6, hour="12+0200")
    _change(tables, newer, delete=(("water-lilies", "11+0200"),))
    _change(tables, newer, delete=(("water-lilies", "11+0200"),))
    assert tables.rollups.of_day(MUSEUM_ID, DAY) == [newer]


def test_a_day_that_was_marked_again_stays_marked(tables: _Tables) -> None:
    """Even in the same millisecond: the recount has not seen what marked it."""
    tables.dirty.mark(MUSEUM_ID, DAY, 1000)
    (seen,) = tables.dirty.pending(MUSEUM_ID)
    tables.dirty.mark(MUSEUM_ID, DAY, 1000)
    assert not tables.dirty.clear(MUSEUM_ID, seen)
    (again,) = tables.dirty.pending(MUSEUM_ID)
    assert again.day == DAY
    assert tables.dirty.clear(MUSEUM_ID, again)
    assert tables.dirty.pending(MUSEUM_ID) == []
    assert not tables.dirty.clear(MUSEUM_ID, again)


def test_marked_days_come_earliest_first_and_by_museum(tables: _Tables) -> None:
    """Other museums' marks are none of ours."""
    days = [DAY, DAY - timedelta(days=9), DAY - timedelta(days=1)]
    for day in days:
        tables.dirty.mark(MUSEUM_ID, day, 1000)
    tables.dirty.mark("other-museum", DAY, 1000)
    assert [one.day for one in tables.dirty.pending(MUSEUM_ID)] == sorted(days)


def test_the_latest_recount_of_a_day_is_remembered(tables: _Tables) -> None:
    """From a day on."""
    earlier = DAY - timedelta(days=1)
    for day, at in ((earlier, 1), (DAY, 2), (DAY, 3)):
        tables.recounts.record(MUSEUM_ID, day, at)
    assert tables.recounts.since(MUSEUM_ID, earlier) == {earlier: 1, DAY: 3}
    assert tables.recounts.since(MUSEUM_ID, DAY) == {DAY: 3}
    assert tables.recounts.since("other-museum", earlier) == {}


def test_report_markers_come_back_and_are_overwritten(tables: _Tables) -> None:
    """One a day."""
    first = ReportMarker(day=DAY, visits=12, read_at=5, mailed_at=6)
    second = ReportMarker(day=DAY + timedelta(days=1), visits=0, read_at=7, mailed_at=8)
    assert tables.reports.get(MUSEUM_ID, DAY) is None
    tables.reports.put(MUSEUM_ID, [first, second])
    tables.reports.put(MUSEUM_ID, [replace(first, visits=14, read_at=9)])
    assert tables.reports.get(MUSEUM_ID, DAY) == replace(first, visits=14, read_at=9)
    assert [m.day for m in tables.reports.since(MUSEUM_ID, DAY)] == [DAY, second.day]
    assert tables.reports.since(MUSEUM_ID, second.day) == [second]
    assert tables.reports.get("other-museum", DAY) is None


def _alert(
    start: int,
    end: int,
    artwork_id: str = "harvest",
    kind: AlertKind = AlertKind.NEGATIVE_EXPRESSIONS,
) -> AlertMarker:
    return AlertMarker(
        museum_id=MUSEUM_ID,
        artwork_id=artwork_id,
        kind=kind,
        window_start=start,
        window_end=end,
    )


def _stands(end: int, *, sent: bool = True, artwork_id: str = "harvest") -> StandingAlert:
    return StandingAlert(
        artwork_id=artwork_id, kind=AlertKind.NEGATIVE_EXPRESSIONS, window_end=end, sent=sent
    )


def test_an_alert_stands_until_it_is_cleared(tables: _Tables) -> None:
    """Then a window that does not overlap it is claimed; other artworks and kinds are others."""
    assert tables.alerts.standing(MUSEUM_ID) == []
    assert tables.alerts.claim(_alert(0, 60))
    assert tables.alerts.standing(MUSEUM_ID) == [_stands(60, sent=False)]
    tables.alerts.confirm([_alert(0, 60)])
    assert tables.alerts.standing(MUSEUM_ID) == [_stands(60)]
    for window in ((0, 60), (15, 75), (60, 120)):
        assert not tables.alerts.claim(_alert(*window))
    assert tables.alerts.claim(_alert(15, 75, "the-letter"))
    assert tables.alerts.claim(_alert(15, 75, kind=AlertKind.CROWDING))
    tables.alerts.clear(MUSEUM_ID, _stands(60))
    assert _stands(60) not in tables.alerts.standing(MUSEUM_ID)
    assert not tables.alerts.claim(_alert(15, 75))
    assert tables.alerts.claim(_alert(60, 120))
    assert len(tables.alerts.standing(MUSEUM_ID)) == 3
    assert tables.alerts.standing("other-museum") == []


def test_a_claim_without_its_mail_can_be_claimed_again(tables: _Tables) -> None:
    """The retry of the run that died makes up for it, or a later window that does not overlap."""
    assert tables.alerts.claim(_alert(0, 60))
    assert tables.alerts.claim(_alert(0, 60))
    assert not tables.alerts.claim(_alert(15, 75))
    assert tables.alerts.claim(_alert(60, 120))


def test_an_alert_that_changed_is_not_cleared(tables: _Tables) -> None:
    """By a run that read it before."""
    tables.alerts.clear(MUSEUM_ID, _stands(60))
    assert tables.alerts.standing(MUSEUM_ID) == []
    assert tables.alerts.claim(_alert(60, 120))
    tables.alerts.clear(MUSEUM_ID, _stands(60))
    tables.alerts.clear(MUSEUM_ID, _stands(120, sent=True))
    assert tables.alerts.standing(MUSEUM_ID) == [_stands(120, sent=False)]
    tables.alerts.clear(MUSEUM_ID, _stands(120, sent=False))
    assert tables.alerts.standing(MUSEUM_ID) == []


def test_a_silence_is_claimed_until_it_is_told(tables: _Tables) -> None:
    """Each silence of each device once; a run that died can claim it again."""
    first, next_one = SilenceMarker(MUSEUM_ID, "pi-1", 100), SilenceMarker(MUSEUM_ID, "pi-1", 900)
    assert tables.silences.claim(first)
    assert tables.silences.claim(first)
    tables.silences.confirm([first])
    assert not tables.silences.claim(first)
    assert tables.silences.claim(SilenceMarker(MUSEUM_ID, "pi-2", 100))
    assert tables.silences.claim(next_one)


def test_the_latest_word_of_each_device_is_read(tables: _Tables) -> None:
    """One museum's, by name."""
    reports = [
        DeviceReport(
            device_id=name, artwork_id="harvest", camera=CameraState.COVERED, received_at=at
        )
        for name, at in (("pi-2", 5), ("pi-1", 6), ("pi-2", 7))
    ]
    for report in reports:
        tables.hear(report)
    assert tables.devices.of_museum(MUSEUM_ID) == reports[1:]
    assert tables.devices.of_museum("other-museum") == []


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("odd", [{}, {"disconnected_at": {"S": "noon"}}, {"reason": {"N": "7"}}])
def test_an_event_that_is_not_as_documented_keeps_nobody_from_being_told(
    odd: dict[str, dict[str, str]],
) -> None:
    """The rule writes what it gets; a field that the event lacks is missing in the item."""
    client = make_client("dynamodb")
    key = {"museum_id": {"S": DISCONNECTED}, "device_id": {"S": "pi-1"}}
    client.put_item(TableName=DEVICES_TABLE, Item=key | odd)
    assert DynamoDeviceReader(client, DEVICES_TABLE).disconnects(["pi-1"]) == []


def test_how_devices_were_lost_is_read_beside_their_words(tables: _Tables) -> None:
    """The latest of each that was asked for, and no device's word is taken for one."""
    lost = [
        Disconnect(device_id=name, disconnected_at=at, reason="CONNECTION_LOST")
        for name, at in (("pi-2", 5), ("pi-1", 6), ("pi-2", 7))
    ]
    for one in lost:
        tables.lose(one)
    asked = ["pi-1", "pi-2", *(f"pi-{n}" for n in range(3, 101))]
    found = tables.devices.disconnects(asked)
    assert sorted(found, key=lambda one: one.device_id) == lost[1:]
    assert tables.devices.disconnects(["pi-3"]) == []
    assert tables.devices.of_museum(MUSEUM_ID) == []
    for wrong in ([], [f"pi-{n}" for n in range(101)]):
        with pytest.raises(ServiceError):
            tables.devices.disconnects(wrong)
