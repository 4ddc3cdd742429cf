"""Is the wall clock right? Visits carry its time, and certificates are judged by it."""

import datetime as dt
from typing import Final

from contracts.visit import EARLIEST_MS
from edge.doctor.report import Finding, failed, passed, warned

_SYNC: Final = (
    "sudo timedatectl set-ntp true; where a firewall blocks UDP port 123, name the museum's own "
    "time server in /etc/systemd/timesyncd.conf"
)


def clock(
    now: dt.datetime,
    *,
    synced: bool | None,
    trusted: bool,
    zone_name: str,
    issued: dt.datetime | None,
) -> Finding:
    """Judges the wall clock.

    Args:
        now: What it says, with its zone.
        synced: Whether a time server has set it; None where that cannot be told.
        trusted: Whether the configuration says that it is right without one.
        zone_name: The museum's time zone, or empty where none is configured.
        issued: From when on the device's certificate holds: it cannot be earlier than that.
    """
    text = f"{now:%Y-%m-%d %H:%M:%S} UTC"
    figures = {"now_ms": round(now.timestamp() * 1000), "synced": synced}
    if now.timestamp() * 1000 < EARLIEST_MS:
        return failed(f"{text} cannot be: the clock is not set", _SYNC, **figures)
    if issued is not None and now < issued:
        late = f"{text} is before the device's certificate was issued ({issued:%Y-%m-%d})"
        return failed(late, _SYNC, **figures)
    if zone_name:
        text += f", {zone_name}"
    if trusted:
        return passed(f"{text}; trusted as watch.trust_clock says", **figures)
    if synced is None:
        return warned(f"{text}; whether a time server sets it cannot be told", _SYNC, **figures)
    if not synced:
        return warned(f"{text}; no time server has set it", _SYNC, **figures)
    return passed(f"{text}, set by a time server", **figures)
