"""The table of visits in memory."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from contracts.museums import MuseumConfig
from contracts.visit import Visit
from lambdas.shared.models.counts import CountedVisit
from lambdas.shared.museum_time import museum_day
from tests.fakes.failures import Failing


@dataclass
class InMemoryVisitTable(Failing):
    """``VisitWriter`` and ``VisitReader``: one visit per id and time."""

    config: MuseumConfig | None = None
    items: dict[tuple[str, str, date], dict[tuple[int, str], Visit]] = field(default_factory=dict)
    queries: int = 0

    def put(self, visits: Iterable[Visit]) -> frozenset[str]:
        """Stores; a visit that the service fails on is returned."""
        failed = set()
        assert self.config is not None
        for visit in visits:
            museum = self.config.museum(visit.museum_id)
            assert museum is not None
            if self.fails():
                failed.add(visit.visit_id)
                continue
            key = (visit.museum_id, visit.artwork_id, museum_day(visit.detected_at, museum.zone))
            self.items.setdefault(key, {})[visit.detected_at, visit.visit_id] = visit
        return frozenset(failed)

    def of_day(
        self, museum_id: str, artwork_ids: Sequence[str], day: date
    ) -> dict[str, list[CountedVisit]]:
        """By time."""
        return {artwork_id: self._of_day(museum_id, artwork_id, day) for artwork_id in artwork_ids}

    def _of_day(self, museum_id: str, artwork_id: str, day: date) -> list[CountedVisit]:
        self.check("dynamodb:Query")
        self.queries += 1
        return [
            CountedVisit(
                detected_at=visit.detected_at,
                dwell_ms=visit.dwell_ms,
                emotion=visit.emotion_id,
                shares=visit.expressions,
            )
            for _, visit in sorted(self.items.get((museum_id, artwork_id, day), {}).items())
        ]

    def between(
        self, museum_id: str, artwork_ids: Sequence[str], day: date, start_ms: int, end_ms: int
    ) -> dict[str, list[CountedVisit]]:
        """By time."""
        return {
            artwork_id: [visit for visit in visits if start_ms <= visit.detected_at < end_ms]
            for artwork_id, visits in self.of_day(museum_id, artwork_ids, day).items()
        }

    def all(self) -> list[Visit]:
        """Every stored visit."""
        return [visit for items in self.items.values() for visit in items.values()]
