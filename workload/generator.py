"""A museum's days as its Pis would send them, and the truth about them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from contracts.museums import Museum
from contracts.visit import Visit
from workload.delivery import Delivery, Duplicates, Outage, Transport
from workload.faults import Fault
from workload.opening import Span, latest_change, openings, usual_end
from workload.options import Options
from workload.visitors import Visitors, device_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What a perfect cloud would know after all deliveries.

    Attributes:
        museum_id: The museum.
        first_day: First museum day.
        last_day: Last museum day on which the museum opens or is asked for; a long night may
            reach into the day after.
        visits: Every good visit once, in order of detection.
        malformed: How many malformed visits and messages of each kind were sent.
        duplicates: What was sent twice.
        outages: The Pis that were cut off.
        held_back: Visits that an outage held back.
        clock_change: When the zone's clocks change within the days, UTC; None if they do not.
        upset_artwork: The artwork of ``Options.upset_visits``; None if there are none.
    """

    museum_id: str
    first_day: date
    last_day: date
    visits: tuple[Visit, ...]
    malformed: dict[Fault, int]
    duplicates: Duplicates
    outages: tuple[Outage, ...]
    held_back: int
    clock_change: datetime | None
    upset_artwork: str | None

    @property
    def quarantined(self) -> int:
        """How many objects the quarantine must hold: one per malformed visit or message."""
        return sum(self.malformed.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """Deliveries in order of arrival, and the truth about them."""

    deliveries: tuple[Delivery, ...]
    truth: Truth


def generate(museum: Museum, options: Options, now: datetime | None = None) -> Workload:
    """Makes a museum's days.

    Args:
        museum: From ``museum.toml``.
        options: Same options, same workload, as long as ``options.end`` is given or no clock
            change lies between two values of ``now``.
        now: Moment before which the days lie where ``options.end`` is None; the clock's if None.

    Raises:
        WorkloadError: The options do not fit together or not the museum.
    """
    end = options.end or usual_end(museum, options.days, now or datetime.now(UTC))
    first = end - timedelta(days=options.days)
    spans = openings(museum, first, options.days)
    visitors = Visitors(museum, options, spans)
    visits = visitors.visits()
    change = _change_within(museum, first, end)
    outages = _outages(visitors, options, spans, change)
    transport = Transport(museum.id, options.seed)
    held_back = transport.batch(visits, options.flush_s, outages)
    duplicates = transport.resend(options.duplicates)
    malformed = transport.spoil(options.malformed, options.malformed_kinds, visits)
    truth = Truth(
        museum_id=museum.id,
        first_day=first,
        last_day=end - timedelta(days=1),
        visits=tuple(visits),
        malformed=dict(malformed),
        duplicates=duplicates,
        outages=outages,
        held_back=held_back,
        clock_change=change,
        upset_artwork=visitors.artworks[visitors.upset_artwork] if options.upset_visits else None,
    )
    return Workload(deliveries=tuple(transport.deliveries()), truth=truth)


def _change_within(museum: Museum, first: date, end: date) -> datetime | None:
    zone = museum.zone
    start, stop = (datetime.combine(d, datetime.min.time(), zone) for d in (first, end))
    change = latest_change(zone, stop)
    return change if change is not None and change >= start.astimezone(UTC) else None


def _outages(
    visitors: Visitors, options: Options, spans: list[Span], change: datetime | None
) -> tuple[Outage, ...]:
    """Cuts off the most visited artworks' Pis around the clock change, or in the middle."""
    if not options.offline_days:
        return ()
    length = timedelta(days=options.offline_days)
    middle = change or spans[len(spans) // 2].start
    start = middle - length / 4
    return tuple(
        Outage(device_id=device_of(artwork), start=start, end=start + length)
        for artwork in visitors.most_visited()[: options.offline_devices]
    )
