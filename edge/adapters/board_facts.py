"""What the computer is, what feeds it, and what memory it has left."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

_MODEL: Final = "proc/device-tree/model"
_SUPPLY: Final = "proc/device-tree/chosen/power/max_current"
"""What the Pi 5's firmware has agreed on with its power supply: mA, big-endian, four bytes."""
_SUPPLY_BYTES: Final = 4
_MEMORY: Final = "proc/meminfo"


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardFacts:
    """What the computer tells of itself.

    Attributes:
        model: E.g. ``Raspberry Pi 5 Model B Rev 1.0``; empty where there is no device tree.
        supply_ma: Current that the power supply has promised, mA; None where it isn't told.
        memory_free_mb: Memory that can be had without swapping, MiB; None where it isn't told.
        swap_used_mb: Memory that lies on the disk, MiB; None where it isn't told.
    """

    model: str = ""
    supply_ma: int | None = None
    memory_free_mb: int | None = None
    swap_used_mb: int | None = None

    @property
    def is_pi(self) -> bool:
        """Whether it is a Raspberry Pi, and so has firmware that tells of power and throttling."""
        return self.model.startswith("Raspberry Pi")


def read_board(root: Path = Path("/")) -> BoardFacts:
    """Reads what Linux tells.

    Args:
        root: Where the file system begins; another folder in tests.
    """
    memory = _memory(root / _MEMORY)
    total, free = memory.get("SwapTotal"), memory.get("SwapFree")
    return BoardFacts(
        model=_bytes(root / _MODEL).rstrip(b"\0").decode(errors="replace").strip(),
        supply_ma=_supply(root / _SUPPLY),
        memory_free_mb=memory.get("MemAvailable"),
        swap_used_mb=None if total is None or free is None else total - free,
    )


def _supply(file: Path) -> int | None:
    content = _bytes(file)
    return int.from_bytes(content, "big") or None if len(content) == _SUPPLY_BYTES else None


def _memory(file: Path) -> dict[str, int]:
    """Its figures in MiB, by name."""
    figures = {}
    for line in _bytes(file).decode(errors="replace").splitlines():
        name, _, rest = line.partition(":")
        words = rest.split()
        if words and words[0].isdigit():
            figures[name] = int(words[0]) // 1024
    return figures


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""
