"""How small a face may be in frames of different sizes."""

from typing import Final

_FULL_PX: Final = 40
_FULL_FRAME_PX: Final = 1280
"""A face of 40 px in a frame of 1280 px is what YuNet finds in good time (docs/speed.md)."""
_FLOOR_PX: Final = 28
"""Smaller faces hold too little to be classified (docs/model.md), unless they are asked for."""


def smallest_face(min_face_px: int | None, longest_px: int) -> int:
    """Side, pixels, of the smallest face to be found in a frame.

    Unless it is configured, it is 40 px in frames of 1280 px and more across. In a smaller frame a
    face at the same distance is smaller, and the detector finds it in the same time, so that the
    bound shrinks with the frame, down to 28 px.

    Args:
        min_face_px: The configured bound, or None.
        longest_px: The frame's longer side, pixels.
    """
    if min_face_px is not None:
        return min_face_px
    return min(_FULL_PX, max(_FLOOR_PX, round(_FULL_PX * longest_px / _FULL_FRAME_PX)))
