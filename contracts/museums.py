"""The museums of a deployment, as the app, the functions and the tools know them."""

import re
from dataclasses import dataclass, field
from datetime import date, time
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contracts.errors import ContractError
from contracts.strict import load_json
from contracts.topics import check_slug

SMALLEST_K: Final = 5
LONGEST_NAME: Final = 200
MOST_ARTWORKS: Final = 350
"""The dashboards of more would not fit into a template of CloudFormation (docs/scale.md)."""
_FIRST_REPORT: Final = time(4)
"""By then the day's last roll-up is done, and no summer-time change skips or repeats an hour."""
_CLOCK: Final = re.compile(r"^([01]\d|2[0-3]):([0-5]\d)$")
_HOURS: Final = re.compile(r"^(\S+)-(\S+)$")
_EMAIL: Final = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
_WEEKDAYS: Final = (
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
)  # fmt: skip
CLOSED: Final = "closed"
SHORTEST_WINDOW: Final = 15
"""Minutes; windows are looked at every so often, and none shall fall between two looks."""
_CLEARS_AT: Final = 0.8
"""An alert whose bound stays unsaid is over at this part of the bound that set it off."""


def parse_clock(field_name: str, value: str) -> time:
    """Reads ``HH:MM``.

    Raises:
        ContractError: It is no time of day, naming ``field_name``.
    """
    match = _CLOCK.fullmatch(value)
    if not match:
        raise ContractError(field_name, f"must be a time like 09:30, not {value!r:.80}")
    return time(int(match[1]), int(match[2]))


def _check_name(field_name: str, value: str) -> None:
    if not 1 <= len(value) <= LONGEST_NAME or not value.isprintable():
        raise ContractError(field_name, f"must hold 1 to {LONGEST_NAME} printable characters")


def check_emails(field_name: str, addresses: tuple[str, ...]) -> None:
    """Each must look like an e-mail address, and no two may be alike.

    Raises:
        ContractError: One does not, or is there twice, naming it by its place.
    """
    for i, address in enumerate(addresses):
        if address in addresses[:i]:
            raise ContractError(f"{field_name}[{i}]", f"is there already: {address!r:.80}")
        if not _EMAIL.fullmatch(address):
            raise ContractError(f"{field_name}[{i}]", f"is no e-mail address: {address!r:.80}")


def _check_range(field_name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise ContractError(field_name, f"must lie in {low:g} to {high:g}, not {value:g}")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningHours:
    """Opening hours per weekday, ``HH:MM-HH:MM`` local time or ``closed``.

    An end that is not after the start lies on the next day (a long night).
    """

    monday: str = CLOSED
    tuesday: str = CLOSED
    wednesday: str = CLOSED
    thursday: str = CLOSED
    friday: str = CLOSED
    saturday: str = CLOSED
    sunday: str = CLOSED

    def __post_init__(self) -> None:
        for weekday in _WEEKDAYS:
            self._span(weekday)

    def _span(self, weekday: str) -> tuple[time, time] | None:
        value: str = getattr(self, weekday)
        if value == CLOSED:
            return None
        match = _HOURS.fullmatch(value)
        if not match:
            raise ContractError(weekday, f"must be like 10:00-18:00 or closed, not {value!r:.80}")
        return parse_clock(weekday, match[1]), parse_clock(weekday, match[2])

    def on(self, day: date) -> tuple[time, time] | None:
        """Local opening and closing time of a museum day, or None where it is closed."""
        return self._span(_WEEKDAYS[day.weekday()])


@dataclass(frozen=True, slots=True, kw_only=True)
class Artwork:
    """An artwork beside which a camera stands."""

    id: str
    title: str

    def __post_init__(self) -> None:
        check_slug("id", self.id)
        _check_name("title", self.title)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpressionAlert:
    """When curators are told at once about negative expressions.

    Attributes:
        negative_share: Alert when at least this share of the window's visits is negative, 0 … 1.
        clear_share: The alert is over when the share falls below this; 0.8 of ``negative_share``
            where it is None.
        window_minutes: Length of the window that is looked at.
        minimum_visits: No alert on fewer visits than this; never below the small-cell bound.
    """

    negative_share: float = 0.5
    clear_share: float | None = None
    window_minutes: int = 60
    minimum_visits: int = 20

    def __post_init__(self) -> None:
        _check_range("negative_share", self.negative_share, 0.01, 1.0)
        if self.clear_share is not None:
            _check_range("clear_share", self.clear_share, 0.0, self.negative_share)
        _check_range("window_minutes", self.window_minutes, SHORTEST_WINDOW, 24 * 60)
        _check_range("minimum_visits", self.minimum_visits, 1, 1_000_000)

    @property
    def clears_below(self) -> float:
        """The share below which an alert is over, 0 … 1."""
        default = _CLEARS_AT * self.negative_share
        return default if self.clear_share is None else self.clear_share


@dataclass(frozen=True, slots=True, kw_only=True)
class CrowdingAlert:
    """When curators are told at once that many visits came to one artwork.

    Attributes:
        visits: Alert when at least so many visits began in the window; never below the small-cell
            bound.
        clear_visits: The alert is over when fewer began; 0.8 of ``visits`` where it is None.
        window_minutes: Length of the window that is looked at.
    """

    visits: int
    clear_visits: int | None = None
    window_minutes: int = 15

    def __post_init__(self) -> None:
        _check_range("visits", self.visits, 1, 1_000_000)
        if self.clear_visits is not None:
            _check_range("clear_visits", self.clear_visits, 1, self.visits)
        _check_range("window_minutes", self.window_minutes, SHORTEST_WINDOW, 24 * 60)

    @property
    def clears_below(self) -> int:
        """The number of visits below which an alert is over."""
        default = max(1, round(_CLEARS_AT * self.visits))
        return default if self.clear_visits is None else self.clear_visits


@dataclass(frozen=True, slots=True, kw_only=True)
class Museum:
    """One museum.

    Attributes:
        id: Slug.
        name: As in the report.
        time_zone: IANA name; the museum day is the calendar day there.
        curator_emails: Where the daily report and the alerts go.
        report_time: Local ``HH:MM`` at which yesterday's report is mailed; 04:00 or later, when
            the day is rolled up and no summer-time change skips or repeats the hour.
        opening_hours: Per weekday.
        expression_alert: When curators are told at once of negative expressions.
        crowding_alert: When they are told of a crowd; None: never.
        artworks: 1 to ``MOST_ARTWORKS``.
    """

    id: str
    name: str
    time_zone: str
    curator_emails: tuple[str, ...]
    opening_hours: OpeningHours
    artworks: tuple[Artwork, ...]
    report_time: str = "07:00"
    expression_alert: ExpressionAlert = field(default_factory=ExpressionAlert)
    crowding_alert: CrowdingAlert | None = None

    def __post_init__(self) -> None:
        check_slug("id", self.id)
        _check_name("name", self.name)
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError) as exc:
            raise ContractError("time_zone", f"is no IANA zone: {self.time_zone!r:.80}") from exc
        check_emails("curator_emails", self.curator_emails)
        if parse_clock("report_time", self.report_time) < _FIRST_REPORT:
            raise ContractError("report_time", "must be 04:00 or later (summer time)")
        check_unique("artworks", [a.id for a in self.artworks])
        if len(self.artworks) > MOST_ARTWORKS:
            raise ContractError(
                "artworks",
                f"must hold at most {MOST_ARTWORKS} artworks, not {len(self.artworks)}: "
                "make two museums of it",
            )

    @property
    def zone(self) -> ZoneInfo:
        """The museum's time zone."""
        return ZoneInfo(self.time_zone)

    def artwork(self, artwork_id: str) -> Artwork | None:
        """The artwork of that id, or None."""
        return next((a for a in self.artworks if a.id == artwork_id), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Privacy:
    """Disclosure control and retention.

    Attributes:
        small_cell: k: a published number that rests on fewer visits is shown as "< k"; at least 5.
        visit_retention_days: How long single visits are kept.
        report_retention_days: How long roll-ups and reports are kept.
        log_retention_days: How long logs are kept; one of CloudWatch Logs' steps.
        quarantine_retention_days: How long refused messages are kept.
    """

    small_cell: int = 10
    visit_retention_days: int = 30
    report_retention_days: int = 1825
    log_retention_days: int = 30
    quarantine_retention_days: int = 30

    def __post_init__(self) -> None:
        _check_range("small_cell", self.small_cell, SMALLEST_K, 1000)
        _check_range("visit_retention_days", self.visit_retention_days, 2, 365)
        _check_range("report_retention_days", self.report_retention_days, 30, 3650)
        _check_range("quarantine_retention_days", self.quarantine_retention_days, 1, 365)
        steps = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365)
        if self.log_retention_days not in steps:
            raise ContractError("log_retention_days", f"must be one of {steps}")


@dataclass(frozen=True, slots=True, kw_only=True)
class MuseumConfig:
    """What the functions know: the museums, and what holds for the visits of all of them."""

    museums: tuple[Museum, ...]
    privacy: Privacy = field(default_factory=Privacy)

    def __post_init__(self) -> None:
        check_unique("museums", [m.id for m in self.museums])
        for i, museum in enumerate(self.museums):
            crowding = museum.crowding_alert
            bounds = {"expression_alert.minimum_visits": museum.expression_alert.minimum_visits}
            bounds |= {"crowding_alert.visits": crowding.visits} if crowding else {}
            for key, bound in bounds.items():
                if bound < self.privacy.small_cell:
                    raise ContractError(
                        f"museums[{i}].{key}",
                        f"must not lie below privacy.small_cell ({self.privacy.small_cell})",
                    )

    def museum(self, museum_id: str) -> Museum | None:
        """The museum of that id, or None."""
        return next((m for m in self.museums if m.id == museum_id), None)


def check_unique(field_name: str, ids: list[str]) -> None:
    """There must be some, and no two alike.

    Raises:
        ContractError: There is none, or one is there twice.
    """
    if not ids:
        raise ContractError(field_name, "must hold at least one entry")
    doubled = next((i for i in ids if ids.count(i) > 1), None)
    if doubled is not None:
        raise ContractError(field_name, f"holds {doubled!r} twice")


def read_museums(path: Path) -> MuseumConfig:
    """Reads what ``museum_toml.DeploymentConfig.for_functions`` wrote.

    Raises:
        ConfigError: The file cannot be used; the message names file, key and mend.
    """
    return load_json(path, MuseumConfig)
