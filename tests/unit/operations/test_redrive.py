"""Dead letters try again."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from operations import redrive
from operations.command import run
from operations.errors import OperationError
from operations.redrive import DeadLetters, Redrive, event_of
from tests.unit.operations.conftest import Account, fail

EVENT = {"museum_id": "city-gallery", "scheduled_at": "2026-11-20T06:00:00Z"}
RECORD = {
    "version": "1.0",
    "requestContext": {"condition": "RetriesExhausted", "functionArn": "arn:x"},
    "requestPayload": EVENT,
    "responsePayload": {"errorMessage": "no"},
}


def _request(payload: str) -> str:
    """What the scheduler could not ask of Lambda, as it writes it down."""
    request = {"FunctionName": "arn:x", "InvocationType": "Event", "Payload": payload}
    return json.dumps(request)


class _Functions:
    """Lambda, as far as it is asked."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, Any]] = []

    def invoke(self, *, FunctionName: str, InvocationType: str, Payload: bytes) -> None:  # noqa: N803  # boto3's
        self.calls.append((FunctionName, InvocationType, json.loads(Payload)))


def _run(account: Account, *more: str) -> int:
    return run(lambda: redrive._main(account.arguments(*more)))


def _bodies(account: Account, queue: str) -> list[str]:
    answer = account.client("sqs").receive_message(
        QueueUrl=account.output(queue), MaxNumberOfMessages=10
    )
    return [one["Body"] for one in answer.get("Messages", [])]


def _kill_letters(account: Account, *bodies: str) -> None:
    for i, body in enumerate(bodies):
        account.client("sqs").send_message(
            QueueUrl=account.output("MailDeadLetterQueueUrl"),
            MessageBody=body,
            MessageGroupId="city-gallery.curators",
            MessageDeduplicationId=f"key-{i}",
        )


def test_without_go_it_only_counts(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    """Every queue, by name."""
    _kill_letters(account, "one", "two")
    assert _run(account) == 0
    rows = [line.split()[:2] for line in capsys.readouterr().out.splitlines()]
    assert rows[:4] == [["visits", "0"], ["mail", "2"], ["daily_report", "0"], ["roll_up", "0"]]
    assert _bodies(account, "MailQueueUrl") == []


def test_letters_go_back_in_order(account: Account) -> None:
    """Under their own group and key."""
    _kill_letters(account, "one", "two", "three")
    assert _run(account, "--go") == 0
    assert _bodies(account, "MailQueueUrl") == ["one", "two", "three"]
    assert _bodies(account, "MailDeadLetterQueueUrl") == []


def test_a_letter_that_went_twice_is_one_letter(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the command died between sending and deleting."""
    _kill_letters(account, "one")
    monkeypatch.setattr(redrive, "_IN_HAND_S", 0)
    with monkeypatch.context() as patched:
        error = ClientError({"Error": {"Code": "InternalError"}}, "DeleteMessage")
        fail(patched, "DeleteMessage", error)
        assert _run(account, "--go") == 1
    assert _run(account, "--go") == 0
    assert _bodies(account, "MailQueueUrl") == ["one"]
    assert _bodies(account, "MailDeadLetterQueueUrl") == []


def test_a_failed_run_is_asked_for_again(account: Account) -> None:
    """Lambda's record and the scheduler's own; what holds no event stays."""
    sqs, functions = account.client("sqs"), _Functions()
    (url,) = [
        url for name, (_, url) in json.loads(account.output("AlertingDeadLetters")).items()
        if name == "daily_report"
    ]  # fmt: skip
    for body in (json.dumps(RECORD), json.dumps(EVENT), "no record"):
        sqs.send_message(QueueUrl=url, MessageBody=body)
    letters = DeadLetters(name="daily_report", url=url, back_to="report-function")
    assert Redrive(sqs, functions).go(letters) == (2, 1)  # type: ignore[arg-type]  # as much of a client as is used
    assert functions.calls == [("report-function", "Event", EVENT)] * 2
    attributes = sqs.get_queue_attributes(
        QueueUrl=url, AttributeNames=["ApproximateNumberOfMessagesNotVisible"]
    )["Attributes"]
    assert attributes == {"ApproximateNumberOfMessagesNotVisible": "1"}


def test_a_run_that_cannot_be_asked_for_stays(
    account: Account, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Lambda says no; nothing is deleted, and the others are not tried in vain."""
    (_, url) = json.loads(account.output("AnalyticsDeadLetters"))["roll_up"]
    account.client("sqs").send_message(QueueUrl=url, MessageBody=json.dumps(RECORD))
    error = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "x"}}, "Invoke")
    monkeypatch.setattr(redrive, "_IN_HAND_S", 0)
    fail(monkeypatch, "Invoke", error)
    assert _run(account, "--go", "--only", "roll_up") == 1
    assert "may not do Invoke" in capsys.readouterr().err
    assert _run(account, "--only", "roll_up") == 0
    assert capsys.readouterr().out.split()[:2] == ["roll_up", "1"]


@pytest.fixture
def stubbed(account: Account) -> Iterator[tuple[Redrive, Stubber, DeadLetters]]:
    """SQS by its own model: moto moves no messages."""
    sqs = account.client("sqs")
    letters = DeadLetters(
        name="visits",
        url=account.output("VisitsDeadLetterQueueUrl"),
        back_to=account.output("VisitsQueueUrl"),
    )
    with Stubber(sqs) as stubber:
        stubber.add_response(
            "get_queue_attributes", {"Attributes": {"QueueArn": "arn:dead"}},
            {"QueueUrl": letters.url, "AttributeNames": ["QueueArn"]},
        )  # fmt: skip
        stubber.add_response(
            "start_message_move_task", {"TaskHandle": "t"}, {"SourceArn": "arn:dead"}
        )
        waits: list[float] = []
        yield Redrive(sqs, _Functions(), waits.append), stubber, letters  # type: ignore[arg-type]  # as above
        stubber.assert_no_pending_responses()


def _task(**fields: object) -> tuple[str, dict[str, Any], dict[str, Any]]:
    asked = {"SourceArn": "arn:dead", "MaxResults": 1}
    return "list_message_move_tasks", {"Results": [fields]}, asked


def test_visits_are_moved_by_sqs_itself(stubbed: tuple[Redrive, Stubber, DeadLetters]) -> None:
    """And waited for."""
    redriver, stubber, letters = stubbed
    stubber.add_response(*_task(Status="RUNNING", ApproximateNumberOfMessagesMoved=3))
    stubber.add_response(*_task(Status="COMPLETED", ApproximateNumberOfMessagesMoved=7))
    assert redriver.go(letters) == (7, 0)


def test_a_move_that_fails_says_why(stubbed: tuple[Redrive, Stubber, DeadLetters]) -> None:
    """In SQS's words."""
    redriver, stubber, letters = stubbed
    stubber.add_response(*_task(Status="FAILED", FailureReason="CouldNotDetermineMessageSource"))
    with pytest.raises(OperationError, match="CouldNotDetermineMessageSource"):
        redriver.go(letters)


def test_an_unknown_queue_is_named(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    """With those that there are."""
    assert _run(account, "--only", "mails") == 1
    assert "--only mails: there are visits, mail, daily_report, roll_up." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("body", "event"),
    [
        (json.dumps(RECORD), EVENT),
        (json.dumps(EVENT), EVENT),
        (_request(json.dumps(EVENT)), EVENT),
        (
            _request(json.dumps(EVENT | {"scheduled_at": "<aws.scheduler.scheduled-time>"})),
            EVENT | {"scheduled_at": "2026-11-19T06:00:00Z"},
        ),
        (_request('{"museum_id": "city-gal'), None),  # cut short: IS_PAYLOAD_TRUNCATED
        (json.dumps({"museum_id": "city-gallery"}), None),
        (json.dumps({"requestPayload": None}), None),
        ("[]", None),
        ("", None),
    ],
)
def test_a_record_holds_the_event(body: str, event: dict[str, str] | None) -> None:
    """Whoever wrote it."""
    assert event_of(body, {"SCHEDULED_TIME": "2026-11-19T06:00:00Z"}) == event
