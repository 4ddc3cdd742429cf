"""Do visits leave the outbox as fast as they come, and has none been lost?"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from edge.adapters.outbox_reader import OutboxFacts
from edge.doctor.report import Figure, Finding, passed, warned

LATE_S: Final = 15 * 60
"""A visit that waits longer does so because something does not work."""
FULL_SHARE: Final = 0.8
_SEND: Final = "see broker and policy; nothing is lost until the outbox is full"
_FELL: Final = "see broker; a longer outage needs a larger outbox.max_visits and outbox.max_bytes"
_ASIDE: Final = "have the maker look at it, then delete it; it holds visits and no pictures"


def outbox(
    facts: OutboxFacts | None, set_aside: Sequence[Path], *, now_ms: int, max_visits: int
) -> Finding:
    """Judges what waits.

    Args:
        facts: What lies in it; None where there is none yet.
        set_aside: Damaged files of earlier outboxes.
        now_ms: The wall clock, ms since 1970 UTC.
        max_visits: Its bound.
    """
    if facts is None:
        return passed("there is none yet; the first start makes it", depth=0)
    age_s = 0 if facts.oldest_at is None else max(0, (now_ms - facts.oldest_at) // 1000)
    text = f"{facts.depth:,} visits wait"
    if facts.oldest_at is not None:
        text += f", the oldest for {_span(age_s)}"
    if facts.undated:
        text += f", {facts.undated:,} of them until the clock is set"
    figures: dict[str, Figure] = {
        "depth": facts.depth,
        "oldest_s": age_s,
        "undated": facts.undated,
        "dropped": facts.dropped,
        "set_aside": len(set_aside),
    }
    if facts.dropped:
        return warned(f"{text}; {facts.dropped:,} fell off its bound", _FELL, **figures)
    if set_aside:
        return warned(f"{text}; a damaged one lies at {set_aside[0]}", _ASIDE, **figures)
    if age_s > LATE_S or facts.depth >= FULL_SHARE * max_visits:
        return warned(text, _SEND, **figures)
    return passed(text, **figures)


def _span(seconds: int) -> str:
    for name, length in (("days", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length:,} {name}"
    return f"{seconds} s"
