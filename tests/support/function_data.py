"""What the tests of the functions start from: one museum, its visits, its queued messages."""

import base64
import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Final

from contracts.expressions import Expression
from contracts.museums import Artwork, ExpressionAlert, Museum, MuseumConfig, OpeningHours, Privacy
from contracts.visit import Visit, encode_visit, encode_visits
from lambdas.shared.models.counts import HourCount
from lambdas.shared.museum_time import to_ms
from lambdas.shared.schedule_event import ScheduledRun
from lambdas.store_visits.logic import Message

ARTWORKS: Final = ("water-lilies", "harvest", "the-letter")
MUSEUM: Final = Museum(
    id="city-gallery",
    name="City Gallery",
    time_zone="Europe/Rome",
    curator_emails=("curator@museum.example",),
    opening_hours=OpeningHours(
        tuesday="10:00-18:00",
        wednesday="10:00-18:00",
        thursday="10:00-18:00",
        friday="10:00-18:00",
        saturday="10:00-04:00",
        sunday="10:00-18:00",
    ),
    artworks=tuple(Artwork(id=one, title=one.replace("-", " ").title()) for one in ARTWORKS),
    expression_alert=ExpressionAlert(),
)
CONFIG: Final = MuseumConfig(museums=(MUSEUM,), privacy=Privacy())


def local(day: date, clock: str, *, fold: int = 0) -> int:
    """A museum-local time in ms since 1970 UTC; ``fold=1`` is the second 02:30 of autumn."""
    moment = datetime.fromisoformat(f"{day.isoformat()}T{clock}")
    return to_ms(moment.replace(tzinfo=MUSEUM.zone, fold=fold))


def run_at(ms: int) -> ScheduledRun:
    """A schedule's run for the museum."""
    return ScheduledRun(museum=MUSEUM, scheduled_ms=ms)


def queue_body(
    payload: bytes, *, museum_id: str = MUSEUM.id, client_id: str = "pi-1", received_at: int
) -> str:
    """A message as the rule puts it into the queue."""
    return json.dumps(
        {
            "payload": base64.b64encode(payload).decode(),
            "museum_id": museum_id,
            "client_id": client_id,
            "received_at": received_at,
        }
    )


def message(
    message_id: str, visits: Iterable[Visit | bytes], *, received_at: int, client_id: str = "pi-1"
) -> Message:
    """A queued message of visits; bytes stand for a visit as they are."""
    encoded = [one if isinstance(one, bytes) else encode_visit(one) for one in visits]
    body = queue_body(encode_visits(encoded), client_id=client_id, received_at=received_at)
    return Message(message_id, body)


def seen(visit: Visit, emotion: Expression, *, artwork_id: str = "water-lilies") -> Visit:
    """The same visit with another expression, beside another artwork."""
    return replace(visit, emotion_id=emotion, artwork_id=artwork_id)


def hour_counts(
    visits: int, *, artwork_id: str = "water-lilies", hour: str = "12+0200",
    emotions: dict[Expression, int] | None = None, dwell_ms: int = 9000,
) -> HourCount:  # fmt: skip
    """The counts of one hour; all visits neutral unless said otherwise."""
    return HourCount(
        artwork_id=artwork_id,
        hour=hour,
        visits=visits,
        emotions=emotions or ({Expression.NEUTRAL: visits} if visits else {}),
        dwell_ms_total=visits * dwell_ms,
        share_sums=(0.0,) * 8,
    )
