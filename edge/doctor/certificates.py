"""Do the device's certificate and its authority's hold today, and for how long?"""

import datetime as dt
from collections.abc import Mapping
from typing import Final

from edge.adapters.credentials import CertificateDates
from edge.doctor.report import Figure, Finding, failed, passed, warned

SOON_DAYS: Final = 30
_RENEW: Final = "issue a new one in AWS IoT, put it and its key in their place, restart the service"
_CLOCK: Final = "look at the clock first; else have the certificate issued again"


def certificates(
    dates: Mapping[str, CertificateDates], now: dt.datetime, *, synced: bool | None
) -> Finding:
    """Judges the dates of certificates.

    Args:
        dates: By what they are called, the device's own first.
        now: The wall clock.
        synced: Whether a time server has set it; a wrong clock is what makes most certificates
            look as if they were not valid yet.
    """
    figures: dict[str, Figure] = {
        f"{name}_days_left": (found.not_after - now).days for name, found in dates.items()
    }
    for name, found in dates.items():
        if found.not_after < now:
            text = f"the {name} certificate expired on {found.not_after:%Y-%m-%d %H:%M} UTC"
            return failed(text, _RENEW, **figures)
        if found.not_before > now:
            text = f"the {name} certificate holds only from {found.not_before:%Y-%m-%d %H:%M} UTC"
            clock = "" if synced else ", or the clock is wrong"
            return failed(f"{text} on{clock}", _CLOCK, **figures)
    name, first = min(dates.items(), key=lambda item: item[1].not_after)
    left = (first.not_after - now).days
    text = f"the {name} certificate holds until {first.not_after:%Y-%m-%d}, {left:,} more days"
    if left < SOON_DAYS:
        return warned(text, _RENEW, **figures)
    return passed(text, **figures)
