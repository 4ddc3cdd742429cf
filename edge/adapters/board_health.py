"""Temperature and throttling of a Raspberry Pi, or nothing where there is none."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

from edge.adapters.kernel_clock import kernel_clock_synced

_TEMPERATURE: Final = "sys/class/thermal/thermal_zone0/temp"
_THROTTLED: Final = "sys/devices/platform/soc*/soc*:firmware/get_throttled"
"""``soc/soc:firmware`` up to the Pi 4; the Pi 5 has the bus address in both names."""

_TIMESYNC: Final = "run/systemd/timesync"
"""systemd-timesyncd makes the file ``synchronized`` in it once it has set the clock. The
folder is there while the program runs."""
_OTHERS: Final = ("run/chrony/chronyd.pid", "run/ntpd.pid", "run/openntpd.pid")
"""Other programs that set the clock; they leave word with Linux only."""

_NOW: Final = 0b1110
"""Frequency capped, throttled, soft temperature limit, each of them now.

Source: https://www.raspberrypi.com/documentation/computers/os.html#get_throttled
"""
_PLAUSIBLE_C: Final = (-60.0, 150.0)
_PATIENCE_S: Final = 5.0


class BoardHealth:
    """Reads what Linux and the firmware tell.

    Args:
        root: Where the file system begins; another folder in tests.
        vcgencmd: The firmware's command line; None looks for it in PATH.
        kernel: What Linux says of its clock.
    """

    def __init__(
        self,
        root: Path = Path("/"),
        vcgencmd: str | None = None,
        kernel: Callable[[], bool | None] = kernel_clock_synced,
    ) -> None:
        self._root = root
        self._kernel = kernel
        self._vcgencmd = vcgencmd or shutil.which("vcgencmd")

    def temperature_c(self) -> float | None:
        """Temperature of the processor, or None where it cannot be read."""
        try:
            celsius = int((self._root / _TEMPERATURE).read_text()) / 1000
        except (OSError, ValueError):
            return None
        low, high = _PLAUSIBLE_C
        return round(celsius, 1) if low <= celsius <= high else None

    def throttled(self) -> bool | None:
        """Whether the processor runs slower than it could, or None where it cannot be told."""
        flags = self.throttle_flags()
        return None if flags is None else bool(flags & _NOW)

    def throttle_flags(self) -> int | None:
        """The firmware's own word on power, frequency and heat, or None where there is none.

        Bits 0 to 3: under-voltage, frequency capped, throttled, soft temperature limit, each of
        them now; bits 16 to 19: the same at some time since the Pi was started.
        """
        flags = self._flags_of_file() or self._flags_of_firmware()
        try:
            return None if flags is None else int(flags, 16)
        except ValueError:
            return None

    def clock_synced(self) -> bool | None:
        """Whether a time server has set the wall clock, or None where it cannot be told.

        A computer on which nothing sets the clock by a server is one where it cannot be told:
        the clock may be right all the same, and there is nothing to wait for.
        """
        folder = self._root / _TIMESYNC
        if folder.is_dir():
            return (folder / "synchronized").exists()
        synced = self._kernel()
        if synced is False and not any((self._root / file).exists() for file in _OTHERS):
            return None
        return synced

    def _flags_of_file(self) -> str | None:
        for file in self._root.glob(_THROTTLED):
            try:
                return file.read_text().strip() or None
            except OSError:
                return None
        return None

    def _flags_of_firmware(self) -> str | None:
        if self._vcgencmd is None:
            return None
        try:
            answer = subprocess.run(  # noqa: S603 - a fixed command, no outside input
                [self._vcgencmd, "get_throttled"],
                capture_output=True, text=True, timeout=_PATIENCE_S, check=True,
            )  # fmt: skip
        except (OSError, subprocess.SubprocessError):
            return None
        return answer.stdout.strip().removeprefix("throttled=")
