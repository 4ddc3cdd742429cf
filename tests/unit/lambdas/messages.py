"""Short words for queue messages and visits, in the tests of the functions' logic."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from contracts.expressions import EXPRESSIONS, Expression
from contracts.visit import Visit
from lambdas.store_visits.logic import Message
from tests.fakes.visits import make_visit
from tests.support import function_data

RECEIVED_AT: Final = 1_792_900_010_000


def ms(text: str) -> int:
    """An ISO time as ms since 1970."""
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def visit_at(
    text: str,
    *,
    artwork_id: str = "water-lilies",
    emotion: Expression = Expression.HAPPINESS,
    dwell_ms: int = 4200,
) -> Visit:
    """A new visit that began at an ISO time."""
    shares = [0.0] * len(EXPRESSIONS)
    shares[max(emotion, 0)] = 1.0
    return replace(
        make_visit(detected_at=ms(text)),
        artwork_id=artwork_id,
        emotion_id=emotion,
        dwell_ms=dwell_ms,
        expressions=tuple(shares),
    )


def body(payload: bytes, *, received_at: int = RECEIVED_AT) -> str:
    """What the rule puts into the queue around a device's bytes."""
    return function_data.queue_body(payload, received_at=received_at)


def message(
    visits: Sequence[Visit | dict[str, Any]],
    message_id: str = "m-1",
    *,
    received_at: int = RECEIVED_AT,
) -> Message:
    """A queued message of visits, or of dictionaries that look a little like visits."""
    encoded = [one if isinstance(one, Visit) else json.dumps(one).encode() for one in visits]
    return function_data.message(message_id, encoded, received_at=received_at)
