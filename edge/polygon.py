"""Parts of the picture, drawn as polygons in shares of its width and height."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from contracts.errors import ContractError

if TYPE_CHECKING:  # install.sh checks edge.toml before numpy is installed
    from edge.models import Box, Image

Points = tuple[tuple[float, ...], ...]
"""Corners (x, y), each 0 … 1 of the picture's width and height; the last joins the first."""

_FEWEST: Final = 3
_MOST: Final = 100
_SMALLEST: Final = 1e-4
"""Of the picture's area: a polygon of one tenth of a thousandth is a slip of the pen."""


@dataclass(frozen=True, slots=True)
class Polygon:
    """A part of the picture; where its edges cross, even-odd tells inside from outside."""

    points: Points

    def holds(self, box: "Box", image: "Image") -> bool:
        """Whether the centre of a box in pixels of ``image`` lies in it."""
        height, width = image.shape[:2]
        x, y = box.centre
        return self.contains(x / width, y / height)

    def contains(self, x: float, y: float) -> bool:
        """Whether a point, in shares of the picture, lies in it (ray casting)."""
        inside = False
        for (x1, y1), (x2, y2) in zip(self.points, (*self.points[1:], self.points[0]), strict=True):
            if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
                inside = not inside
        return inside


def check_polygon(field_name: str, points: Points) -> None:
    """Returns if ``points`` draw a part of the picture.

    Raises:
        ContractError: They do not; the error names the field.
    """
    if not _FEWEST <= len(points) <= _MOST:
        raise ContractError(field_name, f"must have {_FEWEST} to {_MOST} corners")
    for i, point in enumerate(points):
        if len(point) != 2 or not all(0 <= value <= 1 for value in point):  # noqa: PLR2004 - x and y
            raise ContractError(
                f"{field_name}[{i}]",
                "must be [x, y], each 0 to 1 of the picture's width and height",
            )
    area = sum(
        a[0] * b[1] - b[0] * a[1] for a, b in zip(points, (*points[1:], points[0]), strict=True)
    )
    if abs(area) / 2 < _SMALLEST:
        raise ContractError(field_name, "encloses nothing; list the corners in their order")
