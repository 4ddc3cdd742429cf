"""The expression log: a CSV file with the columns and words that earlier projects' logs have."""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Final

from contracts.expressions import EXPRESSIONS, Expression
from contracts.visit import Visit

TIMESTAMP: Final = "Timestamp"
LOCATION: Final = "CameraLocation"
EMOTION: Final = "Emotion"
CONFIDENCE: Final = "Confidence"
COLUMNS: Final = (TIMESTAMP, LOCATION, EMOTION, CONFIDENCE)
HEADER: Final = ",".join(COLUMNS)

WORDS: Final[Mapping[Expression, str]] = {
    Expression.HAPPINESS: "Happy",
    Expression.SADNESS: "Sad",
    Expression.ANGER: "Angry",
    Expression.SURPRISE: "Surprise",
    Expression.NEUTRAL: "Neutral",
    Expression.DISGUST: "Disgust",
    Expression.FEAR: "Fear",
    Expression.CONTEMPT: "Contempt",
    Expression.UNCERTAIN: "Uncertain",
}
"""The log's word for each expression: the seven that such logs always had, and two of ours."""

_CANONICAL: Final = {word.casefold(): word for word in WORDS.values()} | {
    e.label: WORDS[e] for e in EXPRESSIONS
}


def canonical_word(label: str) -> str:
    """The log's own spelling of a label in any case, or of this project's name for it.

    A label that is neither comes back as it is, without surrounding blanks.
    """
    stripped = label.strip()
    return _CANONICAL.get(stripped.casefold(), stripped)


def log_row(visit: Visit, zone: tzinfo | None = None, *, is_dated: bool = True) -> str:
    """One line of the log, without its line end.

    Args:
        visit: A finished visit. The log says when it began, where, which expression was seen most
            and how sure that is; not its id, nor how long it lasted.
        zone: Time zone of the timestamp; the computer's own unless given.
        is_dated: Whether the clock was right; no time of day is better than a wrong one.
    """
    moment = ""
    if is_dated:
        began = datetime.fromtimestamp(visit.detected_at // 1000, tz=zone)
        moment = f"{began:%Y-%m-%d %H:%M:%S}.{visit.detected_at % 1000:03d}"
    # Slugs and our own words need no quoting.
    return f"{moment},{visit.artwork_id},{WORDS[visit.emotion_id]},{visit.confidence:.4f}"
