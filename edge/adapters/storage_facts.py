"""How full, how worn and how sound the disk under a folder is."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_STEP_PERCENT: Final = 10
_MOST_STEPS: Final = 11
"""eMMC tells its wear in steps of ten per cent; 11 is "beyond its life" (JEDEC JESD84-B51, device
life time estimation; https://docs.kernel.org/driver-api/mmc/mmc-dev-attrs.html)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageFacts:
    """The file system under a folder.

    Attributes:
        folder: The folder, or the nearest one above it that is there.
        free_bytes: Bytes that a service may still write.
        total_bytes: Size of the file system.
        free_files: Files that may still be made; None where the file system has no bound.
        read_only: Whether it is mounted so, on purpose or after an error.
        worn_percent: Share of its life that the medium has used, per cent, in steps of ten; None
            where it doesn't tell, as most SD cards.
        errors: Errors that ext4 has met on it; None for other file systems.
    """

    folder: Path
    free_bytes: int
    total_bytes: int
    free_files: int | None
    read_only: bool
    worn_percent: int | None = None
    errors: int | None = None


def read_storage(folder: Path, sys: Path = Path("/sys")) -> StorageFacts:
    """Looks at the file system that holds a folder, or that would.

    Args:
        folder: Need not be there yet.
        sys: Where the kernel tells of devices; another folder in tests.

    Raises:
        OSError: The folder cannot be looked at.
    """
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    facts = os.statvfs(folder)
    device = folder.stat().st_dev
    partition = (sys / "dev" / "block" / f"{os.major(device)}:{os.minor(device)}").resolve()
    return StorageFacts(
        folder=folder,
        free_bytes=facts.f_bavail * facts.f_frsize,
        total_bytes=facts.f_blocks * facts.f_frsize,
        free_files=facts.f_favail if facts.f_files else None,
        read_only=bool(facts.f_flag & os.ST_RDONLY),
        worn_percent=_wear(partition),
        errors=_number(sys / "fs" / "ext4" / partition.name / "errors_count"),
    )


def _wear(partition: Path) -> int | None:
    """The greater of the two estimates; a partition's folder lies in that of its disk."""
    for disk in (partition, partition.parent):
        try:
            steps = [int(s, 16) for s in (disk / "device" / "life_time").read_text().split()]
        except (OSError, ValueError):
            continue
        if steps and 0 < max(steps) <= _MOST_STEPS:
            return max(steps) * _STEP_PERCENT
    return None


def _number(file: Path) -> int | None:
    try:
        return int(file.read_text())
    except (OSError, ValueError):
        return None
