"""What Linux itself knows of its wall clock, whichever program sets it."""

import ctypes
from typing import Final

_UNSYNCHRONISED: Final = 0x40
"""``STA_UNSYNC`` of ``adjtimex(2)``: set at boot and once no time server was heard for hours."""


class _Timex(ctypes.Structure):
    """The head of ``struct timex``, and room for the rest of it."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_long * 32),
    )


def kernel_clock_synced() -> bool | None:
    """Whether a program keeps the clock by a time server; None where Linux may not be asked.

    Asks with ``modes = 0``, which changes nothing; a service with ``ProtectClock=`` may not even
    do that.
    """
    answer = _Timex()
    try:
        if ctypes.CDLL(None).adjtimex(ctypes.byref(answer)) < 0:
            return None
    except (OSError, AttributeError):
        return None  # another system than Linux
    return not answer.status & _UNSYNCHRONISED
