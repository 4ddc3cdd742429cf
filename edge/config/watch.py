"""``[watch]``: when this Pi watches, and how."""

from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contracts.errors import ContractError
from contracts.museums import OpeningHours


class Measuring(StrEnum):
    """What is done with visitors at all."""

    FULL = "full"
    COUNT_ONLY = "count-only"


class Restriction(StrEnum):
    """What may be planned, or switched by hand."""

    PAUSED = "paused"
    COUNT_ONLY = "count-only"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedHours(OpeningHours):
    """Hours of each week in which less is done; weekdays that are not named have none.

    Attributes:
        mode: What holds in these hours.
    """

    mode: Restriction


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchConfig:
    """When this Pi watches, and how; a restriction can only add to another one.

    Attributes:
        mode: With ``count-only`` the expression model is never loaded.
        time_zone: IANA name, as in ``museum.toml``; needed where hours are given.
        opening_hours: As in ``museum.toml``; the camera is closed outside them. None: always open.
        plan: Pauses and count-only hours of each week.
        trust_clock: Take the clock for right although no time server has set it: for a Pi with a
            battery-backed clock and no such server.
    """

    mode: Measuring = Measuring.FULL
    time_zone: str = ""
    opening_hours: OpeningHours | None = None
    plan: tuple[PlannedHours, ...] = ()
    trust_clock: bool = False

    def __post_init__(self) -> None:
        if not self.time_zone:
            if self.opening_hours is not None or self.plan:
                raise ContractError("time_zone", "is missing; opening_hours and plan need it")
            return
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
            raise ContractError(
                "time_zone",
                f"is no zone that this machine knows: {self.time_zone!r:.80}; "
                "names are like Europe/Rome, and Debian's package tzdata brings them",
            ) from exc

    @property
    def zone(self) -> ZoneInfo | None:
        """The museum's time zone, or None where none is configured."""
        return ZoneInfo(self.time_zone) if self.time_zone else None
