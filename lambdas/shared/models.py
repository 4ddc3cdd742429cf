"""What the functions pass around: counted visits and the counts of an hour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # what a function does not use, it need not import
    from contracts.expressions import Expression
    from contracts.status import CameraState


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedVisit:
    """The part of a stored visit that is counted.

    Attributes:
        detected_at: First confirmed sighting, ms since 1970 UTC.
        dwell_ms: First to last confirmed sighting, ms.
        emotion: The visit's expression.
        shares: Mean probability of each of the eight expressions, three decimals.
    """

    detected_at: int
    dwell_ms: int
    emotion: Expression
    shares: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HourCount:
    """The visits of one artwork in one local hour.

    Attributes:
        artwork_id: Slug.
        hour: Hour key, e.g. ``14+0200``.
        visits: Their number.
        emotions: Number of visits per expression; expressions without visits are left out.
        dwell_ms_total: Sum of their dwell times, ms.
        share_sums: Sum of their mean probabilities per expression, three decimals.
    """

    artwork_id: str
    hour: str
    visits: int
    emotions: Mapping[Expression, int]
    dwell_ms_total: int
    share_sums: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DirtyDay:
    """A past museum day that late visits touched.

    Attributes:
        day: The museum day.
        mark: Unique to the latest time it was marked, so that a newer mark is not taken for this.
    """

    day: date
    mark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportMarker:
    """That a day's report was written.

    Attributes:
        day: The museum day reported on.
        visits: The visits it reported on; not for publication.
        read_at: When its numbers were read, ms.
        mailed_at: When it was mailed, ms.
    """

    day: date
    visits: int
    read_at: int
    mailed_at: int


class AlertKind(StrEnum):
    """What curators are alerted about."""

    NEGATIVE_EXPRESSIONS = "negative-expressions"
    CROWDING = "crowding"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertMarker:
    """That curators were, or are being, alerted about an artwork.

    Attributes:
        museum_id: Slug.
        artwork_id: Slug.
        kind: What about.
        window_start: Start of the window alerted about, ms.
        window_end: Its end, ms.
    """

    museum_id: str
    artwork_id: str
    kind: AlertKind
    window_start: int
    window_end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingAlert:
    """An alert that is not over.

    Attributes:
        artwork_id: Slug.
        kind: What about.
        window_end: End of the window alerted about, ms.
        sent: Whether the curators were told; else a run died on the way.
    """

    artwork_id: str
    kind: AlertKind
    window_end: int
    sent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceReport:
    """The latest word of a device.

    Attributes:
        device_id: Slug.
        artwork_id: Slug of the artwork it stands beside.
        camera: What it said of its camera.
        received_at: When the broker received it, ms since 1970 UTC.
    """

    device_id: str
    artwork_id: str
    camera: CameraState
    received_at: int


@dataclass(frozen=True, slots=True)
class SilenceMarker:
    """That operators were, or are being, told of a device's silence.

    Attributes:
        museum_id: Slug.
        device_id: Slug.
        last_heard: When the silence began, ms; each silence has its own.
    """

    museum_id: str
    device_id: str
    last_heard: int
