"""Counts and markers in memory."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from lambdas.shared.errors import ServiceError
from lambdas.shared.models.alerts import AlertKind, AlertMarker, StandingAlert
from lambdas.shared.models.counts import HourCount
from lambdas.shared.models.days import DirtyDay, ReportMarker
from lambdas.shared.models.devices import DeviceReport, Disconnect, SilenceMarker
from tests.fakes.failures import Failing

_BATCH_GET = 100
"""DynamoDB's bound of one BatchGetItem."""


@dataclass
class InMemoryRollupTable(Failing):
    """``RollupTable``."""

    days: dict[tuple[str, date], dict[tuple[str, str], HourCount]] = field(default_factory=dict)
    written: int = 0

    def of_day(self, museum_id: str, day: date) -> list[HourCount]:
        """By artwork and hour."""
        self.check("dynamodb:Query")
        counts = self.days.get((museum_id, day), {})
        return [counts[key] for key in sorted(counts)]

    def change(
        self,
        museum_id: str,
        day: date,
        *,
        put: Sequence[HourCount],
        delete: Sequence[tuple[str, str]],
        computed_at: int,
    ) -> None:
        """Item by item, so that a failure leaves a part."""
        assert computed_at > 0
        counts = self.days.setdefault((museum_id, day), {})
        for one in put:
            self.check("dynamodb:BatchWriteItem")
            counts[one.artwork_id, one.hour] = one
            self.written += 1
        for key in delete:
            self.check("dynamodb:BatchWriteItem")
            counts.pop(key, None)
            self.written += 1


@dataclass
class InMemoryDirtyDays(Failing):
    """``DirtyDays``."""

    marks: dict[tuple[str, date], str] = field(default_factory=dict)
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def mark(self, museum_id: str, day: date, now_ms: int) -> None:
        """Every mark is another."""
        self.check("dynamodb:PutItem")
        self.marks[museum_id, day] = f"{now_ms}-{next(self.numbers)}"

    def pending(self, museum_id: str) -> list[DirtyDay]:
        """By day."""
        self.check("dynamodb:Query")
        return [
            DirtyDay(day=day, mark=mark)
            for (owner, day), mark in sorted(self.marks.items())
            if owner == museum_id
        ]

    def clear(self, museum_id: str, dirty: DirtyDay) -> bool:
        """Only what was seen."""
        self.check("dynamodb:DeleteItem")
        if self.marks.get((museum_id, dirty.day)) != dirty.mark:
            return False
        del self.marks[museum_id, dirty.day]
        return True


@dataclass
class InMemoryRecountLog(Failing):
    """``RecountLog``."""

    times: dict[tuple[str, date], int] = field(default_factory=dict)

    def record(self, museum_id: str, day: date, now_ms: int) -> None:
        """The latest stays."""
        self.check("dynamodb:PutItem")
        self.times[museum_id, day] = now_ms

    def since(self, museum_id: str, earliest: date) -> dict[date, int]:
        """Of one museum."""
        self.check("dynamodb:Query")
        return {
            day: at
            for (owner, day), at in sorted(self.times.items())
            if owner == museum_id and day >= earliest
        }


@dataclass
class InMemoryReportMarkers(Failing):
    """``ReportMarkers``."""

    markers: dict[tuple[str, date], ReportMarker] = field(default_factory=dict)

    def get(self, museum_id: str, day: date) -> ReportMarker | None:
        """One marker."""
        self.check("dynamodb:GetItem")
        return self.markers.get((museum_id, day))

    def since(self, museum_id: str, earliest: date) -> list[ReportMarker]:
        """By day."""
        self.check("dynamodb:Query")
        return [
            marker
            for (owner, day), marker in sorted(self.markers.items())
            if owner == museum_id and day >= earliest
        ]

    def put(self, museum_id: str, markers: Sequence[ReportMarker]) -> None:
        """All or none."""
        self.check("dynamodb:TransactWriteItems")
        self.markers |= {(museum_id, marker.day): marker for marker in markers}


@dataclass
class InMemoryAlertMarkers(Failing):
    """``AlertMarkers``: window, whether it was sent and whether it stands, by kind and artwork."""

    latest: dict[tuple[str, AlertKind, str], tuple[int, bool, bool]] = field(default_factory=dict)

    def standing(self, museum_id: str) -> list[StandingAlert]:
        """By artwork and kind."""
        self.check("dynamodb:Query")
        return sorted(
            (
                StandingAlert(artwork_id=artwork_id, kind=kind, window_end=end, sent=sent)
                for (owner, kind, artwork_id), (end, sent, stands) in self.latest.items()
                if owner == museum_id and stands
            ),
            key=lambda one: (one.artwork_id, one.kind.value),
        )

    def claim(self, marker: AlertMarker) -> bool:
        """One alert per artwork and kind at a time."""
        self.check("dynamodb:PutItem")
        key = (marker.museum_id, marker.kind, marker.artwork_id)
        if key in self.latest:
            end, sent, stands = self.latest[key]
            again = end == marker.window_end and not sent
            over = end <= marker.window_start and not (stands and sent)
            if not again and not over:
                return False
        self.latest[key] = (marker.window_end, False, True)
        return True

    def confirm(self, markers: Sequence[AlertMarker]) -> None:
        """From now on the window is done."""
        self.check("dynamodb:TransactWriteItems")
        for marker in markers:
            key = (marker.museum_id, marker.kind, marker.artwork_id)
            self.latest[key] = (marker.window_end, True, True)

    def clear(self, museum_id: str, alert: StandingAlert) -> None:
        """The window stays."""
        self.check("dynamodb:PutItem")
        key = (museum_id, alert.kind, alert.artwork_id)
        if self.latest.get(key, (None, None))[:2] == (alert.window_end, alert.sent):
            self.latest[key] = (alert.window_end, alert.sent, False)


@dataclass
class InMemorySilenceMarkers(Failing):
    """``SilenceMarkers``."""

    latest: dict[tuple[str, str], tuple[SilenceMarker, bool]] = field(default_factory=dict)

    def claim(self, marker: SilenceMarker) -> bool:
        """Each silence once."""
        self.check("dynamodb:PutItem")
        key = (marker.museum_id, marker.device_id)
        if self.latest.get(key) == (marker, True):
            return False
        self.latest[key] = (marker, False)
        return True

    def confirm(self, markers: Sequence[SilenceMarker]) -> None:
        """From now on the silence is told."""
        self.check("dynamodb:TransactWriteItems")
        for marker in markers:
            self.latest[marker.museum_id, marker.device_id] = (marker, True)


@dataclass
class InMemoryDevices(Failing):
    """``DeviceReader``: the latest word by museum and device."""

    reports: dict[tuple[str, str], DeviceReport] = field(default_factory=dict)
    lost: dict[str, Disconnect] = field(default_factory=dict)

    def hear(self, museum_id: str, report: DeviceReport) -> None:
        """A heartbeat in place of the one before."""
        self.reports[museum_id, report.device_id] = report

    def of_museum(self, museum_id: str) -> list[DeviceReport]:
        """By the device's name."""
        self.check("dynamodb:Query")
        return [one for (museum, _), one in sorted(self.reports.items()) if museum == museum_id]

    def lose(self, disconnect: Disconnect) -> None:
        """A disconnection in place of the one before."""
        self.lost[disconnect.device_id] = disconnect

    def disconnects(self, device_ids: Sequence[str]) -> list[Disconnect]:
        """In the order that was asked for."""
        self.check("dynamodb:BatchGetItem")
        if not 1 <= len(device_ids) <= _BATCH_GET:
            raise ServiceError("dynamodb:BatchGetItem", "ValidationException")
        return [self.lost[one] for one in device_ids if one in self.lost]
