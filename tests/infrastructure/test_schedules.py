import json
from typing import Any

from tests.infrastructure.synthesised import Synthesised, names

SCHEDULE = "AWS::Scheduler::Schedule"


def _function(schedule: dict[str, Any]) -> str:
    return names(schedule["Target"]["Arn"]).removesuffix("Function")


def test_schedules_run_in_the_museums_own_time(trial: Synthesised) -> None:
    """Each function runs once for each museum, by that museum's clock."""
    seen = {
        (
            _function(schedule),
            json.loads(schedule["Target"]["Input"])["museum_id"],
            schedule["ScheduleExpression"],
            schedule["ScheduleExpressionTimezone"],
        )
        for schedule in trial.resources(SCHEDULE).values()
    }
    halifax, tokyo = "America/Halifax", "Asia/Tokyo"
    assert seen == {
        ("RollUp", "old-harbour", "cron(10 * * * ? *)", halifax),
        ("RollUp", "new-wing", "cron(10 * * * ? *)", tokyo),
        ("PublishStatistics", "old-harbour", "cron(30 6 * * ? *)", halifax),
        ("PublishStatistics", "new-wing", "cron(30 6 * * ? *)", tokyo),
        ("DailyReport", "old-harbour", "cron(45 4 * * ? *)", halifax),
        ("DailyReport", "new-wing", "cron(0 7 * * ? *)", tokyo),
        ("WatchExpressions", "old-harbour", "cron(0/15 * * * ? *)", halifax),
        ("WatchExpressions", "new-wing", "cron(0/15 * * * ? *)", tokyo),
        ("WatchDevices", "old-harbour", "cron(0/2 * * * ? *)", halifax),
        ("WatchDevices", "new-wing", "cron(0/2 * * * ? *)", tokyo),
    }


def test_functions_are_told_the_time_that_was_meant(synthesised: Synthesised) -> None:
    """A call that comes late still works on the right day."""
    for schedule in synthesised.resources(SCHEDULE).values():
        assert schedule["State"] == "ENABLED"
        assert json.loads(schedule["Target"]["Input"]) == {
            "museum_id": "city-gallery",
            "scheduled_at": "<aws.scheduler.scheduled-time>",
        }


def test_a_run_that_fails_for_good_leaves_a_dead_letter(synthesised: Synthesised) -> None:
    """Both the scheduler and the function put what they give up into the function's own queue."""
    invoke = {
        names(config["FunctionName"]).removesuffix("Function"): config
        for config in synthesised.resources("AWS::Lambda::EventInvokeConfig").values()
    }
    schedules = synthesised.resources(SCHEDULE).values()
    assert {_function(schedule) for schedule in schedules} == set(invoke)
    for schedule in schedules:
        function = _function(schedule)
        target, config = schedule["Target"], invoke[function]
        assert names(target["DeadLetterConfig"]["Arn"]) == f"{function}DeadLetters"
        destination = config["DestinationConfig"]["OnFailure"]["Destination"]
        assert names(destination) == f"{function}DeadLetters"
        assert target["RetryPolicy"]["MaximumRetryAttempts"] == 5
        assert config["MaximumRetryAttempts"] == 2
        # The run after next must not meet this one's retries.
        assert target["RetryPolicy"]["MaximumEventAgeInSeconds"] <= 6 * 3600
        assert config["MaximumEventAgeInSeconds"] <= 6 * 3600
