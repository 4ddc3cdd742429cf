"""What holds, in words, for whoever pauses and resumes."""

import re
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from contracts.errors import ContractError
from contracts.museums import parse_clock
from contracts.status import WatchMode
from edge.gate import Decision, Reason
from edge.switches import Switch, Switches

_DURATION: Final = re.compile(r"^(?:(\d{1,3})h)?(?:(\d{1,4})m)?$")
_LONGEST: Final = timedelta(days=7)
_MODES: Final = {
    WatchMode.FULL: "visits are counted and expressions measured",
    WatchMode.COUNT_ONLY: "visits are counted, no expression is measured",
    WatchMode.PAUSED: "paused, the camera stays closed",
    WatchMode.CLOSED: "closed, and so is the camera",
}


def parse_duration(text: str) -> timedelta:
    """Reads ``30m``, ``2h`` or ``1h30m``; at most a week.

    Raises:
        ContractError: It is something else.
    """
    match = _DURATION.fullmatch(text)
    hours, minutes = (int(part or 0) for part in (match.groups() if match else (0, 0)))
    duration = timedelta(hours=hours, minutes=minutes)
    if not timedelta(0) < duration <= _LONGEST:
        raise ContractError("--for", f"must be like 30m, 2h or 1h30m, a week at most: {text!r:.80}")
    return duration


def next_time(text: str, now_ms: int, zone: ZoneInfo | None) -> int:
    """When it is ``HH:MM`` next, ms since 1970 UTC, in the museum's zone or the machine's own.

    Raises:
        ContractError: It is no time of day.
    """
    wanted: time = parse_clock("--until", text)
    now = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(zone)
    for days in (0, 1):
        naive = datetime.combine(now.date() + timedelta(days=days), wanted)
        moment = naive.replace(tzinfo=zone) if zone else naive.astimezone()
        if moment > now:
            break
    return round(moment.timestamp() * 1000)


def describe(
    decision: Decision, switches: Switches, now_ms: int | None, zone: ZoneInfo | None
) -> list[str]:
    """What holds and why, and what is switched: one line each.

    Args:
        decision: What holds.
        switches: What is switched by hand.
        now_ms: ms since 1970 UTC, or None where the clock is not to be trusted.
        zone: The museum's, or None for the machine's own.
    """
    why = "" if decision.reason is Reason.CONFIGURED else f" ({decision.reason.value})"
    lines = [f"{decision.mode.value}: {_MODES[decision.mode]}{why}"]
    switched = {
        ("paused", "museum-edge resume"): switches.paused,
        ("count-only", "museum-edge count-only --off"): switches.count_only,
    }
    lines += [
        f"switched by hand: {name}, {_end(switch, zone)}; {command} ends it"
        for (name, command), switch in switched.items()
        if switch is not None and switch.holds(now_ms)
    ]
    return lines


def _end(switch: Switch, zone: ZoneInfo | None) -> str:
    if switch.until_ms is None:
        return "without an end"
    end = datetime.fromtimestamp(switch.until_ms / 1000, UTC).astimezone(zone)
    return f"until {end:%Y-%m-%d %H:%M}"
