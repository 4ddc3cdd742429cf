"""From the outbox to the broker: batches, acknowledgements, backoff."""

import logging
import random
from collections.abc import Sequence
from typing import Final

from contracts.visit import (
    MAX_VISITS_PER_MESSAGE,
    encode_visits,
    split_into_messages,
)
from edge.config import PublishConfig
from edge.delivery import wait_for_ack
from edge.errors import EdgeError, InvalidMessageError, NotDeliveredError, RefusedError
from edge.models import OutboxRow
from edge.ports import Clock, Outbox, Publisher
from edge.upkeep import Upkeep
from edge.validation import decode_visit

_log = logging.getLogger(__name__)

_LOOK_S: Final = 0.5
"""Between two looks into the outbox: how soon a full message leaves."""
_MOST_DOUBLINGS: Final = 20


class Forwarder:
    """Sends the oldest visits first and deletes them only after the broker's acknowledgement.

    One round sends up to ``max_in_flight`` messages and waits for all of them. When the connection
    breaks, everything from the first unacknowledged message on is sent again, so the order of first
    delivery is the order of the outbox. Only a broker that refuses one message and takes a later
    one of the same round can swap them; the refused one goes first in the next round.

    Methods are called from one thread at a time.
    """

    def __init__(
        self,
        outbox: Outbox,
        publisher: Publisher,
        *,
        topic: str,
        config: PublishConfig,
        clock: Clock,
        rng: random.Random,
        upkeep: Upkeep | None = None,
    ) -> None:
        """Wires the forwarder.

        Args:
            outbox: Where visits wait.
            publisher: Who delivers them.
            topic: Where they are published.
            config: When, and how often again.
            clock: Time.
            rng: For jitter.
            upkeep: Done before each round; None for an outbox that needs none.
        """
        self._outbox = outbox
        self._publisher = publisher
        self._topic = topic
        self._config = config
        self._clock = clock
        self._rng = rng
        self._upkeep = upkeep
        self._failures = 0
        self._waiting_since_s: float | None = None

    def step(self) -> float:
        """Sends what is due; returns after how many seconds it wants to be called again.

        Raises:
            OutboxError: The outbox cannot be read or written.
        """
        return self._round(flush=False, patience_s=self._config.timeout_s)

    def drain(self, limit_s: float) -> bool:
        """Sends all that waits, full message or not; gives up after ``limit_s``.

        Returns:
            Whether the outbox is empty.

        Raises:
            OutboxError: The outbox cannot be read or written.
        """
        deadline_s = self._clock.monotonic_s() + limit_s
        while self._outbox.state().depth:
            left_s = deadline_s - self._clock.monotonic_s()
            if left_s <= 0:
                return False
            delay_s = self._round(flush=True, patience_s=min(left_s, self._config.timeout_s))
            if delay_s >= left_s:
                return not self._outbox.state().depth
            if self._outbox.state().depth:
                self._clock.sleep(delay_s)
        return True

    def _round(self, *, flush: bool, patience_s: float) -> float:
        connected = bool(self._publisher.connection)
        if self._upkeep is not None:
            self._upkeep.step(connected=connected)
        if not connected:
            return _LOOK_S  # the client reconnects with a backoff of its own
        rows = self._whole(self._outbox.peek(self._config.max_in_flight * MAX_VISITS_PER_MESSAGE))
        if not rows:
            self._waiting_since_s = None
            return _LOOK_S
        groups = _group(rows)
        # Only the last group can be less than full.
        ready = groups if flush or self._is_due() else groups[:-1]
        window = ready[: self._config.max_in_flight]
        if not window:
            return _LOOK_S
        if len(window) == len(groups):
            self._waiting_since_s = None
        failures = self._send(window, patience_s)
        if failures:
            return self._delay_after(failures, len(window))
        self._failures = 0
        return 0.0 if len(ready) > len(window) else _LOOK_S

    def _whole(self, rows: Sequence[OutboxRow]) -> list[OutboxRow]:
        """The rows that are visits; others, which a failing card has made, are dropped.

        One of them would spoil the message that it travels in for the visits beside it.
        """
        whole = [row for row in rows if _is_visit(row.payload)]
        if len(whole) < len(rows):
            kept = {row.row for row in whole}
            spoilt = [row.row for row in rows if row.row not in kept]
            _log.error("%d visits in the outbox cannot be read any more; dropped", len(spoilt))
            self._outbox.drop(spoilt)
        return whole

    def _is_due(self) -> bool:
        now_s = self._clock.monotonic_s()
        if self._waiting_since_s is None:
            self._waiting_since_s = now_s
        return now_s - self._waiting_since_s >= self._config.flush_s

    def _send(self, window: Sequence[Sequence[OutboxRow]], patience_s: float) -> list[EdgeError]:
        sent = [
            (group, self._publisher.publish(self._topic, encode_visits([r.payload for r in group])))
            for group in window
        ]
        deadline_s = self._clock.monotonic_s() + patience_s
        delivered: list[int] = []
        failures: list[EdgeError] = []
        for group, answer in sent:
            left_s = max(0.0, deadline_s - self._clock.monotonic_s())
            try:
                wait_for_ack(answer, self._topic, left_s)
            except (NotDeliveredError, RefusedError) as exc:
                failures.append(exc)
            else:
                delivered.extend(r.row for r in group)
        if delivered:
            self._outbox.delete(delivered)
        return failures

    def _delay_after(self, failures: Sequence[EdgeError], messages: int) -> float:
        refused = next((f for f in failures if isinstance(f, RefusedError)), None)
        if refused is not None:
            delay_s = self._config.refused_retry_s
            _log.error("%s; the visits stay here, next try in %.0f s", refused, delay_s)
            return delay_s
        bound_s = self._config.retry_min_s * 2 ** min(self._failures, _MOST_DOUBLINGS)
        self._failures += 1
        # Full jitter: a museum's Pis that lost the broker together come back apart.
        delay_s = self._rng.uniform(0.0, min(bound_s, self._config.retry_max_s))
        _log.warning(
            "%d of %d messages not acknowledged (%s); next try in %.1f s",
            len(failures), messages, failures[0], delay_s,
        )  # fmt: skip
        return delay_s


def _is_visit(payload: bytes) -> bool:
    try:
        decode_visit(payload)
    except InvalidMessageError:
        return False
    return True


def _group(rows: Sequence[OutboxRow]) -> list[list[OutboxRow]]:
    remaining = iter(rows)
    return [
        [next(remaining) for _ in group] for group in split_into_messages(r.payload for r in rows)
    ]
