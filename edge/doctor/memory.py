"""Is there memory enough?"""

from typing import Final

from edge.doctor.report import Finding, failed, passed, skipped, warned

NEEDED_MB: Final = 250
"""What the process takes at most."""
_MEND: Final = "stop what else runs on this machine, or use one with more memory"


def memory(free_mb: int | None, swap_used_mb: int | None) -> Finding:
    """Judges memory that can be had, MiB, and what of it lies on the disk."""
    if free_mb is None:
        return skipped("nothing here tells of memory")
    figures: dict[str, int | None] = {"free_mb": free_mb, "swap_used_mb": swap_used_mb}
    text = f"{free_mb:,} MB free"
    if swap_used_mb:
        text += f", {swap_used_mb:,} MB swapped out"
    if free_mb < NEEDED_MB // 2:
        return failed(f"{text}; museum-edge takes up to {NEEDED_MB} MB", _MEND, **figures)
    if free_mb < NEEDED_MB:
        return warned(f"{text}; museum-edge takes up to {NEEDED_MB} MB", _MEND, **figures)
    return passed(text, **figures)
