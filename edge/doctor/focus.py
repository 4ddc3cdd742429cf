"""Is the picture sharp?"""

from typing import Final

from edge.doctor.report import Finding, failed, passed, skipped, warned
from edge.scene_measures import Light

SHARP: Final = 0.0005
BLURRED: Final = 0.0001
"""A focused room gives 0.001 to 0.05 (``scene_measures``), one blurred by 2 of 640 pixels at most
0.0001; between the two lie half-focused pictures, and the compressed ones of network cameras."""
LEAST_CONTRAST: Final = 0.03
"""Below it sensor noise is taken for detail."""
_TURN: Final = "clean the lens; turn its ring until museum-edge aim shows the greatest sharpness"


def focus(sharpness: float, light: Light) -> Finding:
    """Judges the sharpness of the whole picture.

    Args:
        sharpness: As ``scene_measures.sharpness``.
        light: A nearly black or empty picture tells nothing of focus.
    """
    figure = round(sharpness, 6)
    if light.contrast < LEAST_CONTRAST:
        return skipped("too little to see to judge it; see light")
    text = f"sharpness {sharpness * 1000:.2f} thousandths (a focused room has 1 to 50)"
    if sharpness <= BLURRED:
        return failed(f"{text}: blurred", _TURN, sharpness=figure)
    if sharpness < SHARP:
        return warned(f"{text}: soft", _TURN, sharpness=figure)
    return passed(text, sharpness=figure)
