"""How long the visits of a museum day can be counted before they expire."""

from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from lambdas.shared.museum_time import DAY_MS, day_start_ms, museum_day

RECOUNT_MARGIN_MS: Final = DAY_MS
"""A late visit is taken only if a roll-up still has this long to count its day."""


def visit_expires_s(detected_at: int, retention_days: int) -> int:
    """When a visit may be deleted, seconds since 1970 (what DynamoDB's TTL wants)."""
    return (detected_at + retention_days * DAY_MS) // 1000


def is_countable(day: date, zone: ZoneInfo, retention_days: int, now_ms: int) -> bool:
    """Whether no visit of that museum day can have expired: only then a recount is whole."""
    return now_ms < day_start_ms(day, zone) + retention_days * DAY_MS


def is_too_old(detected_at: int, zone: ZoneInfo, retention_days: int, received_at: int) -> bool:
    """Whether a visit came too late to be counted with its day."""
    day = museum_day(detected_at, zone)
    return not is_countable(day, zone, retention_days, received_at + RECOUNT_MARGIN_MS)
