"""Event source mappings: feeds queues to functions as Lambda's pollers do."""

import json
import logging
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from local_cloud.account import REGION
from local_cloud.aws_server import AwsServer
from local_cloud.batch_answer import failed_messages
from local_cloud.clock import CLOCK_ATTRIBUTE, Clock
from local_cloud.declared import QueueMapping
from local_cloud.errors import FunctionError
from local_cloud.invoker import Invoker
from local_cloud.json_value import Json
from local_cloud.stats import Stats

RETRY_S: Final = 1
"""Seconds until a failed message comes again; AWS waits out the queue's visibility timeout."""

_RECEIVE_MAX: Final = 10
_POLL_S: Final = 1
_SHORT_POLL_S: Final = 0.05
_PAYLOAD_BYTES: Final = 6_000_000
"""Lambda's limit for one event."""
_COUNTS: Final = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)

_log = logging.getLogger(__name__)


class QueuePump:
    """One mapping, one thread: receives, invokes, deletes what succeeded."""

    def __init__(
        self, mapping: QueueMapping, aws: AwsServer, invoker: Invoker, clock: Clock, stats: Stats
    ) -> None:
        self._mapping = mapping
        self._sqs = aws.client("sqs")
        self._invoker = invoker
        self._clock = clock
        self._stats = stats
        self._busy = threading.Event()
        self._hurry = threading.Event()
        self._closing = threading.Event()
        self._max_receives = self._read_max_receives()
        self.error: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="queue-pump", daemon=True)

    def start(self) -> None:
        """Begins to poll."""
        self._thread.start()

    def stop(self) -> None:
        """Ends after the batch under work."""
        self._closing.set()
        self._thread.join()

    def hurry(self, *, on: bool) -> None:
        """While on, incomplete batches go at once instead of waiting for their window."""
        if on:
            self._hurry.set()
        else:
            self._hurry.clear()

    def empty(self) -> bool:
        """Whether the queue holds nothing, neither waiting nor under work."""
        if self._busy.is_set():
            return False
        attributes = self._sqs.get_queue_attributes(
            QueueUrl=self._mapping.queue_url, AttributeNames=list(_COUNTS)
        )["Attributes"]
        return not self._busy.is_set() and not any(int(attributes[name]) for name in _COUNTS)

    def _read_max_receives(self) -> int | None:
        attributes = self._sqs.get_queue_attributes(
            QueueUrl=self._mapping.queue_url, AttributeNames=["RedrivePolicy"]
        ).get("Attributes", {})
        policy = attributes.get("RedrivePolicy")
        return int(json.loads(policy)["maxReceiveCount"]) if policy else None

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                batch = self._gather()
                for offset_s, messages in _by_clock(batch).items():
                    with self._clock.shown_as(offset_s):
                        for part in _parts(messages):
                            self._process(part)
            except Exception as error:  # noqa: BLE001 - whoever drains the cloud gets to see it
                self.error = error
                _log.exception("the pump of %s stops", self._mapping.queue_url)
                return
            finally:
                self._busy.clear()

    def _gather(self) -> list[Json]:
        batch = self._receive(_RECEIVE_MAX, _POLL_S)
        deadline = time.monotonic() + self._mapping.window_s
        while batch and len(batch) < self._mapping.batch_size:
            more = self._receive(self._mapping.batch_size - len(batch), 0)
            batch += more
            if not more:
                if self._hurry.is_set() or time.monotonic() >= deadline or self._closing.is_set():
                    break
                time.sleep(_SHORT_POLL_S)
        return batch

    def _receive(self, wanted: int, wait_s: int) -> list[Json]:
        answer = self._sqs.receive_message(
            QueueUrl=self._mapping.queue_url,
            MaxNumberOfMessages=min(wanted, _RECEIVE_MAX, self._mapping.batch_size),
            WaitTimeSeconds=wait_s,
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        received: list[Json] = answer.get("Messages", [])
        if received:
            self._busy.set()
        return received

    def _process(self, messages: Sequence[Json]) -> None:
        event = {"Records": [self._record(message) for message in messages]}
        self._stats.add("queue_batches")
        everything = frozenset(message["MessageId"] for message in messages)
        try:
            answer = self._invoker.invoke(self._mapping.function, event)
            failed = failed_messages(answer, everything) if self._mapping.partial else frozenset()
        except FunctionError:
            failed = everything
        self._delete([m for m in messages if m["MessageId"] not in failed])
        for message in messages:
            if message["MessageId"] in failed:
                self._return(message)

    def _delete(self, messages: Sequence[Json]) -> None:
        for start in range(0, len(messages), _RECEIVE_MAX):
            entries = [
                {"Id": str(i), "ReceiptHandle": message["ReceiptHandle"]}
                for i, message in enumerate(messages[start : start + _RECEIVE_MAX])
            ]
            self._sqs.delete_message_batch(QueueUrl=self._mapping.queue_url, Entries=entries)
        self._stats.add("messages_processed", len(messages))

    def _return(self, message: Json) -> None:
        self._stats.add("batch_item_failures")
        received = int(message["Attributes"]["ApproximateReceiveCount"])
        if self._max_receives is not None and received >= self._max_receives:
            self._stats.add("dead_letters")  # moto moves it when the queue is polled next
        self._sqs.change_message_visibility(
            QueueUrl=self._mapping.queue_url,
            ReceiptHandle=message["ReceiptHandle"],
            VisibilityTimeout=RETRY_S,
        )

    def _record(self, message: Json) -> dict[str, Json]:
        shift_ms = int((self._clock.offset_s or 0) * 1000)
        attributes = dict(message["Attributes"])
        for name in ("SentTimestamp", "ApproximateFirstReceiveTimestamp"):
            if name in attributes:
                attributes[name] = str(int(attributes[name]) + shift_ms)
        return {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": attributes,
            "messageAttributes": {
                name: value
                for name, value in message.get("MessageAttributes", {}).items()
                if name != CLOCK_ATTRIBUTE
            },
            "md5OfBody": message["MD5OfBody"],
            "eventSource": "aws:sqs",
            "eventSourceARN": self._mapping.queue_arn,
            "awsRegion": REGION,
        }


def _by_clock(batch: Sequence[Json]) -> dict[float | None, list[Json]]:
    """Parts a batch into what came in real time and what came on the shifted clock.

    The latter is handled on the clock of its latest message: time goes on while messages wait.
    """
    offsets = [_offset_s(message) for message in batch]
    shifted = next((offset for offset in reversed(offsets) if offset is not None), None)
    parts: dict[float | None, list[Json]] = defaultdict(list)
    for message, offset_s in zip(batch, offsets, strict=True):
        parts[None if offset_s is None else shifted].append(message)
    return parts


def _offset_s(message: Json) -> float | None:
    attribute = message.get("MessageAttributes", {}).get(CLOCK_ATTRIBUTE)
    offset: float | None = json.loads(attribute["StringValue"]) if attribute else None
    return offset


def _parts(batch: Sequence[Json]) -> Iterator[list[Json]]:
    """Cuts a batch so that no event exceeds Lambda's limit."""
    part: list[Json] = []
    size = 0
    for message in batch:
        length = len(json.dumps(message))
        if part and size + length > _PAYLOAD_BYTES:
            yield part
            part, size = [], 0
        part.append(message)
        size += length
    if part:
        yield part
