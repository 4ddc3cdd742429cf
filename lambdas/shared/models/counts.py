"""Counted visits, and the counts of an hour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # what a function does not use, it need not import
    from contracts.expressions import Expression


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
