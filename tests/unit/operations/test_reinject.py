"""Refused messages, sent again after a mend: none lost, each with one effect."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from contracts.museum_toml import DeploymentConfig, load_museums
from contracts.visit import Visit, encode_visit, encode_visits
from lambdas.store_visits.reading import read_message
from lambdas.store_visits.refusal import Refusal
from operations import reinject
from operations.command import run
from operations.refused import UNREADABLE, is_past_counting, read_refused
from tests.fakes.visits import make_visit
from tests.support.function_data import message, queue_body
from tests.unit.operations.conftest import Account, fail

NOW = datetime.now(UTC)
RECEIVED = round((NOW - timedelta(hours=3)).timestamp() * 1000)


def _visit(artwork_id: str = "water-lilies") -> Visit:
    return replace(
        make_visit(detected_at=RECEIVED - 10_000),
        museum_id="city-gallery", artwork_id=artwork_id, device_id="pi-1",
    )  # fmt: skip


def _refusals(body: str, config: DeploymentConfig) -> list[Refusal]:
    return [one for one in read_message(body, config) if isinstance(one, Refusal)]


class _World:
    """The account, and the function that reads its queue."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.bucket = account.output("QuarantineBucketName")
        self.s3, self.sqs = account.client("s3"), account.client("sqs")
        self.queue = account.output("VisitsQueueUrl")

    @property
    def config(self) -> DeploymentConfig:
        return load_museums(self.account.museums)

    def mend(self, artwork_id: str) -> None:
        """Puts an artwork into museum.toml."""
        text = self.account.museums.read_text()
        first = '{ id = "harvest"'
        text = text.replace(first, f'{{ id = "{artwork_id}", title = "New" }}, {first}')
        self.account.museums.write_text(text)

    def keep(self, refusal: Refusal) -> None:
        """Keeps it as the function does."""
        self.s3.put_object(Bucket=self.bucket, Key=refusal.key, Body=refusal.body())

    def refuse(self, body: str) -> None:
        """What the function does with a body."""
        for one in _refusals(body, self.config):
            self.keep(one)

    def fail_in_rule(self, payload: bytes, name: str = "a") -> None:
        """What the rule's error action leaves."""
        inner = json.loads(queue_body(payload, received_at=RECEIVED))
        report = {
            "ruleName": "smart_museum_visits",
            "topic": "$aws/rules/smart_museum_visits/museum/v1/city-gallery/pi-1/visits",
            "cloudwatchTraceId": "7e146a2c",
            "clientId": "pi-1",
            "base64OriginalPayload": inner["payload"],
            "failures": [{"failedAction": "SqsAction", "errorMessage": "no"}],
        }
        key = f"rule-errors/visits/{name}.json"
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=json.dumps(report))

    @property
    def keys(self) -> list[str]:
        """Every object."""
        listed = self.s3.list_objects_v2(Bucket=self.bucket)
        return [one["Key"] for one in listed.get("Contents", [])]

    def bodies(self) -> list[str]:
        """Takes all messages out of the queue."""
        found: list[str] = []
        while batch := self.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for one in batch:
                found.append(one["Body"])
                self.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=one["ReceiptHandle"])
        return found

    def stored(self) -> set[str]:
        """Ids of the visits that the function would store; keeps what it refuses again."""
        ids: set[str] = set()
        for body in self.bodies():
            for one in read_message(body, self.config):
                if isinstance(one, Refusal):
                    self.keep(one)
                else:
                    ids.add(one.visit_id)
        return ids

    def run(self, *more: str) -> int:
        """The command."""
        return run(lambda: reinject._main(self.account.arguments(*more)))


@pytest.fixture
def world(account: Account) -> _World:
    """An account with nothing refused yet."""
    return _World(account)


def _message(*visits: Visit | bytes) -> str:
    return message("m-1", visits, received_at=RECEIVED).body


def test_without_go_it_only_counts(world: _World, capsys: pytest.CaptureFixture[str]) -> None:
    """A table by reason; the bucket and the queue stay."""
    world.refuse(_message(_visit("new-one"), _visit("new-one"), b'{"nonsense": 1}'))
    world.fail_in_rule(b"any")
    before = world.keys
    assert len(before) == 4
    assert world.run() == 0
    printed = capsys.readouterr().out
    rows = [line.split() for line in printed.splitlines()]
    assert ["unknown-artwork", "2", "0", "0"] in rows
    assert ["contract", "1", "0", "0"] in rows
    assert ["rule-error", "1", "0", "0"] in rows
    assert "4 would be sent" in printed
    assert world.keys == before
    assert world.bodies() == []


def test_after_the_mend_every_visit_is_stored(world: _World) -> None:
    """Single visits of a message, and whole messages that the rule could not queue."""
    single, whole = [_visit("new-one"), _visit("new-one")], [_visit(), _visit("harvest")]
    world.refuse(_message(*single))
    world.fail_in_rule(encode_visits([encode_visit(one) for one in whole]))
    world.mend("new-one")
    assert world.run("--go") == 0
    assert world.stored() == {one.visit_id for one in (*single, *whole)}
    assert world.keys == []


def test_a_wrong_mend_loses_nothing(world: _World) -> None:
    """What is refused again is kept again, under the same key too, and can be sent again."""
    visits = [_visit("new-one"), _visit("new-one")]
    world.refuse(_message(*visits))
    world.refuse(queue_body(b"no JSON at all", received_at=RECEIVED))
    world.refuse("no envelope")
    for _ in range(3):
        assert world.run("--go") == 0
        assert not any(key.startswith("visits/") for key in world.keys)
        assert world.stored() == set()
        assert len(world.keys) == 4
    world.mend("new-one")
    assert world.run("--go", "--reason", "unknown-artwork") == 0
    assert world.stored() == {one.visit_id for one in visits}
    assert len(world.keys) == 2


def test_a_new_refusal_under_the_same_key_survives(world: _World) -> None:
    """The function is faster than the command: it refuses before the object is deleted."""
    world.refuse(queue_body(b"no JSON at all", received_at=RECEIVED))
    (key,) = world.keys
    real: Callable[..., Any] = world.sqs.send_message

    class _Fast:
        def send_message(self, **arguments: Any) -> Any:  # noqa: ANN401  # boto3's
            answer = real(**arguments)
            assert world.stored() == set()
            return answer

    quarantined = reinject.Quarantined(world.s3, world.bucket)
    wish = reinject.Wish(reasons=frozenset(), since=None, until=None, prefix="")
    found = list(quarantined.objects(wish))
    done = reinject.reinject(found, quarantined, _Fast(), world.queue)  # type: ignore[arg-type]  # as much of a client as is used
    assert done == (1, [])
    assert world.keys == [key]


@pytest.mark.parametrize("operation", ["CopyObject", "DeleteObject", "SendMessage"])
@pytest.mark.parametrize("survives", [0, 1, 2, 3])
def test_whatever_fails_halfway_is_made_up_for(
    world: _World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    operation: str, survives: int,
) -> None:  # fmt: skip
    """Nothing is lost; a message that went twice has one effect; nothing is left."""
    visits = [_visit("new-one") for _ in range(3)]
    for one in visits:
        world.refuse(_message(one))
    world.mend("new-one")
    calls = iter(range(100))
    error = ClientError({"Error": {"Code": "InternalError"}}, operation)
    with monkeypatch.context() as patched:
        fail(patched, operation, error, when=lambda: next(calls) >= survives)
        code = world.run("--go")
    failed = capsys.readouterr().err
    assert bool(code) == bool(failed)
    stored = world.stored()
    assert world.run("--go") == 0
    assert stored | world.stored() == {one.visit_id for one in visits}
    assert world.keys == []


def test_reason_time_and_prefix_choose(world: _World, capsys: pytest.CaptureFixture[str]) -> None:
    """What is not meant stays."""
    world.refuse(_message(_visit("new-one")))
    world.refuse(queue_body(b"no JSON", received_at=RECEIVED))
    world.refuse("no envelope")
    world.fail_in_rule(b"any")
    at = datetime.fromtimestamp(RECEIVED / 1000, UTC)
    for arguments, count in (
        (["--reason", "not-json", "--reason", "rule-error"], 2),
        (["--reason", "contract"], 0),
        (["--since", at.isoformat(), "--until", (at + timedelta(seconds=1)).isoformat()], 2),
        (["--until", at.isoformat()], 0),
        (["--since", (at + timedelta(hours=1)).isoformat()], 1),
        (["--prefix", "rule-errors/"], 1),
        (["--prefix", f"visits/{at:%Y}"], 2),
        (["--prefix", "visits/undated"], 1),
        (["--prefix", "visits/1999"], 0),
    ):
        assert world.run(*arguments) == 0
        assert f"{count} would be sent" in capsys.readouterr().out, arguments


def test_what_holds_no_message_is_told_and_stays(
    world: _World, capsys: pytest.CaptureFixture[str]
) -> None:
    """An object of somebody else's, or bytes that SQS does not take."""
    world.s3.put_object(Bucket=world.bucket, Key="visits/2026/x.json", Body=b"\xff")
    world.refuse("no envelope \x07")
    before = world.keys
    assert world.run("--go") == 0
    assert "0 of 0 sent" in (printed := capsys.readouterr().out)
    assert ["all", "2", "0", "2"] in [line.split() for line in printed.splitlines()]
    assert world.keys == before


def test_what_comes_too_late_to_be_counted_stays(world: _World) -> None:
    """Its day's other visits have expired; storing it would hide that it is not counted."""
    old = RECEIVED - 40 * 86_400_000
    visit = replace(_visit("new-one"), detected_at=old)
    body = message("m", [visit], received_at=old + 5).body
    world.refuse(body)
    world.mend("new-one")
    assert world.run("--go") == 0
    assert len(world.keys) == 1
    assert world.bodies() == []


@pytest.mark.parametrize(("days", "late"), [(27, False), (28, False), (29, True), (400, True)])
def test_too_late_is_as_the_functions_count(world: _World, days: int, late: bool) -> None:  # noqa: FBT001  # a parameter
    """Thirty days are kept, and a roll-up needs one of them; noon is half a day into its own."""
    now = datetime(2026, 11, 21, 11, tzinfo=UTC)
    at = now - timedelta(days=days)
    visit = replace(_visit("new-one"), detected_at=round(at.timestamp() * 1000))
    body = message("m", [visit], received_at=visit.detected_at).body
    (refusal,) = _refusals(body, world.config)
    one = read_refused(refusal.key, refusal.body(), now)
    assert is_past_counting(one, world.config, now) is late


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'{"payload": 1}', b'{"payload": "?", "reason": "x"}', b"null"]
)
@pytest.mark.parametrize("folder", ["visits/", "rule-errors/visits/"])
def test_any_object_can_be_read(folder: str, content: bytes) -> None:
    """An object of another shape is told of, never a crash."""
    one = read_refused(f"{folder}a.json", content, NOW)
    assert (one.reason, one.body) == (UNREADABLE, None)
