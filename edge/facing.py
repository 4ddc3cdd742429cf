"""Whether a visitor's face is turned to the camera, from the detector's landmarks alone."""

import math
from dataclasses import dataclass
from typing import Final

from edge.models import Face

_WIDEST: Final = 0.35
"""How far the tip of the nose may lie from the middle between the eyes, in distances of the eyes.

A nose stands out by some 0.6 of that distance, and 0.6 * tan(30 degrees) is 0.35.
"""
_CLOSEST_PX: Final = 2.0
"""Eyes that are closer together than this tell nothing."""


def is_facing(face: Face) -> bool | None:
    """Whether the face is turned by less than some 30 degrees; None without landmarks."""
    if face.landmarks is None:
        return None
    (right_x, right_y), (left_x, left_y), (nose_x, nose_y) = face.landmarks[:3]
    across, down = left_x - right_x, left_y - right_y
    apart = math.hypot(across, down)
    if apart < _CLOSEST_PX:
        return False  # a profile: one eye lies over the other
    along = ((nose_x - right_x) * across + (nose_y - right_y) * down) / apart**2
    return abs(along - 0.5) <= _WIDEST


@dataclass(slots=True)
class FacingShare:
    """For how much of a visit a face was turned to the camera."""

    facing: int = 0
    seen: int = 0

    def add(self, face: Face) -> None:
        """Takes in one sighting; one without landmarks does not count."""
        turned = is_facing(face)
        if turned is not None:
            self.seen += 1
            self.facing += turned

    @property
    def share(self) -> float | None:
        """Share of the sightings, 0 … 1, two decimals; None where no landmarks were given."""
        return round(self.facing / self.seen, 2) if self.seen else None
