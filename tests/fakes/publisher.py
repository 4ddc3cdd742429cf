"""A broker's end that answers as the test says; passes the publisher's contract tests."""

import json
from collections import deque
from concurrent.futures import Future
from enum import Enum, auto
from typing import Any

from edge.errors import NotDeliveredError, RefusedError


class Answer(Enum):
    """What happens to one message."""

    ACKNOWLEDGE = auto()
    LOSE_ACK = auto()  # the broker has it, its acknowledgement is lost
    BUSY = auto()  # refused for now: quota exceeded
    REFUSE = auto()  # refused by policy
    BREAK = auto()  # the connection breaks before the message; what follows is lost with it


class FakePublisher:
    """Takes ``answers`` one a message, then acknowledges everything.

    Attributes:
        delivered: What the broker has received: topic and payload, in order.
        answers: What happens to the next messages.
    """

    def __init__(self, *, online: bool = True) -> None:
        self.delivered: list[tuple[str, bytes]] = []
        self.answers: deque[Answer] = deque()
        self.stopped = False
        self._online = online
        self._connections = 0
        self._started = False

    def start(self) -> None:
        """Connects at once, if online."""
        self._started = True
        if self._online:
            self._connections = 1

    @property
    def connection(self) -> int:
        """Number of the present connection."""
        return self._connections if self._started and self._online and not self.stopped else 0

    @property
    def reached(self) -> bool:
        """Whether there has been a connection at all."""
        return self._connections > 0

    @property
    def problem(self) -> str | None:
        """Nothing fails to connect here."""
        return None

    def go_offline(self) -> None:
        """Breaks the connection."""
        self._online = False

    def go_online(self) -> None:
        """Connects anew."""
        self._online = True
        self._connections += 1

    def publish(self, topic: str, payload: bytes) -> Future[None]:
        """Delivers or fails at once, as ``answers`` says."""
        outcome: Future[None] = Future()
        if not self.connection:
            outcome.set_exception(NotDeliveredError(topic, "no connection"))
            return outcome
        answer = self.answers.popleft() if self.answers else Answer.ACKNOWLEDGE
        if answer in (Answer.ACKNOWLEDGE, Answer.LOSE_ACK):
            self.delivered.append((topic, payload))
        if answer is Answer.ACKNOWLEDGE:
            outcome.set_result(None)
        elif answer is Answer.REFUSE:
            outcome.set_exception(RefusedError(topic, "NOT_AUTHORIZED"))
        else:
            outcome.set_exception(NotDeliveredError(topic, answer.name))
        if answer is Answer.BREAK:
            self.go_offline()
        return outcome

    def stop(self, timeout_s: float) -> None:
        """Disconnects; ``timeout_s`` is not needed."""
        del timeout_s
        self.stopped = True

    def visit_ids(self) -> list[str]:
        """The ids of all visits that the broker has received, in order, doubles included."""
        messages: list[Any] = [json.loads(p) for t, p in self.delivered if t.endswith("/visits")]
        return [visit["visit_id"] for message in messages for visit in message["visits"]]

    def statuses(self) -> list[dict[str, Any]]:
        """The heartbeats that the broker has received, in order."""
        return [json.loads(p) for t, p in self.delivered if t.endswith("/status")]
