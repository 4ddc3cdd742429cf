"""Does the power supply suffice?"""

from typing import Final

from edge.doctor.firmware_flags import SINCE_BOOT, UNDER_VOLTAGE
from edge.doctor.report import Finding, failed, passed, skipped, warned

PI5_MA: Final = 5000
"""The Pi 5 wants 5 V and 5 A; on 3 A it gives USB devices 600 mA instead of 1.6 A in all.

Source: https://www.raspberrypi.com/documentation/computers/raspberry-pi.html#power-supply
"""
_MEND: Final = (
    "use the maker's own supply and cable (Pi 5: 27 W, 5 V 5 A), without a hub or long lead"
)
_NO_WORD: Final = "sudo apt install raspi-utils brings vcgencmd"


def power(flags: int | None, supply_ma: int | None, *, model: str) -> Finding:
    """Judges under-voltage and the supply.

    Args:
        flags: The firmware's, or None where they cannot be read.
        supply_ma: What the supply has promised, mA, where the firmware tells.
        model: The board, e.g. ``Raspberry Pi 5 Model B Rev 1.0``.
    """
    if flags is None and supply_ma is None and not model.startswith("Raspberry Pi"):
        return skipped("no Raspberry Pi: nothing here tells of its power")
    weak = supply_ma is not None and supply_ma < PI5_MA and model.startswith("Raspberry Pi 5")
    said = "" if supply_ma is None else f"; the supply promises {supply_ma / 1000:g} A"
    if weak:
        said += f", a Pi 5 wants {PI5_MA / 1000:g} A"
    if flags is None:
        text = f"the firmware does not tell of under-voltage{said}"
        return warned(text, _MEND if weak else _NO_WORD, supply_ma=supply_ma)
    if flags & UNDER_VOLTAGE:
        return failed(f"under-voltage now{said}", _MEND, supply_ma=supply_ma)
    if flags >> SINCE_BOOT & UNDER_VOLTAGE:
        text = f"there was under-voltage since the start{said}"
        return warned(text, _MEND, supply_ma=supply_ma)
    text = f"no under-voltage since the start{said}"
    return warned(text, _MEND, supply_ma=supply_ma) if weak else passed(text, supply_ma=supply_ma)
