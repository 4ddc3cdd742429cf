"""Does the processor run at its full speed?"""

from typing import Final

from edge.doctor.firmware_flags import SINCE_BOOT, slowed
from edge.doctor.report import Finding, failed, passed, skipped, warned

_MEND: Final = "see temperature and power; a cooler and the 27 W supply end most of it"


def throttling(flags: int | None, *, is_pi: bool) -> Finding:
    """Judges the firmware's flags; None where they cannot be read."""
    if flags is None:
        if not is_pi:
            return skipped("no Raspberry Pi: nothing here tells of throttling")
        return warned("the firmware does not tell", "sudo apt install raspi-utils brings vcgencmd")
    now, before = slowed(flags), slowed(flags >> SINCE_BOOT)
    if now:
        return failed(f"slowed down now: {', '.join(now)}", _MEND, flags=hex(flags))
    if before:
        text = f"full speed now, but slowed down since the start: {', '.join(before)}"
        return warned(text, _MEND, flags=hex(flags))
    return passed("full speed, since the start", flags=hex(flags))
