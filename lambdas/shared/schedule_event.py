"""The event of the scheduled functions."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from contracts.museums import Museum, MuseumConfig
from lambdas.shared.errors import EventError
from lambdas.shared.museum_time import museum_day, to_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledRun:
    """What a scheduled function is asked to do.

    Attributes:
        museum: The museum it runs for.
        scheduled_ms: The time that was meant, ms since 1970 UTC, whenever the event comes through.
    """

    museum: Museum
    scheduled_ms: int

    @property
    def today(self) -> date:
        """The museum day at the scheduled time."""
        return museum_day(self.scheduled_ms, self.museum.zone)

    @property
    def yesterday(self) -> date:
        """The museum day before that."""
        return self.today - timedelta(days=1)


def parse_schedule_event(event: Any, config: MuseumConfig) -> ScheduledRun:  # noqa: ANN401  # JSON
    """Reads ``{"museum_id": ..., "scheduled_at": <ISO 8601, UTC>}``.

    Raises:
        EventError: A field is missing or cannot be used.
    """
    fields = event if isinstance(event, dict) else {}
    museum = config.museum(str(fields.get("museum_id", "")))
    if museum is None:
        raise EventError("museum_id", "names no museum of museum.toml")
    try:
        moment = datetime.fromisoformat(str(fields.get("scheduled_at", "")))
    except ValueError as exc:
        raise EventError("scheduled_at", "must be a time like 2026-10-25T06:00:00Z") from exc
    if moment.tzinfo is None:
        raise EventError("scheduled_at", "must say its time zone, as in 2026-10-25T06:00:00Z")
    return ScheduledRun(museum=museum, scheduled_ms=to_ms(moment))
