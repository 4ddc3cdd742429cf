"""How far the camera has moved: footsteps make a mount ring, and a still face seems to sway."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

import numpy as np

from edge.models import Box, Image
from edge.registration import Patch, look, shift, soften, texture

_COLUMNS: Final = 9
_ROWS: Final = 6
"""Places that are looked at for something to hold on to."""
_MOST: Final = 9
_FEWEST: Final = 3
"""References to have, and to agree; with fewer the motion is not known."""
_LEAST_TEXTURE: Final = 1.0
"""Of a reference, grey levels squared."""
_AGREES: Final = 0.8
"""Least share of a reference's picture that motion and light must explain."""
_SMALL_PX: Final = 0.1
_MOST_STEPS: Final = 4
_COARSE: Final = 4
"""A step this short needs no further one; registration is of the first order, and long ones err.
The first looks at softened pictures, which it finds from farther off."""
_LOST_S: Final = 1.0
"""References that were no good for so long are chosen anew."""
_LONGEST_S: Final = 20.0
"""After so long they are chosen anew in any case: rooms change."""


@dataclass(frozen=True, slots=True)
class _Reference:
    """A piece of the room, and how it looked when the camera was at ``at``."""

    box: Box
    fine: Patch
    coarse: Patch
    at: tuple[float, float]


class CameraMotion:
    """Follows pieces of the room that hold still, away from faces and the bodies below them.

    Each is registered against how it looked when it was chosen, so that errors don't add up; the
    median of all is the camera's motion: somebody who walks through a few doesn't matter.
    """

    def __init__(self) -> None:
        self._references: list[_Reference] = []
        self._offset = (0.0, 0.0)
        self._chosen_s = self._good_s = self._asked_s = -np.inf

    def offset(self, image: Image, now_s: float, faces: Sequence[Box]) -> tuple[float, float]:
        """Where the picture is by now, in pixels right of and below where it was at first.

        Args:
            image: The whole frame.
            now_s: Its moment; asked twice for one, the first answer holds.
            faces: What moves by itself.
        """
        if now_s == self._asked_s:
            return self._offset
        self._asked_s = now_s
        for turn in range(_MOST_STEPS):
            step = self._step(image, coarse=turn == 0)
            if step is None:
                break
            self._good_s = now_s
            self._offset = (self._offset[0] + step[0], self._offset[1] + step[1])
            if max(abs(step[0]), abs(step[1])) <= _SMALL_PX:
                break
        if now_s - self._chosen_s > _LONGEST_S or now_s - self._good_s > _LOST_S:
            # The offset goes on from where it was, so that what was seen before still compares.
            self._choose(image, faces)
            self._chosen_s = self._good_s = now_s
        return self._offset

    def _step(self, image: Image, *, coarse: bool) -> tuple[float, float] | None:
        """The motion since the offset was last set, px; None if too few references agree on one."""
        steps = []
        for reference in self._references:
            box, (x0, y0), (x, y) = reference.box, reference.at, self._offset
            patch = look(image, Box(box.x + x - x0, box.y + y - y0, box.width, box.height))
            if patch is None:
                continue
            if coarse:
                moved = shift(reference.coarse, soften(patch, _COARSE))
            else:
                moved = shift(reference.fine, patch)
            if moved.explained >= _AGREES:
                steps.append((moved.right * box.size, moved.down * box.size))
        if len(steps) < _FEWEST:
            return None
        return median(x for x, _ in steps), median(y for _, y in steps)

    def _choose(self, image: Image, faces: Sequence[Box]) -> None:
        """Takes the places with the clearest corners, away from people.

        From as many columns as there are: somebody whose face isn't seen stands in few.
        """
        height, width = image.shape[:2]
        side = width / (_COLUMNS + 3)
        found: list[tuple[int, float, _Reference]] = []
        for x in np.linspace(side, width - side, _COLUMNS):
            column = []
            for y in np.linspace(side, height - side, _ROWS):
                box = Box(float(x) - side / 2, float(y) - side / 2, side, side)
                if any(_near(box, face) for face in faces):
                    continue
                patch = look(image, box)
                if patch is not None and (clear := texture(patch)) >= _LEAST_TEXTURE:
                    coarse = soften(patch, _COARSE)
                    column.append((clear, _Reference(box, patch, coarse, self._offset)))
            column.sort(key=lambda pair: -pair[0])
            found += [(rank, -clear, reference) for rank, (clear, reference) in enumerate(column)]
        found.sort(key=lambda entry: entry[:2])
        self._references = [reference for _, _, reference in found[:_MOST]]


def _near(box: Box, face: Box) -> bool:
    """Whether a place touches a head or the body below it."""
    left, right = face.x - face.width, face.x + 2 * face.width
    return box.x < right and box.x + box.width > left and box.y + box.height > face.y - face.height
