"""Markers that staff and visitors wear so as not to be measured: which, how large, where.

All cards of one kind are alike: a marker says "not me" and never who it is.
Why this dictionary and these sizes: ``docs/adr/0012-worn-markers.md``.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

DICTIONARY: Final = "DICT_6X6_50"
"""Of OpenCV's ArUco module; any two of its codes, however turned, differ in 13 of 36 cells."""
CELLS: Final = 8
"""Cells along a marker's side: six of the code and one of the black border at each end."""
FACE_MM: Final = 160.0
"""Geometric mean of width and height of the box that a detector draws around a face."""


class MarkerKind(StrEnum):
    """Who wears it."""

    STAFF = "staff"
    OPT_OUT = "optout"


NUMBERS: Final = {MarkerKind.STAFF: 34, MarkerKind.OPT_OUT: 41}
"""The two of the dictionary's 50 that differ most from each other and from themselves, turned:
in 21 and in 16 cells or more."""
SIDES_MM: Final = {MarkerKind.STAFF: 80.0, MarkerKind.OPT_OUT: 64.0}
"""Printed side of the black square."""


@dataclass(frozen=True, slots=True)
class Marker:
    """A marker in a picture.

    Attributes:
        number: Its number in the dictionary.
        x: Centre, pixels of the full frame.
        y: Centre, pixels of the full frame.
        side: Mean length of its sides, pixels.
    """

    number: int
    x: float
    y: float
    side: float
