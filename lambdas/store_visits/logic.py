"""Stores what a batch of messages holds; loses and doubles nothing, whatever fails."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from contracts.metrics import Dimension, Metric
from contracts.museums import MuseumConfig
from contracts.visit import Visit
from lambdas.shared.errors import ServiceError
from lambdas.shared.museum_time import museum_day
from lambdas.shared.ports import DirtyDays, Log, Metrics, Quarantine, Unit, VisitWriter
from lambdas.store_visits.reading import read_message
from lambdas.store_visits.refusal import Refusal

_SERVICE: Final = {"service": "store_visits"}


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the queue.

    Attributes:
        message_id: The queue's id; what is reported as failed.
        body: See ``read_message``.
    """

    message_id: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreVisits:
    """Validates and stores a batch of messages.

    A message fails, and comes back, only where a service failed: keeping a refusal, writing one of
    its visits, or marking the past days they belong to. All that is written is a function of the
    message, so that coming back changes nothing.
    """

    config: MuseumConfig
    visits: VisitWriter
    dirty_days: DirtyDays
    quarantine: Quarantine
    metrics: Metrics
    log: Log
    clock: Callable[[], int]

    def store(self, messages: Iterable[Message]) -> frozenset[str]:
        """Handles a batch.

        Returns:
            The ids of the messages that must be handled again.
        """
        owners: dict[Visit, set[str]] = defaultdict(set)  # a visit may come in several messages
        failed: set[str] = set()
        refused = 0
        for message in messages:
            for one in read_message(message.body, self.config):
                if isinstance(one, Visit):
                    owners[one].add(message.message_id)
                elif self._quarantined(one):
                    refused += 1
                else:
                    failed.add(message.message_id)
        lost = self.visits.put(owners)
        stored = [visit for visit in owners if visit.visit_id not in lost]
        now = self.clock()
        zones = {museum.id: museum.zone for museum in self.config.museums}
        unmarked = self._mark_past_days(stored, zones, now)
        for visit, message_ids in owners.items():
            if visit.visit_id in lost or _home(visit, zones) in unmarked:
                failed |= message_ids
        self._measure(stored, now)
        self.metrics.put(
            Metric.VISITS_QUARANTINED, [refused] if refused else [], Unit.COUNT, _SERVICE
        )
        self.log.info("batch", stored=len(stored), quarantined=refused, failed=len(failed))
        return frozenset(failed)

    def _quarantined(self, refusal: Refusal) -> bool:
        facts = {"reason": refusal.reason.value, "object": refusal.key}
        try:
            self.quarantine.put(refusal.key, refusal.body())
        except ServiceError as exc:
            self.log.warning("quarantine_failed", code=exc.code, **facts)
            return False
        self.log.warning("quarantined", **facts)
        return True

    def _mark_past_days(
        self, stored: Iterable[Visit], zones: Mapping[str, ZoneInfo], now: int
    ) -> set[tuple[str, date]]:
        """Marks after storing: a mark that a roll-up takes away too early would hide the visit.

        Returns:
            The museum days that could not be marked.
        """
        unmarked: set[tuple[str, date]] = set()
        for museum_id, day in sorted({_home(visit, zones) for visit in stored}):
            if day >= museum_day(now, zones[museum_id]):
                continue
            try:
                self.dirty_days.mark(museum_id, day, now)
            except ServiceError as exc:
                self.log.warning("mark_failed", code=exc.code, museum=museum_id)
                unmarked.add((museum_id, day))
        return unmarked

    def _measure(self, stored: Iterable[Visit], now: int) -> None:
        latencies: dict[str, list[int]] = defaultdict(list)
        for visit in stored:
            latencies[visit.museum_id].append(now - visit.ended_at)
        for museum_id, values in latencies.items():
            dimensions = {Dimension.MUSEUM.value: museum_id}
            self.metrics.put(Metric.VISITS_STORED, [len(values)], Unit.COUNT, dimensions)
            self.metrics.put(
                Metric.LATENCY, [v for v in values if v >= 0], Unit.MILLISECONDS, dimensions
            )
            self.metrics.put(
                Metric.CLOCK_SKEW, [-v for v in values if v < 0], Unit.MILLISECONDS, dimensions
            )


def _home(visit: Visit, zones: Mapping[str, ZoneInfo]) -> tuple[str, date]:
    return visit.museum_id, museum_day(visit.detected_at, zones[visit.museum_id])
