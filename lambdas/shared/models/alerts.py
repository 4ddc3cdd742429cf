"""What curators are alerted about."""

from dataclasses import dataclass
from enum import StrEnum


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
