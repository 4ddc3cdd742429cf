"""What is kept about a museum day beside its counts."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class DirtyDay:
    """A past museum day that late visits touched.

    Attributes:
        day: The museum day.
        mark: Unique to the latest time it was marked, so that a newer mark is not taken for this.
    """

    day: date
    mark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportMarker:
    """That a day's report was written.

    Attributes:
        day: The museum day reported on.
        visits: The visits it reported on; not for publication.
        read_at: When its numbers were read, ms.
        mailed_at: When it was mailed, ms.
    """

    day: date
    visits: int
    read_at: int
    mailed_at: int
