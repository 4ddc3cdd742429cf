"""Is there light enough, and not too much?"""

from typing import Final

from edge.doctor.report import Figure, Finding, failed, passed, warned
from edge.scene_measures import Light

BLACK_SHARE: Final = 0.98
FLAT: Final = 0.01
"""Contrast below which nothing can be told apart."""
DIM_MEAN: Final = 0.12
DARK_SHARE: Final = 0.6
GLARING_MEAN: Final = 0.85
BURNT_SHARE: Final = 0.25


def lighting(found: Light) -> Finding:
    """Judges the exposure of the whole picture; the limits are rules of thumb of this project."""
    figures: dict[str, Figure] = {
        "mean": round(found.mean, 3),
        "dark_share": round(found.dark_share, 3),
        "bright_share": round(found.bright_share, 3),
        "contrast": round(found.contrast, 3),
    }
    text = (
        f"brightness {found.mean:.0%}, black {found.dark_share:.0%}, "
        f"burnt out {found.bright_share:.0%} of the picture"
    )
    if found.dark_share >= BLACK_SHARE:
        mend = "switch the light on; take the cap off the lens"
        return failed(f"{text}: black", mend, **figures)
    if found.contrast < FLAT:
        mend = "take away what hangs before the lens"
        return failed(f"{text}: nothing to be seen", mend, **figures)
    if found.mean < DIM_MEAN or found.dark_share > DARK_SHARE:
        mend = "more light on the visitors' faces, or a lens that lets in more"
        return warned(f"{text}: dim", mend, **figures)
    if found.mean > GLARING_MEAN or found.bright_share > BURNT_SHARE:
        mend = "turn the camera away from window or lamp, or shade them"
        return warned(f"{text}: glaring", mend, **figures)
    return passed(text, **figures)
