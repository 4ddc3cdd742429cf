"""The event of the scheduled functions."""

import json
from datetime import date
from pathlib import Path

import pytest

from lambdas.shared.errors import EventError
from lambdas.shared.schedule_event import parse_schedule_event
from tests.support.function_data import CONFIG, MUSEUM
from tests.unit.lambdas.messages import ms


def test_a_schedules_event_says_museum_and_meant_time(repository: Path) -> None:
    """On the morning after the clocks went back."""
    file = repository / "tests" / "events" / "schedule.json"
    run = parse_schedule_event(json.loads(file.read_text("utf-8")), CONFIG)
    assert run.museum == MUSEUM
    assert run.scheduled_ms == ms("2026-10-25T07:00:00+01:00")
    assert (run.today, run.yesterday) == (date(2026, 10, 25), date(2026, 10, 24))


@pytest.mark.parametrize("event", [None, [], "text", {"museum_id": 7}])
def test_an_event_of_another_shape_is_refused(event: object) -> None:
    """With the field that is missing."""
    with pytest.raises(EventError, match="museum_id"):
        parse_schedule_event(event, CONFIG)
