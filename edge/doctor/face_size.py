"""Is the face of somebody who stands at the mark large and bright enough?"""

import math
from collections.abc import Sequence
from statistics import median
from typing import Final

from edge.crop import CROP_PX
from edge.doctor.report import Figure, Finding, failed, passed, warned
from edge.doctor.scene import FaceLook

OFTEN: Final = 0.5
"""Share of looks in which somebody who stands at the mark must be seen."""
DIM: Final = 0.12
_NEARER: Final = "bring camera and mark nearer together, zoom in, or raise camera.width and .height"


def face_size(
    faces: Sequence[FaceLook], looks: int, *, min_face_px: int, scale: float = 1.0
) -> Finding:
    """Judges the largest face of each look.

    Args:
        faces: One for each look that had any.
        looks: How many looks there were.
        min_face_px: Smaller ones are not looked for when the service runs, pixels.
        scale: Side of the square that the expression model is given, in face sizes; smaller ones
            than its 48 px are enlarged.
    """
    if not faces:
        mend = "have somebody stand at the mark, looking at the artwork, and run it again"
        return warned(f"no face in {looks} looks", mend, looks=looks, seen=0)
    size = median(face.size_px for face in faces)
    brightness = median(face.brightness for face in faces)
    share = len(faces) / looks
    figures: dict[str, Figure] = {
        "looks": looks,
        "seen": len(faces),
        "face_px": round(size, 1),
        "brightness": round(brightness, 3),
    }
    text = f"{size:.0f} px in {len(faces)} of {looks} looks"
    if size < min_face_px:
        return failed(f"{text}: nobody under {min_face_px} px is counted", _NEARER, **figures)
    if size * scale < CROP_PX:
        wanted = f"{math.ceil(CROP_PX / scale)} px fill the expression model's {CROP_PX}"
        return warned(f"{text}: {wanted}", _NEARER, **figures)
    if share < OFTEN:
        mend = "stand at the mark for the whole time; else see light, focus and the camera's angle"
        return warned(f"{text}: seen too seldom", mend, **figures)
    if brightness < DIM:
        mend = "light from the front; a window or lamp behind people makes their faces dark"
        return warned(f"{text}: the face is dark", mend, **figures)
    return passed(text, **figures)
