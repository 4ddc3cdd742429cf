"""The data set as this package holds it in memory, and its parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

FRAME_PX: Final = 48
"""Width and height of a FER2013 image, in pixels."""

FER2013_LABELS: Final = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""The original seven labels, in the order of their numbers."""

UNKNOWN_FER2013_LABEL: Final = 255
"""Stands in `FaceSet.fer2013_label` where the original label is not known."""

VOTE_COLUMNS: Final = (
    "neutral",
    "happiness",
    "surprise",
    "sadness",
    "anger",
    "disgust",
    "fear",
    "contempt",
    "unknown",
    "NF",
)
"""FER+'s vote columns in file order; `NF` is "not a face"."""

Part = Literal["training", "public", "private"]
PARTS: Final[tuple[Part, ...]] = ("training", "public", "private")
"""FER2013's parts; the index is the number in `FaceSet.usage`."""


@dataclass(frozen=True)
class FaceSet:
    """Grey faces with FER+ votes and the original labels.

    Attributes:
        images: uint8, (n, 48, 48), raw grey values.
        usage: uint8, (n,), index into `PARTS`.
        votes: uint8, (n, 10), votes of FER+'s taggers in the order of `VOTE_COLUMNS`.
        fer2013_label: uint8, (n,), 0 to 6, or `UNKNOWN_FER2013_LABEL`.
        source: the file or files it was read from.
    """

    images: NDArray[np.uint8]
    usage: NDArray[np.uint8]
    votes: NDArray[np.uint8]
    fer2013_label: NDArray[np.uint8]
    source: str

    def __len__(self) -> int:
        return len(self.images)

    def part(self, name: Part) -> FaceSet:
        """Returns the images of one part, in file order."""
        return self.pick(self.usage == PARTS.index(name))

    def pick(self, chosen: NDArray[np.bool_] | NDArray[np.intp]) -> FaceSet:
        """Returns the chosen rows: a mask of (n,) or row numbers."""
        return FaceSet(
            images=self.images[chosen],
            usage=self.usage[chosen],
            votes=self.votes[chosen],
            fer2013_label=self.fer2013_label[chosen],
            source=self.source,
        )
