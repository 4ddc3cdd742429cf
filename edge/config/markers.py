"""``[markers]``: signs that staff and visitors wear so as not to be measured."""

from dataclasses import dataclass
from enum import StrEnum

from edge.config.checks import check


class Unseen(StrEnum):
    """What happens to visitors on whom a marker could not be seen."""

    MEASURE = "measure"
    COUNT = "count"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkersConfig:
    """Signs that staff and visitors wear so as not to be measured.

    Attributes:
        enabled: Whether they are looked for.
        smallest_mm: Side of the smallest marker in use: the sticker's unless only cards are used.
        if_unseen: Visitors whose chest is not in the picture, or who are too far away for the
            smallest marker, are measured all the same, or only counted.
    """

    enabled: bool = True
    smallest_mm: float = 64.0
    if_unseen: Unseen = Unseen.MEASURE

    def __post_init__(self) -> None:
        check("smallest_mm", self.smallest_mm, 30, 200)
