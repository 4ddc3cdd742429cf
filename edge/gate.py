"""Whether the Pi watches now, and how.

Whatever restricts adds up, and the strictest wins: a pause by hand, the opening hours, a planned
pause, count-only. Nothing that is switched by hand opens a camera that hours or plan keep closed.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from contracts.status import WatchMode
from contracts.visit import EARLIEST_MS
from edge.config import Measuring, Restriction, WatchConfig
from edge.opening import holds
from edge.ports import Clock
from edge.switches import Switches

_log = logging.getLogger(__name__)

WATCHING: Final = frozenset({WatchMode.FULL, WatchMode.COUNT_ONLY})
"""Modes in which the camera is open."""
LOOK_S: Final = 0.25
"""The note and the clock are looked at four times a second at most."""


class Reason(StrEnum):
    """Why a mode holds."""

    CONFIGURED = "configured"
    SWITCHED = "switched by hand"
    DAMAGED = "the note of what was switched by hand is damaged"
    HOURS = "outside the opening hours"
    PLANNED = "planned"
    NO_CLOCK = "the clock is not set, so hours cannot be known"


@dataclass(frozen=True, slots=True)
class Decision:
    """A mode, and why it holds."""

    mode: WatchMode
    reason: Reason


class SwitchBoard(Protocol):
    """Where ``museum-edge pause`` leaves word."""

    def read(self) -> Switches:
        """What is switched now; cheap, and never raises."""
        ...


class SteadyGate:
    """Always the same mode: replays and benchmarks."""

    def __init__(self, mode: WatchMode) -> None:
        self._mode = mode

    def mode(self) -> WatchMode:
        """The mode it was made with."""
        return self._mode


class WatchGate:
    """Asks configuration, clock and switches; any thread may call it."""

    def __init__(
        self,
        config: WatchConfig,
        *,
        switches: SwitchBoard,
        clock: Clock,
        clock_synced: Callable[[], bool | None],
    ) -> None:
        """Looks for the first time when it is first asked.

        Args:
            config: Hours, plan and mode.
            switches: What was switched by hand.
            clock: Time.
            clock_synced: Whether a time server has set the wall clock; None: it cannot be told.
        """
        self._config = config
        self._switches = switches
        self._clock = clock
        self._clock_synced = clock_synced
        self._lock = threading.Lock()
        self._looked_s = float("-inf")
        self._decision: Decision | None = None

    def mode(self) -> WatchMode:
        """The mode that holds now, at most ``LOOK_S`` old."""
        with self._lock:
            now_s = self._clock.monotonic_s()
            if self._decision is None or not 0 <= now_s - self._looked_s < LOOK_S:
                self._looked_s = now_s
                decision = self._look()
                if decision != self._decision:
                    _log.info("mode %s: %s", decision.mode.value, decision.reason.value)
                self._decision = decision
            return self._decision.mode

    def _look(self) -> Decision:
        now_ms = trusted_ms(self._clock.now_ms(), self._config, self._clock_synced())
        return decide(self._config, self._switches.read(), now_ms)


def trusted_ms(now_ms: int, config: WatchConfig, synced: bool | None) -> int | None:  # noqa: FBT001 - three states
    """``now_ms`` if that clock is to be trusted, else None.

    A Pi has no battery for its clock unless somebody fits one: until a time server has set it, it
    goes on from where it was when the power went. Where it can't be told, it is trusted.
    """
    is_set = config.trust_clock or synced is not False
    return now_ms if is_set and now_ms >= EARLIEST_MS else None


def decide(config: WatchConfig, switches: Switches, now_ms: int | None) -> Decision:
    """The strictest of all that holds; without a clock to be trusted, all hours are taken to hold.

    Among what closes the camera the pause by hand is told first: somebody has to end it.

    Args:
        config: Hours, plan and mode.
        switches: What was switched by hand.
        now_ms: ms since 1970 UTC, or None where the clock is not to be trusted.
    """
    if switches.paused is not None and switches.paused.holds(now_ms):
        why = Reason.DAMAGED if switches.damaged else Reason.SWITCHED
        return Decision(WatchMode.PAUSED, why)
    zone = config.zone
    if zone is not None:
        by_hours = _by_hours(config, zone, now_ms)
        if by_hours is not None:
            return by_hours
    if config.mode is Measuring.COUNT_ONLY:
        return Decision(WatchMode.COUNT_ONLY, Reason.CONFIGURED)
    if switches.count_only is not None and switches.count_only.holds(now_ms):
        return Decision(WatchMode.COUNT_ONLY, Reason.SWITCHED)
    if zone is not None and _is_planned(config, Restriction.COUNT_ONLY, zone, now_ms):
        why = Reason.NO_CLOCK if now_ms is None else Reason.PLANNED
        return Decision(WatchMode.COUNT_ONLY, why)
    return Decision(WatchMode.FULL, Reason.CONFIGURED)


def _by_hours(config: WatchConfig, zone: ZoneInfo, now_ms: int | None) -> Decision | None:
    """What keeps the camera closed by the week's hours, if something does."""
    if config.opening_hours is not None:
        if now_ms is None:
            return Decision(WatchMode.CLOSED, Reason.NO_CLOCK)
        if not holds(config.opening_hours, zone, now_ms):
            return Decision(WatchMode.CLOSED, Reason.HOURS)
    if _is_planned(config, Restriction.PAUSED, zone, now_ms):
        why = Reason.NO_CLOCK if now_ms is None else Reason.PLANNED
        return Decision(WatchMode.PAUSED, why)
    return None


def _is_planned(config: WatchConfig, mode: Restriction, zone: ZoneInfo, now_ms: int | None) -> bool:
    return any(
        planned.mode is mode and (now_ms is None or holds(planned, zone, now_ms))
        for planned in config.plan
    )
