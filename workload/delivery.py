"""How visits travel: batched by the Pis, some late, some twice, some malformed."""

import bisect
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from contracts.topics import visits_topic
from contracts.visit import (
    MAX_MESSAGE_BYTES,
    Visit,
    encode_visit,
    encode_visits,
    split_into_messages,
)
from workload.faults import UNREADABLE, Fault, bad_visit, unreadable_message

_NETWORK_S: Final = (0.03, 0.4)
_RESENT_AFTER_S: Final = (2.0, 90.0)
_BACKLOG_PACE_S: Final = 0.2
"""A Pi that was cut off sends its backlog that fast, one message after the other."""
_ROOM_FOR_ONE: Final = 700
"""Bytes that a further visit takes at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message as it reaches the broker.

    Attributes:
        at: When, UTC.
        device_id: Who sends it; the MQTT client id.
        topic: The plain topic, without Basic Ingest's prefix.
        payload: The message.
    """

    at: datetime
    device_id: str
    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """A Pi that is cut off from ``start`` to ``end`` (UTC) and then delivers what it kept."""

    device_id: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicates:
    """What was sent twice: whole messages, single visits, and the visits in both together."""

    messages: int = 0
    single_visits: int = 0
    visits: int = 0


@dataclass(slots=True)
class _Batch:
    """A message in the making: encoded visits, or raw bytes that are no readable message."""

    at: datetime
    device_id: str
    visits: list[bytes]
    raw: bytes | None = None

    @property
    def size(self) -> int:
        return len(encode_visits(self.visits))


class Transport:
    """Turns visits into deliveries; one object, one reproducible sequence."""

    def __init__(self, museum_id: str, seed: int) -> None:
        self._museum_id = museum_id
        self._rng = np.random.default_rng((seed, 2))
        self._batches: list[_Batch] = []

    def batch(self, visits: Sequence[Visit], flush_s: float, outages: Sequence[Outage]) -> int:
        """Groups each Pi's visits into messages; returns how many visits an outage held back."""
        held_back = 0
        for device_id in sorted({v.device_id for v in visits}):
            own = sorted(
                (v for v in visits if v.device_id == device_id),
                key=lambda v: (v.ended_at, v.visit_id),
            )
            cuts = [o for o in outages if o.device_id == device_id]
            held_back += self._batch_device(device_id, own, flush_s, cuts)
        return held_back

    def resend(self, share: float) -> Duplicates:
        """Sends that share of the visits again, in turn as a whole message and as a single visit.

        To be called before ``spoil``: what is malformed is sent once.
        """
        places = [(i, j) for i, b in enumerate(self._batches) for j in range(len(b.visits))]
        wanted = round(share * len(places))
        messages = singles = copies = 0
        resent: set[int] = set()
        for k, place in enumerate(self._rng.permutation(len(places))):
            if copies >= wanted:
                break
            i, j = places[int(place)]
            original = self._batches[i]
            whole = k % 2 == 0 and i not in resent and len(original.visits) <= wanted - copies
            again = list(original.visits) if whole else [original.visits[j]]
            at = original.at + timedelta(seconds=float(self._rng.uniform(*_RESENT_AFTER_S)))
            self._batches.append(_Batch(at, original.device_id, again))
            resent.add(i)
            copies += len(again)
            messages, singles = messages + whole, singles + (not whole)
        return Duplicates(messages=messages, single_visits=singles, visits=copies)

    def spoil(self, count: int, kinds: Sequence[Fault], visits: Sequence[Visit]) -> Counter[Fault]:
        """Adds so many malformed visits and messages; returns how many of each kind."""
        made: Counter[Fault] = Counter()
        hosts = [b for b in self._batches if b.size <= MAX_MESSAGE_BYTES - _ROOM_FOR_ONE]
        order = self._rng.permutation(len(hosts))
        for k in range(count):
            fault = kinds[k % len(kinds)]
            if fault in UNREADABLE or k >= len(order):
                self._add_alone(fault, visits)
            else:
                self._add_among_good(fault, hosts[int(order[k])], visits)
            made[fault] += 1
        return made

    def deliveries(self) -> list[Delivery]:
        """All messages, in order of arrival."""
        return [
            Delivery(
                at=b.at,
                device_id=b.device_id,
                topic=visits_topic(self._museum_id, b.device_id),
                payload=encode_visits(b.visits) if b.raw is None else b.raw,
            )
            for b in sorted(self._batches, key=lambda b: (b.at, b.device_id))
        ]

    def _batch_device(
        self, device_id: str, own: list[Visit], flush_s: float, cuts: Sequence[Outage]
    ) -> int:
        waiting: dict[int, list[Visit]] = {}
        for group in _groups(own, flush_s):
            sent = _moment(group[-1].ended_at) + timedelta(seconds=flush_s)
            at = sent + timedelta(seconds=float(self._rng.uniform(*_NETWORK_S)))
            cut = next((i for i, o in enumerate(cuts) if o.start <= at < o.end), None)
            if cut is not None:
                waiting.setdefault(cut, []).extend(group)
                continue
            for part in split_into_messages(encode_visit(v) for v in group):
                self._batches.append(_Batch(at, device_id, part))
        for cut, visits in waiting.items():
            messages = split_into_messages(encode_visit(v) for v in visits)
            for n, part in enumerate(messages, start=1):
                at = cuts[cut].end + timedelta(seconds=_BACKLOG_PACE_S * n)
                self._batches.append(_Batch(at, device_id, part))
        return sum(map(len, waiting.values()))

    def _template(self, visits: Sequence[Visit], device_id: str) -> Visit:
        """A fresh visit to be spoilt, like one of that device's."""
        own = [v for v in visits if v.device_id == device_id]
        like = own[int(self._rng.integers(len(own)))]
        visit_id = str(uuid.UUID(bytes=self._rng.bytes(16), version=4))
        return replace(like, visit_id=visit_id)

    def _add_alone(self, fault: Fault, visits: Sequence[Visit]) -> None:
        # Just after another message of the device: it is connected then.
        after = self._batches[int(self._rng.integers(len(self._batches)))]
        visit = self._template(visits, after.device_id)
        at = after.at + timedelta(seconds=1)
        if fault in UNREADABLE:
            raw = unreadable_message(fault, visit)
            self._batches.append(_Batch(at, visit.device_id, [], raw))
        else:
            bad = bad_visit(fault, visit, self._other_device(visit.device_id, visits))
            self._batches.append(_Batch(at, visit.device_id, [bad]))

    def _add_among_good(self, fault: Fault, host: _Batch, visits: Sequence[Visit]) -> None:
        visit = self._template(visits, host.device_id)
        bad = bad_visit(fault, visit, self._other_device(host.device_id, visits))
        host.visits.insert(int(self._rng.integers(len(host.visits) + 1)), bad)

    def _other_device(self, device_id: str, visits: Sequence[Visit]) -> str:
        others = sorted({v.device_id for v in visits} - {device_id})
        return others[0] if others else "pi-elsewhere"


def _groups(own: Sequence[Visit], flush_s: float) -> Iterator[list[Visit]]:
    """Visits, sorted by end, that end within ``flush_s`` of the group's first."""
    ends = [v.ended_at for v in own]
    start = 0
    while start < len(own):
        end = bisect.bisect_right(ends, ends[start] + flush_s * 1000, lo=start)
        yield list(own[start:end])
        start = end


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
