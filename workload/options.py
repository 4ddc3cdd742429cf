"""What can be asked of the workload generator."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Final

from contracts.expressions import Expression
from workload.errors import WorkloadError
from workload.faults import DEFAULT_KINDS, Fault

_USUAL_MIX: Final = MappingProxyType(
    {
        Expression.NEUTRAL: 0.47,
        Expression.HAPPINESS: 0.27,
        Expression.SURPRISE: 0.09,
        Expression.SADNESS: 0.04,
        Expression.ANGER: 0.02,
        Expression.DISGUST: 0.02,
        Expression.FEAR: 0.02,
        Expression.CONTEMPT: 0.01,
        Expression.UNCERTAIN: 0.06,
    }
)

MOST_VISITS: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Options of one museum's days; the same options give the same workload, byte for byte.

    Attributes:
        days: Museum days, closed ones included; 1 … 366.
        visits_per_day: Mean over all days; ``days`` times this many visits are made, exactly.
        seed: Seed of everything that is drawn.
        end: The day after the last one; None for some days after the zone's latest clock change.
        artworks: Ids of the artworks to use; all of the museum's if empty.
        emotion_mix: Weight of each expression, ``UNCERTAIN`` included; need not sum to 1.
        artwork_spread: How much the artworks' mixes differ; 0 for not at all, 1 for widely.
        upset_visits: That many visits at one artwork within one hour of the last open day, three
            quarters of them with negative expressions; part of the total, at most a quarter of it.
        flush_s: A Pi sends what it has at latest that many seconds after a visit ended.
        offline_devices: So many Pis are cut off and deliver late.
        offline_days: For how long.
        duplicates: Share of the visits that is sent a second time, 0 … 1.
        malformed: Number of malformed visits and messages, over the kinds in turn.
        malformed_kinds: Those kinds.
        model: Version of the CNN that the records claim.
    """

    days: int = 14
    visits_per_day: float = 215.0
    seed: int = 7
    end: date | None = None
    artworks: tuple[str, ...] = ()
    emotion_mix: Mapping[Expression, float] = field(default_factory=lambda: _USUAL_MIX)
    artwork_spread: float = 0.4
    upset_visits: int = 40
    flush_s: float = 5.0
    offline_devices: int = 1
    offline_days: float = 2.0
    duplicates: float = 0.03
    malformed: int = len(DEFAULT_KINDS)
    malformed_kinds: tuple[Fault, ...] = DEFAULT_KINDS
    model: str = "workload-1"

    def __post_init__(self) -> None:
        _check("days", self.days, 1, 366)
        _check("visits_per_day", self.visits_per_day, 0, 1_000_000)
        _check("days x visits_per_day", self.days * self.visits_per_day, 1, MOST_VISITS)
        _check("artwork_spread", self.artwork_spread, 0, 1)
        _check("upset_visits", self.upset_visits, 0, MOST_VISITS)
        _check("flush_s", self.flush_s, 0, 3600)
        _check("offline_devices", self.offline_devices, 0, 10_000)
        _check("offline_days", self.offline_days, 0, 60)
        _check("duplicates", self.duplicates, 0, 1)
        _check("malformed", self.malformed, 0, 100_000)
        if self.malformed and not self.malformed_kinds:
            raise WorkloadError("malformed_kinds must name at least one kind, or malformed be 0")
        weights = list(self.emotion_mix.values())
        if not weights or min(weights) < 0 or not 0 < sum(weights) < math.inf:
            raise WorkloadError("emotion_mix must hold weights of 0 and more, not all 0")

    @property
    def visits(self) -> int:
        """How many visits are made."""
        return round(self.days * self.visits_per_day)


def _check(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise WorkloadError(f"{name} must lie in {low:g} to {high:g}, not {value:g}")
