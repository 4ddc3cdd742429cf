"""What leaves the functions: refused messages, reports and mail, in AWS and in memory."""

from collections.abc import Callable
from datetime import date

import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sns.models import sns_backends

from lambdas.shared.aws import make_client
from lambdas.shared.errors import EventError, ServiceError
from lambdas.shared.letters import Audience, Letter, LetterQueue, parse_letter
from lambdas.shared.notifier import SnsTopics, plain_subject
from lambdas.shared.ports import Notifier
from lambdas.shared.quarantine import S3Quarantine
from lambdas.shared.report_store import S3ReportStore
from tests.fakes.outgoing import InMemoryNotifier

DAY = date(2026, 10, 24)


@pytest.fixture
def bucket(aws: None) -> str:  # noqa: ARG001  # the account must exist first
    """An empty bucket."""
    make_client("s3").create_bucket(
        Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    return "bucket"


def _object(bucket: str, key: str) -> tuple[bytes, str]:
    answer = make_client("s3").get_object(Bucket=bucket, Key=key)
    return answer["Body"].read(), answer["ContentType"]


def test_a_refused_message_is_kept_under_its_name(bucket: str) -> None:
    """Writing it twice keeps one."""
    quarantine = S3Quarantine(make_client("s3"), bucket)
    for _ in range(2):
        quarantine.put("visits/2026/10/24/abc.json", b"{}")
    assert _object(bucket, "visits/2026/10/24/abc.json") == (b"{}", "application/json")
    assert make_client("s3").list_objects_v2(Bucket=bucket)["KeyCount"] == 1


@pytest.mark.usefixtures("aws")
def test_a_bucket_that_is_not_there_is_a_service_error() -> None:
    """By the service's code, so that logs say what to mend."""
    with pytest.raises(ServiceError, match="NoSuchBucket"):
        S3Quarantine(make_client("s3"), "nowhere").put("key", b"")


def test_a_report_is_kept_as_json_and_as_text(bucket: str) -> None:
    """In UTF-8; a correction replaces it."""
    store = S3ReportStore(make_client("s3"), bucket)
    store.put("city-gallery", DAY, data="{}", text="Musée")
    store.put("city-gallery", DAY, data='{"visits": 10}', text="Musée d'Orsay")
    assert _object(bucket, "reports/city-gallery/2026-10-24.json")[0] == b'{"visits": 10}'
    text, kind = _object(bucket, "reports/city-gallery/2026-10-24.txt")
    assert (text.decode(), kind) == ("Musée d'Orsay", "text/plain; charset=utf-8")


@pytest.mark.usefixtures("aws")
def test_mail_goes_to_the_topic() -> None:
    """The subject as SNS takes it, the text as it is."""
    topic = make_client("sns").create_topic(Name="curators")["TopicArn"]
    SnsTopics(make_client("sns")).publish(topic, "Musée: 24 October 2026, 12 visits", "Où?")
    sent = sns_backends[DEFAULT_ACCOUNT_ID]["eu-west-1"].topics[topic].sent_notifications
    assert [(one[2], one[1]) for one in sent] == [("Musee: 24 October 2026, 12 visits", "Où?")]


@pytest.fixture(params=["sqs", "memory"])
def letters(request: pytest.FixtureRequest) -> tuple[Notifier, Callable[[], list[Letter]]]:
    """A way to send letters to curators, and to see which would be mailed."""
    if request.param == "memory":
        fake = InMemoryNotifier()
        return fake, lambda: [
            Letter(
                museum_id=mail.museum_id,
                audience=Audience.CURATORS,
                subject=mail.subject,
                body=mail.body,
            )
            for mail in fake.mails
        ]
    request.getfixturevalue("aws")
    client = make_client("sqs")
    url = client.create_queue(QueueName="mail.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]

    def queued() -> list[Letter]:
        found = []
        while messages := client.receive_message(QueueUrl=url).get("Messages", []):
            for message in messages:
                found.append(parse_letter(message["Body"]))
                client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found

    return LetterQueue(client, url, Audience.CURATORS), queued


def test_a_letter_is_taken_once_a_key(
    letters: tuple[Notifier, Callable[[], list[Letter]]],
) -> None:
    """Whatever it says the second time; another museum's key is another one."""
    notifier, queued = letters
    notifier.send("musee", "Où?", "Là", key="report 2026-10-24")
    notifier.send("musee", "Où?", "Là", key="report 2026-10-25")
    notifier.send("musee", "Quand?", "Hier", key="report 2026-10-24")
    notifier.send("louvre", "Où?", "Là", key="report 2026-10-24")
    assert sorted(one.museum_id for one in queued()) == ["louvre", "musee", "musee"]


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"audience": "the press"}', '{"audience": 1'])
def test_what_is_no_letter_is_refused(body: str) -> None:
    """It becomes a dead letter, and an alarm."""
    with pytest.raises(EventError, match="must be a letter"):
        parse_letter(body)


@pytest.mark.parametrize(
    ("subject", "plain"),
    [
        ("Nationalgalerie: größer", "Nationalgalerie: groer"),
        ("美術館: 24 October 2026, 12 visits", "24 October 2026, 12 visits"),
        ("a\nb", "ab"),
        ("美術館", "Museum"),
        ("x" * 300, "x" * 99),
    ],
)
def test_a_subject_becomes_what_sns_takes(subject: str, plain: str) -> None:
    """ASCII, one line, fewer than a hundred characters, never empty."""
    assert plain_subject(subject) == plain
