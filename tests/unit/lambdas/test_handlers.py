"""The five handlers on moto: from a queued message to the curator's mail."""

import json
from collections.abc import Iterator

import pytest

from contracts.expressions import Expression
from contracts.visit import Visit
from lambdas.daily_report import handler as daily_report
from lambdas.publish_statistics import handler as publish_statistics
from lambdas.roll_up import handler as roll_up
from lambdas.shared.errors import EventError, SettingsError
from lambdas.store_visits import handler as store_visits
from lambdas.watch_expressions import handler as watch_expressions
from tests.unit.lambdas.cloud import (
    QUARANTINE,
    REPORTS,
    ROLLUPS,
    VISITS,
    Cloud,
    moto_cloud,
    sqs_event,
)
from tests.unit.lambdas.messages import message, ms, visit_at

pytestmark = pytest.mark.integration
MODULES = (store_visits, roll_up, publish_statistics, daily_report, watch_expressions)


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """An empty cloud that the handlers find as if they were deployed."""
    with moto_cloud() as made:
        for name, value in made.environment.items():
            monkeypatch.setenv(name, value)
        for module in MODULES:
            module.build.cache_clear()
        yield made
    for module in MODULES:
        module.build.cache_clear()


def _day() -> list[Visit]:
    moods = [Expression.HAPPINESS] * 14 + [Expression.SADNESS] * 26 + [Expression.NEUTRAL] * 12
    return [
        visit_at(f"2026-11-12T{10 + i % 4}:{i % 60:02}:00+01:00", emotion=mood, artwork_id=artwork)
        for artwork in ("water-lilies", "the-letter")
        for i, mood in enumerate(moods)
    ]


def _scheduled(text: str) -> dict[str, str]:
    return {"museum_id": "city-gallery", "scheduled_at": text}


def test_a_day_goes_from_the_queue_to_the_mailbox(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    """Stored, counted, published as metrics, reported and mailed once."""
    day, received = _day(), ms("2026-11-12T14:00:00+01:00")
    batch = [
        message(day[i : i + 13], f"m-{i}", received_at=received) for i in range(0, len(day), 13)
    ]
    assert store_visits.handler(sqs_event(batch), None) == {"batchItemFailures": []}
    assert store_visits.handler(sqs_event(batch), None) == {"batchItemFailures": []}
    assert len(cloud.items(VISITS)) == len(day)
    roll_up.handler(_scheduled("2026-11-12T13:10:00Z"), None)
    roll_up.handler(_scheduled("2026-11-12T23:10:00Z"), None)
    capsys.readouterr()
    publish_statistics.handler(_scheduled("2026-11-13T05:30:00Z"), None)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    data = {
        (one["Artwork"], one["Emotion"]): one["EmotionCountPerArtwork"]
        for one in lines
        if "EmotionCountPerArtwork" in one
    }
    assert data["water-lilies", "happiness"] == [14.0]
    assert [one["BusiestHourCount"] for one in lines if "BusiestHourCount" in one] == [[26.0]]
    for _ in range(2):
        daily_report.handler(_scheduled("2026-11-13T06:00:00Z"), None)
    (mail,) = cloud.mails()
    assert mail["Subject"] == "City Gallery: 12 November 2026, 104 visits"
    reports = cloud.objects(REPORTS)
    assert reports["reports/city-gallery/2026-11-12.txt"].decode() == mail["Message"]
    numbers = json.loads(reports["reports/city-gallery/2026-11-12.json"])
    assert numbers["visits"] == 104
    assert numbers["artworks"]["the-letter"]["sentiments"]["negative"] == 26


def test_refused_visits_are_kept_and_the_rest_of_the_message_is_stored(cloud: Cloud) -> None:
    """One visit of a stranger among two good ones."""
    good = [visit_at("2026-11-12T11:00:00+01:00") for _ in range(2)]
    stranger = visit_at("2026-11-12T11:00:00+01:00").to_dict() | {"device_id": "pi-2"}
    event = sqs_event([message([good[0], stranger, good[1]], received_at=good[0].detected_at)])
    assert store_visits.handler(event, None) == {"batchItemFailures": []}
    assert len(cloud.items(VISITS)) == 2
    ((key, kept),) = cloud.objects(QUARANTINE).items()
    assert key.startswith("visits/2026/11/12/")
    assert json.loads(kept)["reason"] == "foreign-device"


def test_messages_come_back_when_the_table_is_gone(cloud: Cloud) -> None:
    """A failing service fails the message, so that the queue brings it again."""
    cloud.dynamodb.delete_table(TableName=VISITS)
    visit = visit_at("2026-11-12T11:00:00+01:00")
    event = sqs_event([message([visit], "m-7", received_at=visit.detected_at)])
    assert store_visits.handler(event, None) == {"batchItemFailures": [{"itemIdentifier": "m-7"}]}


def test_many_negative_expressions_are_mailed_at_once(cloud: Cloud) -> None:
    """And once only, whatever comes in the same hour."""
    visits = [
        visit_at(f"2026-11-12T11:{i:02}:00+01:00", emotion=Expression.ANGER) for i in range(30)
    ]
    store_visits.handler(sqs_event([message(visits, received_at=visits[0].detected_at)]), None)
    for minute in ("30", "30", "45"):
        watch_expressions.handler(_scheduled(f"2026-11-12T10:{minute}:00Z"), None)
    (mail,) = cloud.mails()
    assert "Water Lilies" in mail["Subject"]
    assert any(item["pk"]["S"] == "ALERT#city-gallery" for item in cloud.items(ROLLUPS))


@pytest.mark.usefixtures("cloud")
def test_an_event_that_cannot_be_used_is_an_error_that_names_its_field() -> None:
    """The scheduler's dead-letter queue then holds it."""
    with pytest.raises(EventError, match="museum_id"):
        roll_up.handler({"museum_id": "nowhere", "scheduled_at": "2026-11-12T10:00:00Z"}, None)
    for broken in ("soon", "2026-11-12T10:00:00"):
        with pytest.raises(EventError, match="scheduled_at"):
            roll_up.handler(_scheduled(broken), None)


def test_a_missing_variable_is_an_error_that_names_it(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the template forgot is said at the first call."""
    monkeypatch.delenv("ROLLUPS_TABLE")
    with pytest.raises(SettingsError, match="ROLLUPS_TABLE must be set"):
        roll_up.handler(_scheduled("2026-11-12T10:00:00Z"), None)
    assert cloud.items(ROLLUPS) == []
