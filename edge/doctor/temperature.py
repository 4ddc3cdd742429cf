"""Is the processor cool enough to keep its speed?"""

from typing import Final

from edge.doctor.report import Finding, failed, passed, skipped, warned

THROTTLES_C: Final = 80.0
"""From here on the ARM cores are slowed down step by step.

Source: https://www.raspberrypi.com/documentation/computers/raspberry-pi.html#frequency-management-and-thermal-control
"""
LIMIT_C: Final = 85.0
"""Here the GPU is slowed down as well; same source."""
_COOL_IT: Final = "give it air and a cooler (Pi 5: the Active Cooler), and keep it off the lamp"


def temperature(celsius: float | None, *, is_pi: bool) -> Finding:
    """Judges the processor's temperature, °C; None where it cannot be read."""
    if celsius is None:
        text = "the temperature cannot be read"
        if not is_pi:
            return skipped(f"{text} on this machine")
        return warned(text, "look whether /sys/class/thermal/thermal_zone0/temp is there")
    text = f"{celsius:.1f} °C"
    if celsius >= LIMIT_C:
        return failed(f"{text}: at its limit of {LIMIT_C:g} °C", _COOL_IT, temperature_c=celsius)
    if celsius >= THROTTLES_C:
        slows = f"{text}: slows down from {THROTTLES_C:g} °C on"
        return warned(slows, _COOL_IT, temperature_c=celsius)
    return passed(f"{text} (slows down from {THROTTLES_C:g} °C on)", temperature_c=celsius)
