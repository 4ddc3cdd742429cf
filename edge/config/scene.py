"""``[scene]``: what lies where in the picture."""

from dataclasses import dataclass

from contracts.topics import check_slug
from edge.polygon import Points, check_polygon


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskConfig:
    """A part of the picture in which no face is looked at, e.g. the guard's chair.

    Attributes:
        polygon: Corners [x, y], each 0 to 1 of the picture's width and height.
    """

    polygon: Points

    def __post_init__(self) -> None:
        check_polygon("polygon", self.polygon)


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneConfig:
    """Where the faces of those are who stand before one artwork.

    Attributes:
        artwork_id: Slug, as in ``museum.toml``.
        polygon: Corners [x, y], each 0 to 1 of the picture's width and height.
    """

    artwork_id: str
    polygon: Points

    def __post_init__(self) -> None:
        check_slug("artwork_id", self.artwork_id)
        check_polygon("polygon", self.polygon)


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneConfig:
    """What lies where in the picture.

    Attributes:
        masks: Parts in which no face is looked at.
        zones: One or more an artwork, where one camera sees several; where two overlap the first
            counts, and outside all of them the artwork is the device's own.
    """

    masks: tuple[MaskConfig, ...] = ()
    zones: tuple[ZoneConfig, ...] = ()
