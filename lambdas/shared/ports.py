"""What the functions' logic needs of the outside, as small protocols.

Every method that reaches a service may raise ``ServiceError``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:  # what a function does not use, it need not import
    from contracts.metrics import Metric
    from contracts.visit import Visit
    from lambdas.shared.models.alerts import AlertMarker, StandingAlert
    from lambdas.shared.models.counts import CountedVisit, HourCount
    from lambdas.shared.models.days import DirtyDay, ReportMarker
    from lambdas.shared.models.devices import DeviceReport, Disconnect, SilenceMarker


class Unit(StrEnum):
    """CloudWatch's names of the units that are used."""

    COUNT = "Count"
    MILLISECONDS = "Milliseconds"


class Log(Protocol):
    """Structured log lines; facts hold no payload and nothing of a visit."""

    def info(self, event: str, **facts: Any) -> None:  # noqa: ANN401  # any JSON value
        """Something that is normal."""

    def warning(self, event: str, **facts: Any) -> None:  # noqa: ANN401  # any JSON value
        """Something that a person may want to look at."""


class Metrics(Protocol):
    """Where numbers for dashboards and alarms go."""

    def put(
        self,
        metric: Metric,
        values: Sequence[float],
        unit: Unit,
        dimensions: Mapping[str, str],
        *,
        at_ms: int | None = None,
    ) -> None:
        """Publishes values of one metric; ``at_ms`` is now when not given."""


class VisitWriter(Protocol):
    """The table of visits as store_visits sees it."""

    def put(self, visits: Iterable[Visit]) -> frozenset[str]:
        """Stores visits; one that is there already is overwritten with itself.

        Returns:
            The ``visit_id`` of those that could not be stored.
        """


class VisitReader(Protocol):
    """The table of visits as the analysing functions see it."""

    def of_day(
        self, museum_id: str, artwork_ids: Sequence[str], day: date
    ) -> Mapping[str, Sequence[CountedVisit]]:
        """Every visit of a museum day per artwork, as of the last completed write."""

    def between(
        self, museum_id: str, artwork_ids: Sequence[str], day: date, start_ms: int, end_ms: int
    ) -> Mapping[str, Sequence[CountedVisit]]:
        """The visits of a museum day per artwork that began in ``[start_ms, end_ms)``."""


class RollupReader(Protocol):
    """Counts per artwork and hour, to be read."""

    def of_day(self, museum_id: str, day: date) -> list[HourCount]:
        """Every count of a museum day, as of the last completed write."""


class RollupTable(RollupReader, Protocol):
    """Counts per artwork and hour, to be read and changed."""

    def change(
        self,
        museum_id: str,
        day: date,
        *,
        put: Sequence[HourCount],
        delete: Sequence[tuple[str, str]],
        computed_at: int,
    ) -> None:
        """Overwrites counts and deletes those named by ``(artwork_id, hour)``."""


class DirtyDays(Protocol):
    """Past museum days that must be counted again."""

    def mark(self, museum_id: str, day: date, now_ms: int) -> None:
        """Asks for a recount of ``day``."""

    def pending(self, museum_id: str) -> list[DirtyDay]:
        """The days that wait for a recount, earliest first."""

    def clear(self, museum_id: str, dirty: DirtyDay) -> bool:
        """Takes the mark away unless the day was marked again since; says whether it did."""


class RecountLog(Protocol):
    """When past days were last counted again."""

    def record(self, museum_id: str, day: date, now_ms: int) -> None:
        """Notes that the numbers of ``day`` may have changed."""

    def since(self, museum_id: str, earliest: date) -> dict[date, int]:
        """Time (ms) of the latest recount of each day from ``earliest`` on."""


class ReportMarkers(Protocol):
    """Which reports were written."""

    def get(self, museum_id: str, day: date) -> ReportMarker | None:
        """The marker of a day's report, as of the last completed write."""

    def since(self, museum_id: str, earliest: date) -> list[ReportMarker]:
        """The markers of the days from ``earliest`` on."""

    def put(self, museum_id: str, markers: Sequence[ReportMarker]) -> None:
        """Writes all of the markers, or none; at most a hundred."""


class AlertMarkers(Protocol):
    """Which alerts were sent, and which of them are not over."""

    def standing(self, museum_id: str) -> list[StandingAlert]:
        """The museum's alerts that are not over, as of the last completed write."""

    def claim(self, marker: AlertMarker) -> bool:
        """Claims the alert; False where one stands that was sent, or its window overlaps.

        The same window can be claimed again until it is confirmed, so that a run that died between
        the claim and the mail is made up for by its retry.
        """

    def confirm(self, markers: Sequence[AlertMarker]) -> None:
        """Notes that the claimed alerts were sent, all of them at once."""

    def clear(self, museum_id: str, alert: StandingAlert) -> None:
        """Notes that an alert is over, unless it has changed since it was read."""


class DeviceReader(Protocol):
    """What devices last said of themselves."""

    def of_museum(self, museum_id: str) -> list[DeviceReport]:
        """The latest word of each of the museum's devices."""

    def disconnects(self, device_ids: Sequence[str]) -> list[Disconnect]:
        """How the broker last lost these devices, one to a hundred; a reason may be missing."""


class SilenceMarkers(Protocol):
    """Of which silences the operators were told."""

    def claim(self, marker: SilenceMarker) -> bool:
        """Claims a silence; False where the operators were told of it.

        It can be claimed again until it is confirmed, as an alert can.
        """

    def confirm(self, markers: Sequence[SilenceMarker]) -> None:
        """Notes that the operators were told of them, of all at once."""


class Quarantine(Protocol):
    """Where refused messages are kept."""

    def put(self, key: str, body: bytes) -> None:
        """Keeps a refused message; the same key holds the same content."""


class ReportStore(Protocol):
    """Where reports are kept."""

    def put(self, museum_id: str, day: date, *, data: str, text: str) -> None:
        """Keeps a day's report as JSON and as text, in place of an earlier one."""


class Notifier(Protocol):
    """Mail to the people who look after a museum: its curators, or the operators."""

    def send(self, museum_id: str, subject: str, body: str, *, key: str) -> None:
        """Sees to it that they are mailed, once for each ``key``."""


class Topics(Protocol):
    """Where mail goes out to whoever subscribed."""

    def publish(self, topic: str, subject: str, body: str) -> None:
        """Mails the subscribers of a topic."""
