"""What the bits of the firmware's ``get_throttled`` mean.

Source: https://www.raspberrypi.com/documentation/computers/os.html#get_throttled
"""

from typing import Final

SINCE_BOOT: Final = 16
"""The same bits, so many higher, tell what has been since the Pi was started."""
UNDER_VOLTAGE: Final = 1 << 0
SLOWED: Final = {
    1 << 1: "frequency capped",
    1 << 2: "throttled",
    1 << 3: "soft temperature limit",
}


def slowed(flags: int) -> list[str]:
    """In which ways the processor is slowed down, in words, by the lower bits of ``flags``."""
    return [words for bit, words in SLOWED.items() if flags & bit]
