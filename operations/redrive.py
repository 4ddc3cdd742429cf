"""``scripts/redrive``: every kind of dead letter goes where it came from, once its cause is mended.

Messages with visits: SQS moves them itself. Letters: each is sent again under its own group and
key, so that what goes twice within five minutes is mailed once. Runs of scheduled functions: each
is asked for again with its own event; the functions make up for a run whenever it comes.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from operations.aws import plain_errors
from operations.command import STOPPED, deployment_of, make_parser, run
from operations.deployed import Deployed
from operations.errors import OperationError

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

VISITS: Final = "visits"
MAIL: Final = "mail"
_RUNS: Final = ("AnalyticsDeadLetters", "AlertingDeadLetters")
_IN_HAND_S: Final = 120
"""So long a letter that is being handled is not handed out a second time."""
_POLL_S: Final = 2.0
_POLLS: Final = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetters:
    """A queue of dead letters.

    Attributes:
        name: ``visits``, ``mail`` or a function's folder.
        url: The queue.
        back_to: URL of the queue they came from, or the function's name.
    """

    name: str
    url: str
    back_to: str


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = make_parser(
        "redrive",
        "Lets dead letters try again, once the cause is mended. Without --go it only counts them.",
    )
    parser.add_argument(
        "--only", action="append", default=[], metavar="NAME", help="only these; may be repeated"
    )
    parser.add_argument("--go", action="store_true", help="do it")
    return parser.parse_args(arguments)


def dead_letters_of(deployed: Deployed) -> list[DeadLetters]:
    """Every queue of dead letters that the stacks have."""
    runs: dict[str, list[str]] = {}
    for output in _RUNS:
        runs |= json.loads(deployed.output(output))
    return [
        DeadLetters(
            name=VISITS,
            url=deployed.output("VisitsDeadLetterQueueUrl"),
            back_to=deployed.output("VisitsQueueUrl"),
        ),
        DeadLetters(
            name=MAIL,
            url=deployed.output("MailDeadLetterQueueUrl"),
            back_to=deployed.output("MailQueueUrl"),
        ),
        *(
            DeadLetters(name=name, url=url, back_to=function)
            for name, (function, url) in sorted(runs.items())
        ),
    ]


class Redrive:
    """Empties queues of dead letters.

    Args:
        sqs: SQS.
        functions: Lambda.
        sleep: Waits, seconds.
    """

    def __init__(
        self,
        sqs: SQSClient,
        functions: LambdaClient,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._sqs = sqs
        self._functions = functions
        self._sleep = sleep

    def count(self, letters: DeadLetters) -> int:
        """How many there are, as far as SQS knows."""
        with plain_errors():
            answer = self._sqs.get_queue_attributes(
                QueueUrl=letters.url, AttributeNames=["ApproximateNumberOfMessages"]
            )
        return int(answer["Attributes"]["ApproximateNumberOfMessages"])

    def go(self, letters: DeadLetters) -> tuple[int, int]:
        """Lets a queue's dead letters try again.

        Returns:
            How many went, and how many stay because nothing can be made of them.

        Raises:
            OperationError: AWS refused; what had not gone by then is still there.
        """
        if letters.name == VISITS:
            return self._move(letters), 0
        handle = self._send if letters.name == MAIL else self._invoke
        gone = left = 0
        for message in self._receive(letters.url):
            if not handle(letters, message):
                left += 1
                continue
            gone += 1
            with plain_errors():
                self._sqs.delete_message(
                    QueueUrl=letters.url, ReceiptHandle=message["ReceiptHandle"]
                )
        return gone, left

    def _move(self, letters: DeadLetters) -> int:
        """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html."""
        with plain_errors():
            answer = self._sqs.get_queue_attributes(
                QueueUrl=letters.url, AttributeNames=["QueueArn"]
            )
            arn = answer["Attributes"]["QueueArn"]
            self._sqs.start_message_move_task(SourceArn=arn)
            for _ in range(_POLLS):
                task = self._sqs.list_message_move_tasks(SourceArn=arn, MaxResults=1)["Results"][0]
                if task["Status"] == "COMPLETED":
                    return task["ApproximateNumberOfMessagesMoved"]
                if task["Status"] != "RUNNING":
                    reason = task.get("FailureReason", task["Status"])
                    raise OperationError(f"SQS stopped moving the visits: {reason}.")
                self._sleep(_POLL_S)
        raise OperationError("SQS is still moving the visits; look again later.")

    def _receive(self, url: str) -> Iterator[MessageTypeDef]:
        while True:
            with plain_errors():
                batch = self._sqs.receive_message(
                    QueueUrl=url,
                    MaxNumberOfMessages=10,
                    WaitTimeSeconds=1,
                    VisibilityTimeout=_IN_HAND_S,
                    MessageSystemAttributeNames=["All"],
                    MessageAttributeNames=["All"],
                ).get("Messages", [])
            if not batch:
                return
            yield from batch

    def _send(self, letters: DeadLetters, message: MessageTypeDef) -> bool:
        attributes = message["Attributes"]
        with plain_errors():
            self._sqs.send_message(
                QueueUrl=letters.back_to,
                MessageBody=message["Body"],
                MessageGroupId=attributes["MessageGroupId"],
                MessageDeduplicationId=attributes["MessageDeduplicationId"],
            )
        return True

    def _invoke(self, letters: DeadLetters, message: MessageTypeDef) -> bool:
        """Asynchronously, as the scheduler does: a run that fails again is a dead letter again."""
        texts = {
            name: one.get("StringValue", "")
            for name, one in message.get("MessageAttributes", {}).items()
        }
        event = event_of(message["Body"], texts)
        if event is None:
            return False
        with plain_errors():
            self._functions.invoke(
                FunctionName=letters.back_to,
                InvocationType="Event",
                Payload=json.dumps(event).encode(),
            )
        return True


def event_of(body: str, attributes: Mapping[str, str]) -> dict[str, Any] | None:
    """The event of a run that failed; None where the record holds none.

    Lambda writes ``requestPayload`` into a record
    (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html). The
    scheduler writes the request that it could not make, whose ``Payload`` is the event as text,
    and when it was meant as an attribute
    (https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html). A person
    may have put back the event itself.
    """
    record = _object(body)
    if "requestPayload" in record:
        event = _object(record["requestPayload"])
    else:
        event = _object(record.get("Payload", record))
    if not isinstance(event.get("museum_id"), str):
        return None
    if str(event.get("scheduled_at", "")).startswith("<"):  # the scheduler had not filled it in
        event = event | {"scheduled_at": attributes.get("SCHEDULED_TIME", "")}
    return event if event.get("scheduled_at") else None


def _object(value: object) -> dict[str, Any]:
    """A JSON object, as such or as text; empty for anything else."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return {}
    return value if isinstance(value, dict) else {}


def _main(arguments: Sequence[str]) -> int:
    given = _parse(arguments)
    deployed = deployment_of(given)
    queues = dead_letters_of(deployed)
    names = [one.name for one in queues]
    unknown = sorted(set(given.only) - set(names))
    if unknown:
        raise OperationError(f"--only {unknown[0]}: there are {', '.join(names)}.")
    redrive = Redrive(deployed.client("sqs"), deployed.client("lambda"))
    meant = [one for one in queues if not given.only or one.name in given.only]
    counts = {one.name: redrive.count(one) for one in meant}
    for name, count in counts.items():
        print(f"{name:<24}{count:>8} dead letter(s)")
    if not given.go:
        print("Nothing was changed; say --go to let them try again.")
        return 0
    unreadable = 0
    for one in meant:
        if counts[one.name]:
            gone, left = redrive.go(one)
            unreadable += left
            print(f"{one.name:<24}{gone:>8} sent back" + (f", {left} unreadable" if left else ""))
    return STOPPED if unreadable else 0


if __name__ == "__main__":
    sys.exit(run(lambda: _main(sys.argv[1:])))
