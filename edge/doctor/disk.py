"""Is there room for the outbox, on a disk that lasts?"""

from typing import Final

from edge.adapters.storage_facts import StorageFacts
from edge.doctor.report import Figure, Finding, failed, passed, warned

LEAST_BYTES: Final = 64 * 1024**2
"""Less than that, and SQLite's journal and the next visits have no room."""
LEAST_FILES: Final = 200
FEW_FILES: Final = 2000
WORN_PERCENT: Final = 80
_MB: Final = 1024**2
_ROOM: Final = "make room: sudo journalctl --vacuum-size=100M; sudo apt clean; df -h"
_NEW_CARD: Final = "copy the system to a new card (A1 or better, endurance type), then swap it"


def disk(facts: StorageFacts, *, outbox_max_bytes: int) -> Finding:
    """Judges the file system under the outbox, which may grow to ``outbox_max_bytes``."""
    free_mb = facts.free_bytes // _MB
    text = f"{free_mb:,} MB free of {facts.total_bytes // _MB:,} at {facts.folder}"
    if facts.worn_percent is not None:
        text += f"; the medium has used {facts.worn_percent} % of its life"
    figures: dict[str, Figure] = {
        "free_mb": free_mb,
        "free_files": facts.free_files,
        "worn_percent": facts.worn_percent,
        "errors": facts.errors,
    }
    if facts.read_only:
        mend = "sudo dmesg | grep -i ext4; after an error: fsck, and a new card"
        return failed(f"{facts.folder} can only be read", mend, **figures)
    files = facts.free_files
    if facts.free_bytes < LEAST_BYTES or (files is not None and files < LEAST_FILES):
        return failed(f"full: {text}, {_files(files)}", _ROOM, **figures)
    worry = _worry(facts, outbox_max_bytes)
    if worry is not None:
        what, mend = worry
        return warned(f"{text}; {what}", mend, **figures)
    return passed(text, **figures)


def _worry(facts: StorageFacts, outbox_max_bytes: int) -> tuple[str, str] | None:
    """What will end badly one day, and the mend."""
    if facts.errors:
        return f"ext4 has met {facts.errors} errors on it", _NEW_CARD
    if facts.worn_percent is not None and facts.worn_percent >= WORN_PERCENT:
        return "it is nearly worn out", _NEW_CARD
    if facts.free_bytes < LEAST_BYTES + outbox_max_bytes:
        grows = f"the outbox may grow to {outbox_max_bytes // _MB:,} MB"
        return grows, f"{_ROOM}; or lower outbox.max_bytes"
    if facts.free_files is not None and facts.free_files < FEW_FILES:
        return _files(facts.free_files), _ROOM
    return None


def _files(free: int | None) -> str:
    return "any number of files" if free is None else f"room for {free:,} files"
