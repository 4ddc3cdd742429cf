"""The five functions as Lambda starts them, on moto, from a visit in the queue to the mail."""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sns.models import sns_backends

from contracts.expressions import Expression
from contracts.metrics import NAMESPACE, Metric
from contracts.museum_toml import load_museums
from contracts.visit import Visit, encode_visit, encode_visits
from lambdas.daily_report.handler import build as build_report
from lambdas.daily_report.handler import handler as daily_report
from lambdas.publish_statistics.handler import build as build_statistics
from lambdas.publish_statistics.handler import handler as publish_statistics
from lambdas.roll_up.handler import build as build_roll_up
from lambdas.roll_up.handler import handler as roll_up
from lambdas.send_mail.handler import build as build_send
from lambdas.send_mail.handler import handler as send_mail
from lambdas.shared.aws import make_client
from lambdas.shared.errors import EventError
from lambdas.store_visits.handler import build as build_store
from lambdas.store_visits.handler import handler as store_visits
from lambdas.watch_expressions.handler import build as build_watch
from lambdas.watch_expressions.handler import handler as watch_expressions
from tests.fakes.visits import make_visit
from tests.support.dynamo_tables import create_table
from tests.support.function_data import local, queue_body
from workload.faults import UNREADABLE, Fault, bad_visit, unreadable_message

pytestmark = pytest.mark.integration

EVENTS = Path(__file__).resolve().parents[1] / "events"
DAY = date(2026, 10, 22)  # a Thursday, open 10:00-21:00
Handler = Callable[[dict[str, Any], object], None]
BUILDERS = (
    build_store, build_roll_up, build_statistics, build_report, build_watch, build_send,
)  # fmt: skip


@dataclass
class Account:
    """What the functions wrote, as AWS has it."""

    topic_arn: str

    def objects(self, bucket: str) -> dict[str, Any]:
        """Every object of a bucket by key; JSON decoded, text as text."""
        s3 = make_client("s3")
        keys = [one["Key"] for one in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
        bodies = {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}
        return {
            key: json.loads(body) if key.endswith(".json") else body.decode()
            for key, body in bodies.items()
        }

    def mails(self) -> list[dict[str, str]]:
        """What was published to the curators, oldest first."""
        topic = sns_backends[DEFAULT_ACCOUNT_ID]["eu-west-1"].topics[self.topic_arn]
        return [
            {"Message": message, "Subject": subject or ""}
            for _, message, subject, *_ in topic.sent_notifications
        ]

    def items(self, table: str, partition: str) -> list[dict[str, Any]]:
        """The items of one partition."""
        answer: list[dict[str, Any]] = make_client("dynamodb").query(
            TableName=table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": partition}},
        )["Items"]
        return answer


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch, repository: Path, tmp_path: Path) -> Iterator[Account]:
    """Tables, buckets and a topic, named in the environment as the stacks do."""
    museums = tmp_path / "museums.json"
    museums.write_bytes(load_museums(repository / "museum.toml").for_functions())
    with mock_aws():
        for table in ("visits", "rollups"):
            create_table(table)
        for bucket in ("quarantine", "reports"):
            make_client("s3").create_bucket(
                Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
            )
        topic = make_client("sns").create_topic(Name="curators-city-gallery")["TopicArn"]
        mail = make_client("sqs").create_queue(
            QueueName="mail.fifo", Attributes={"FifoQueue": "true"}
        )["QueueUrl"]
        for name, value in {
            "MUSEUM_CONFIG": museums.name,
            "LAMBDA_TASK_ROOT": str(tmp_path),
            "VISITS_TABLE": "visits",
            "ROLLUPS_TABLE": "rollups",
            "QUARANTINE_BUCKET": "quarantine",
            "REPORTS_BUCKET": "reports",
            "CURATOR_TOPICS": topic.removesuffix("city-gallery"),
            "OPERATOR_TOPIC": "no letter of these tests goes there",
            "MAIL_QUEUE": mail,
        }.items():
            monkeypatch.setenv(name, value)
        for build in BUILDERS:
            build.cache_clear()
        yield Account(topic)


def _event(name: str) -> dict[str, Any]:
    """An event as AWS documents it."""
    event: dict[str, Any] = json.loads((EVENTS / name).read_text("utf-8"))
    return event


def _sqs(*bodies: str) -> dict[str, Any]:
    (record,) = _event("store_visits.json")["Records"]
    return {
        "Records": [
            record | {"messageId": f"message-{i}", "body": body} for i, body in enumerate(bodies)
        ]
    }


def _run_at(handler: Handler, day: date, clock: str) -> None:
    """Fires a schedule of a museum-local time, at that time."""
    at = datetime.fromtimestamp(local(day, clock) // 1000, UTC)
    with time_machine.travel(at, tick=False):
        handler(_event("schedule.json") | {"scheduled_at": f"{at:%Y-%m-%dT%H:%M:%SZ}"}, None)
        _send_letters()


def _send_letters() -> None:
    """Works the mail queue off, as Lambda does at once."""
    sqs, url = make_client("sqs"), os.environ["MAIL_QUEUE"]
    while found := sqs.receive_message(QueueUrl=url).get("Messages", []):
        for one in found:
            send_mail({"Records": [{"body": one["Body"]}]}, None)
            sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])


def _store_at(day: date, clock: str, *bodies: str) -> list[str]:
    """Delivers a batch; the ids of the messages that must come back."""
    with time_machine.travel(datetime.fromtimestamp(local(day, clock) // 1000, UTC), tick=False):
        answer = store_visits(_sqs(*bodies), None)
    return [one["itemIdentifier"] for one in answer["batchItemFailures"]]


def _visits(clock: str, number: int, emotion: Expression, artwork_id: str) -> list[Visit]:
    return [
        replace(
            make_visit(detected_at=local(DAY, clock) + i),
            emotion_id=emotion,
            artwork_id=artwork_id,
        )
        for i in range(number)
    ]


def _message(visits: Sequence[Visit | bytes]) -> str:
    encoded = [one if isinstance(one, bytes) else encode_visit(one) for one in visits]
    return queue_body(encode_visits(encoded), received_at=local(DAY, "15:00"))


def _data(output: str, metric: Metric) -> list[dict[str, Any]]:
    """The embedded metric lines of one metric."""
    lines = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    return [line for line in lines if "_aws" in line and metric.value in line]


def test_a_batch_is_stored_and_what_is_malformed_is_quarantined(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    """One object per malformed visit or unreadable message; the rest is stored; all succeed."""
    good = _visits("14:00", 8, Expression.HAPPINESS, "harvest")
    spoilt = [
        bad_visit(fault, make_visit(detected_at=local(DAY, "14:00")), "pi-2")
        for fault in Fault
        if fault not in UNREADABLE
    ]
    unreadable = [
        queue_body(unreadable_message(fault, make_visit()), received_at=local(DAY, "15:00"))
        for fault in sorted(UNREADABLE)
    ]
    batch = [_message([*good[:4], *spoilt[:4]]), *unreadable, _message([*spoilt[4:], *good[4:]])]
    assert _store_at(DAY, "15:00", *batch) == []
    stored = account.items("visits", f"city-gallery#harvest#{DAY}")
    assert {item["visit_id"]["S"] for item in stored} == {visit.visit_id for visit in good}
    objects = account.objects("quarantine")
    assert len(objects) == len(Fault)
    assert all(key.startswith("visits/2026/10/22/") for key in objects)
    assert {one["client_id"] for one in objects.values()} == {"pi-1"}
    output = capsys.readouterr().out
    assert good[0].visit_id not in output
    (latency,) = _data(output, Metric.LATENCY)
    assert latency["_aws"]["CloudWatchMetrics"][0]["Namespace"] == NAMESPACE
    assert latency["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["Museum"]]
    assert len(latency[Metric.LATENCY]) == len(good)
    (quarantined,) = _data(output, Metric.VISITS_QUARANTINED)
    assert quarantined[Metric.VISITS_QUARANTINED] == [len(Fault)]


def test_a_batch_delivered_twice_changes_nothing(account: Account) -> None:
    """Neither in the table nor in the quarantine."""
    visits = _visits("14:00", 3, Expression.FEAR, "harvest")
    body = _message([*visits, b'{"visit_id": 1}'])
    for _ in range(2):
        assert _store_at(DAY, "15:00", body, body) == []
    assert len(account.items("visits", f"city-gallery#harvest#{DAY}")) == 3
    assert len(account.objects("quarantine")) == 1


def test_a_day_is_counted_reported_and_corrected(account: Account) -> None:
    """From the queue to the mail; a visit that comes late ends in the right report."""
    visits = [
        *_visits("12:10", 14, Expression.HAPPINESS, "harvest"),
        *_visits("14:10", 30, Expression.NEUTRAL, "harvest"),
        *_visits("14:20", 12, Expression.SADNESS, "the-letter"),
    ]
    _store_at(DAY, "15:00", *(_message(visits[i : i + 20]) for i in range(0, len(visits), 20)))
    _run_at(roll_up, DAY, "15:10")
    assert len(account.items("rollups", f"city-gallery#{DAY}")) == 3
    morning = DAY + timedelta(days=1)
    for _ in range(2):  # a retry mails nobody twice
        _run_at(daily_report, morning, "07:00")
    (mail,) = account.mails()
    assert mail["Subject"] == "City Gallery: 22 October 2026, 56 visits"
    assert "Most crowded hour: 14:00 to 15:00, with 42 visits." in mail["Message"]
    assert max(map(len, mail["Message"].splitlines())) <= 78
    reports = account.objects("reports")
    assert reports[f"reports/city-gallery/{DAY}.txt"] == mail["Message"]
    assert reports[f"reports/city-gallery/{DAY}.json"]["artworks"]["harvest"]["visits"] == 44

    late = _visits("17:00", 25, Expression.SURPRISE, "harvest")
    _store_at(morning, "15:00", _message(late))
    assert [item["sk"]["S"] for item in account.items("rollups", "DIRTY#city-gallery")] == [
        str(DAY)
    ]
    _run_at(roll_up, morning, "15:10")
    assert account.items("rollups", "DIRTY#city-gallery") == []
    _run_at(daily_report, morning + timedelta(days=1), "07:00")
    assert len(account.mails()) == 2
    mail = account.mails()[-1]
    assert "Late arrivals: 25 visits for earlier days arrived" in mail["Message"]
    corrected = account.objects("reports")[f"reports/city-gallery/{DAY}.json"]
    assert corrected["visits"] == 81
    assert corrected["busiest_hour"]["hour"] == "14+0200"


def test_statistics_carry_the_noon_of_their_day(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    """Counts per artwork and expression from k on, and the busiest hour."""
    visits = _visits("14:10", 30, Expression.NEUTRAL, "harvest")
    visits += _visits("12:10", 14, Expression.ANGER, "harvest")
    _store_at(DAY, "15:00", _message(visits))
    _run_at(roll_up, DAY, "15:10")
    capsys.readouterr()
    _run_at(publish_statistics, DAY + timedelta(days=1), "06:30")
    output = capsys.readouterr().out
    counts = {
        (line["Artwork"], line["Emotion"]): line[Metric.EMOTION_COUNT_PER_ARTWORK]
        for line in _data(output, Metric.EMOTION_COUNT_PER_ARTWORK)
    }
    assert all(value[0] >= 10 for value in counts.values())
    (busiest,) = _data(output, Metric.BUSIEST_HOUR_COUNT)
    assert busiest[Metric.BUSIEST_HOUR_COUNT] == [30]
    assert busiest["_aws"]["Timestamp"] == local(DAY, "12:00")
    assert account.mails() == []


def test_many_negative_expressions_alert_the_curators_once(account: Account) -> None:
    """Once per window; closed museums are not looked at."""
    visits = _visits("14:10", 30, Expression.SADNESS, "harvest")
    visits += _visits("14:10", 12, Expression.NEUTRAL, "harvest")
    visits += _visits("14:10", 40, Expression.HAPPINESS, "the-letter")
    _store_at(DAY, "15:00", _message(visits[:50]), _message(visits[50:]))
    for clock in ("15:00", "15:00", "15:10"):
        _run_at(watch_expressions, DAY, clock)
    (mail,) = account.mails()
    assert mail["Subject"] == "City Gallery: many negative expressions at Harvest at Dusk"
    assert "30 of 42 visits were negative (71 %)" in mail["Message"]
    assert "letter" not in mail["Message"].lower()
    assert len(account.items("rollups", "ALERT#city-gallery")) == 1


def test_a_message_that_is_no_message_is_quarantined(account: Account) -> None:
    """An empty object, as in the documented event."""
    assert store_visits(_event("store_visits.json"), None) == {"batchItemFailures": []}
    (refused,) = account.objects("quarantine").values()
    assert refused["reason"] == "envelope"


def test_a_failing_service_brings_back_just_the_messages_it_failed(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The refused message cannot be kept, the good one is stored."""
    monkeypatch.setenv("QUARANTINE_BUCKET", "nowhere")
    good = _message(_visits("14:00", 2, Expression.HAPPINESS, "harvest"))
    assert _store_at(DAY, "15:00", good, "{}") == ["message-1"]
    assert len(account.items("visits", f"city-gallery#harvest#{DAY}")) == 2


@pytest.mark.parametrize(
    "event",
    [{}, {"museum_id": "louvre", "scheduled_at": "2026-10-25T06:00:00Z"},
     {"museum_id": "city-gallery", "scheduled_at": "noon"},
     {"museum_id": "city-gallery", "scheduled_at": "2026-10-25T06:00:00"}],
)  # fmt: skip
@pytest.mark.parametrize("handler", [roll_up, publish_statistics, daily_report, watch_expressions])
@pytest.mark.usefixtures("account")
def test_an_event_that_cannot_be_used_is_an_error(handler: Handler, event: dict[str, str]) -> None:
    """So that the schedule's dead-letter queue gets it."""
    with pytest.raises(EventError):
        handler(event, None)
