"""Why each field is kept, and what it is where no docstring of the contracts says so."""

import inspect
import re
from typing import Final

from audit.errors import AuditError
from contracts.status import Status
from contracts.visit import Visit
from lambdas.shared.letters import Letter
from lambdas.shared.models.counts import HourCount
from lambdas.shared.models.days import ReportMarker
from lambdas.shared.models.devices import Disconnect
from lambdas.store_visits.refusal import Refusal

_ATTRIBUTE: Final = re.compile(r"^    (\w+): (.*(?:\n {8,}.*)*)", re.MULTILINE)


def attributes_of(kind: type) -> dict[str, str]:
    """What a class's docstring says of each of its attributes."""
    _, _, listed = inspect.cleandoc(kind.__doc__ or "").partition("Attributes:\n")
    return {name: " ".join(told.split()) for name, told in _ATTRIBUTE.findall(listed)}


_OF_ITEM: Final = {
    "visit": attributes_of(Visit),
    "latest heartbeat": attributes_of(Status),
    "latest disconnection": attributes_of(Disconnect),
    "count of an artwork's hour": attributes_of(HourCount),
    "REPORT marker": attributes_of(ReportMarker),
    "refused message or visit": attributes_of(Refusal),
    "letter": attributes_of(Letter),
}
_EXACT: Final = {
    ("refused message or visit", "payload"): "The refused bytes, base64; written by the sender.",
    ("message that a rule could not deliver", "whole message"): (
        "AWS IoT's record: rule, topic, client id, error, and the message, base64."
    ),
    ("message as the broker received it", "payload"): (
        "The visits that a device published, base64, byte for byte."
    ),
    ("latest disconnection", "museum_id"): "The word DISCONNECTED: the broker knows no museum.",
    ("latest disconnection", "device_id"): (
        "MQTT client id; of a client of another system in the same account, too."
    ),
    ("SILENCE marker", "sk"): "The device's slug.",
    ("ALERT marker", "sk"): "The artwork's slug and the kind of alert.",
    ("visit", "sk"): "First sighting and visit_id.",
    ("visit", "pk"): "Museum, artwork and museum day.",
    ("report of a museum day", "visits"): "Number of visits, or '< k'.",
    ("report of a museum day", "expressions"): "Visits per expression, or '< k' each.",
}
_ANYWHERE: Final = {
    "artworks": "The same numbers by artwork, or '< k' each.",
    "average_dwell_s": "Mean stay, seconds; none where too few visits.",
    "busiest_hour": "The hour with most visits and their number; none where too few.",
    "client_id": "The certificate's own device, as the broker knows it.",
    "computed_at": "When the count was made, ms.",
    "day": "The museum day.",
    "day_before": "The day before and its number of visits, or '< k'.",
    "hours": "Visits by hour, or '< k' each.",
    "last_heard": "When the silence began, ms.",
    "late_visits": "Days that were counted again, and by how much, or '< k'.",
    "mark": "A random word, new each time.",
    "marked_at": "When visits of a past day came in, ms.",
    "museum": "The museum's name.",
    "museum_id": "The museum's slug.",
    "negative": "Visits with a negative expression, their share and its interval, or '< k'.",
    "open": "Whether the museum was open that day.",
    "pk": "Museum and museum day, or the marker's kind and the museum.",
    "received_at": "When the broker received it, ms.",
    "recounted_at": "When a past day was last counted again, ms.",
    "sent": "Whether the e-mail was handed over.",
    "sentiment_shares": "Share of each sentiment; none where too few.",
    "sentiments": "Visits per sentiment, or '< k' each.",
    "sk": "Artwork and hour, or the museum day.",
    "small_cell": "k, the bound of small cells.",
    "standing": "Whether the alert is not over yet.",
    "time_zone": "The museum's time zone.",
    "ttl": "When DynamoDB may delete the item, seconds.",
    "week_before": "The same weekday a week before and its number of visits, or '< k'.",
    "window_end": "End of the time alerted about, ms.",
}

_TELLS_TROUBLE: Final = "Tells the operators of a device in trouble."
_PUBLISHED: Final = "It is what curators are told."
WHY: Final = {
    "artwork_id": "Numbers are told per artwork.",
    "artworks": _PUBLISHED,
    "audience": "Sends the letter to the right topic.",
    "average_dwell_s": _PUBLISHED,
    "body": _PUBLISHED,
    "busiest_hour": _PUBLISHED,
    "camera": _TELLS_TROUBLE,
    "client_id": "A message that names another device than its certificate is refused.",
    "clock_synced": "Visits of a wrong clock would fall on wrong days.",
    "computed_at": "An auditor can tell when a number was made.",
    "confidence": "Judges the model in the field.",
    "day": "Names the report.",
    "day_before": _PUBLISHED,
    "detect_every": "Explains a device's frame rate.",
    "detected_at": "Puts the visit into its hour and museum day.",
    "device_id": "A device may only speak for itself; tells which camera to look after.",
    "disconnected_at": _TELLS_TROUBLE,
    "dropped": _TELLS_TROUBLE,
    "dwell_ms": "Mean stay per artwork.",
    "dwell_ms_total": "Mean stay per artwork.",
    "emotion_id": "Counts expressions per artwork.",
    "emotions": "Counts expressions per artwork.",
    "excluded": "Shows that worn markers are respected.",
    "expressions": "Mean mix of expressions; counted or told, never per person.",
    "field": "What to mend before the message is sent again.",
    "frames_per_s": _TELLS_TROUBLE,
    "held_back": _TELLS_TROUBLE,
    "hours": _PUBLISHED,
    "inference_ms": "Speed of the device.",
    "last_heard": "Each silence is told of once.",
    "late_visits": _PUBLISHED,
    "mailed_at": "A retry mails nobody twice.",
    "mark": "A day that is marked while it is counted is counted again.",
    "marked_at": "How long a day has waited to be counted again.",
    "mode": "Shows that a device is paused or counts only.",
    "model": "Numbers of different models can be told apart.",
    "museum": _PUBLISHED,
    "museum_id": "Museums are kept apart.",
    "negative": _PUBLISHED,
    "open": _PUBLISHED,
    "outbox_depth": _TELLS_TROUBLE,
    "outbox_oldest_s": _TELLS_TROUBLE,
    "outboxes_set_aside": _TELLS_TROUBLE,
    "passers_by": "Share of those who stop; a number of faces, nothing of any of them.",
    "payload": "Nothing is lost: it is stored, or sent again after a repair.",
    "pk": "Finds one day's items without reading others.",
    "position": "Which visit of its message it was.",
    "problem": "What to mend before the message is sent again.",
    "read_at": "Visits that came later are reported as late.",
    "reason": "What to mend before the message is sent again.",
    "received_at": "Latency, clock skew, and since when a device is silent.",
    "recounted_at": "Reports of that day are corrected.",
    "samples": "How much a visit's expression rests on.",
    "sent": "A retry mails nobody twice.",
    "sent_at": "Age of the heartbeat.",
    "sentiment_shares": _PUBLISHED,
    "sentiments": _PUBLISHED,
    "share_sums": "Mean mix of expressions per artwork and hour.",
    "sk": "Finds one item; makes a repeated write the same write.",
    "small_cell": "A reader knows what is hidden.",
    "software": "Which devices need an update.",
    "stages_ms": _TELLS_TROUBLE,
    "standing": "An alert that is not over is not told again.",
    "state": _TELLS_TROUBLE,
    "still_faces_suppressed": "Shows whether painted faces are left out.",
    "subject": _PUBLISHED,
    "temperature_c": _TELLS_TROUBLE,
    "throttled": _TELLS_TROUBLE,
    "time_zone": "A reader knows which day is meant.",
    "ttl": "Ends the item's life.",
    "uptime_s": _TELLS_TROUBLE,
    "visit_id": "The same visit that arrives twice is stored once; it tells nothing of a person.",
    "visits": "Numbers are told per artwork and day.",
    "week_before": _PUBLISHED,
    "whole message": "Nothing is lost: it is sent again after a repair.",
    "window_end": "The same trouble is told of once.",
}


def what_is(item: str, field: str) -> str:
    """What a field of a kind of record is.

    Raises:
        AuditError: Nobody has said it.
    """
    for found in (
        _EXACT.get((item, field)),
        _OF_ITEM.get(item, {}).get(field),
        _ANYWHERE.get(field),
    ):
        if found:
            return found
    raise AuditError(
        f"the field {field} of {item} is in no inventory; say in audit/meanings.py what it is"
    )


def why(field: str) -> str:
    """Why a field is kept.

    Raises:
        AuditError: Nobody has said it.
    """
    if field not in WHY:
        raise AuditError(
            f"the field {field} is kept without a purpose; say in audit/meanings.py why, or drop it"
        )
    return WHY[field]
