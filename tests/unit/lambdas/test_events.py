"""Events as AWS sends them, kept as files."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from contracts.visit import Visit
from lambdas.shared.errors import EventError
from lambdas.shared.schedule_event import parse_schedule_event
from lambdas.store_visits.reading import read_message
from lambdas.store_visits.refusal import Reason, Refusal
from tests.support.function_data import CONFIG, MUSEUM
from tests.unit.lambdas.messages import ms


def _event(repository: Path, name: str) -> Any:  # noqa: ANN401  # JSON
    return json.loads((repository / "tests" / "events" / f"{name}.json").read_text("utf-8"))


def test_a_queued_message_holds_its_visits(repository: Path) -> None:
    """One record with two visits, one that was cut off on its way."""
    whole, broken = _event(repository, "sqs_visits")["Records"]
    visits = list(read_message(whole["body"], CONFIG))
    assert [isinstance(one, Visit) for one in visits] == [True, True]
    (refusal,) = read_message(broken["body"], CONFIG)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is Reason.NOT_JSON


def test_a_schedules_event_says_museum_and_meant_time(repository: Path) -> None:
    """On the morning after the clocks went back."""
    run = parse_schedule_event(_event(repository, "schedule"), CONFIG)
    assert run.museum == MUSEUM
    assert run.scheduled_ms == ms("2026-10-25T07:00:00+01:00")
    assert (run.today, run.yesterday) == (date(2026, 10, 25), date(2026, 10, 24))


@pytest.mark.parametrize("event", [None, [], "text", {"museum_id": 7}])
def test_an_event_of_another_shape_is_refused(event: object) -> None:
    """With the field that is missing."""
    with pytest.raises(EventError, match="museum_id"):
        parse_schedule_event(event, CONFIG)
