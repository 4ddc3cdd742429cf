from typing import Any

import pytest

from tests.infrastructure.synthesised import Synthesised, as_list, names

ALARM = "AWS::CloudWatch::Alarm"
TOPIC = "AWS::SNS::Topic"


def _watches_schedule(alarm: dict[str, Any]) -> bool:
    return any(one["Id"] == "calls" for one in alarm.get("Metrics", []))


def test_every_queue_has_an_alarm(synthesised: Synthesised) -> None:
    """Each dead-letter queue by its depth, the queues of visits and of mail by their age."""
    watched = {
        (alarm["MetricName"], names(dimension["Value"]))
        for alarm in synthesised.resources(ALARM).values()
        for dimension in alarm.get("Dimensions", [])
        if dimension["Name"] == "QueueName"
    }
    expected = {
        ("ApproximateNumberOfMessagesVisible", queue)
        for queue in synthesised.resources("AWS::SQS::Queue")
        if queue not in {"Visits", "Mail"}
    }
    ages = {("ApproximateAgeOfOldestMessage", queue) for queue in ("Visits", "Mail")}
    assert watched == expected | ages


def test_every_function_has_alarms_for_errors_and_throttles(synthesised: Synthesised) -> None:
    """A function of any stack that fails is known within five minutes."""
    watched = {
        (alarm["MetricName"], names(dimension["Value"]))
        for alarm in synthesised.resources(ALARM).values()
        for dimension in alarm.get("Dimensions", [])
        if dimension["Name"] == "FunctionName" and alarm["MetricName"] != "Invocations"
    }
    functions = synthesised.resources("AWS::Lambda::Function")
    assert len(functions) == 7
    assert watched == {(m, f) for m in ("Errors", "Throttles") for f in functions}


def test_a_schedule_that_does_not_fire_is_told(synthesised: Synthesised) -> None:
    """Of each scheduled function, when it was not called for longer than it ever should be."""
    watched = {}
    for alarm in synthesised.resources(ALARM).values():
        if not _watches_schedule(alarm):
            continue
        stats = {one["Id"]: one["MetricStat"] for one in alarm["Metrics"] if "MetricStat" in one}
        assert stats["calls"]["Metric"]["MetricName"] == "Invocations"
        function = names(stats["calls"]["Metric"]["Dimensions"][0]["Value"])
        assert {one["Period"] for one in stats.values()} == {stats["calls"]["Period"]}
        # All periods must be without a call, and what was never told counts as none.
        assert alarm["ComparisonOperator"] == "LessThanThreshold"
        assert alarm["Threshold"] == 1
        assert "DatapointsToAlarm" not in alarm
        watched[function] = stats["calls"]["Period"] * alarm["EvaluationPeriods"]
    hour = 3600
    assert watched == {
        "RollUpFunction": 2 * hour,
        "PublishStatisticsFunction": 30 * hour,
        "DailyReportFunction": 30 * hour,
        "WatchExpressionsFunction": hour * 3 // 4,
        "WatchDevicesFunction": hour // 4,
    }


@pytest.mark.parametrize(
    ("calls", "there", "periods_told"),
    [
        pytest.param("-------", "----555", "1111000", id="new, and never called"),
        pytest.param("-----11", "----555", "1111011", id="new, called late in its first day"),
        pytest.param("1111---", "5555555", "1111000", id="called until it ceased to be"),
        pytest.param("-------", "-------", "1111111", id="not there at all"),
    ],
)
def test_only_a_period_in_which_the_stack_was_there_can_be_without_a_call(
    synthesised: Synthesised, calls: str, there: str, periods_told: str
) -> None:
    """The alarm's own arithmetic, period by period; a dash is a metric that was not sent."""

    def fill(told: str, other: int) -> int:
        return other if told == "-" else int(told)

    (expression,) = {
        one["Expression"]
        for alarm in synthesised.resources(ALARM).values()
        if _watches_schedule(alarm)
        for one in alarm["Metrics"]
        if "Expression" in one
    }
    functions = {"FILL": fill, "IF": lambda asked, then, other: then if asked else other}
    told = ""
    for call, seen in zip(calls, there, strict=True):
        values = {"__builtins__": {}, **functions, "calls": call, "there": seen}
        told += str(eval(expression, values))  # noqa: S307  # our own template
    assert told == periods_told


def test_new_schedules_are_watched_by_a_queue_that_is_as_new(synthesised: Synthesised) -> None:
    """The letters' queue, which Lambda polls from the moment at which its stack is there."""
    polled = {
        names(one["MetricStat"]["Metric"]["Dimensions"][0]["Value"])
        for alarm in synthesised.resources(ALARM, "alerting").values()
        if _watches_schedule(alarm)
        for one in alarm["Metrics"]
        if one["Id"] == "there"
    }
    assert polled == {"Mail"}
    mapped = synthesised.resources("AWS::Lambda::EventSourceMapping", "alerting").values()
    assert {names(one["EventSourceArn"]) for one in mapped} == polled


def test_every_rule_has_alarms_for_its_action_and_its_error_action(
    synthesised: Synthesised,
) -> None:
    """A message that a rule could not deliver is known, and so is one that was lost."""
    queries = {
        query["Expression"]
        for alarm in synthesised.resources(ALARM).values()
        for query in alarm.get("Metrics", [])
        if "SELECT" in query.get("Expression", "")
    }
    assert queries == {
        f"SELECT SUM({metric}) FROM \"AWS/IoT\" WHERE RuleName = '{rule['RuleName']}'"  # noqa: S608  # no database
        for metric in ("Failure", "ErrorActionFailure")
        for rule in synthesised.resources("AWS::IoT::TopicRule").values()
    }


def test_a_refused_message_is_told(synthesised: Synthesised) -> None:
    """The first message in quarantine raises an alarm."""
    (alarm,) = (
        alarm
        for alarm in synthesised.resources(ALARM).values()
        if alarm.get("MetricName") == "VisitsQuarantined"
    )
    assert alarm["Threshold"] == 0
    assert alarm["Dimensions"] == [{"Name": "service", "Value": "store_visits"}]


def test_alarms_go_to_the_operators_and_only_there(synthesised: Synthesised) -> None:
    """Each alarm tells when it goes off and when it is over; silence is one for schedules only."""
    alarms = synthesised.resources(ALARM)
    assert len(alarms) == 35
    for alarm in alarms.values():
        for actions in (alarm["AlarmActions"], alarm["OKActions"]):
            assert [names(action) for action in actions] == ["Operators"]
        missing = "breaching" if _watches_schedule(alarm) else "notBreaching"
        assert alarm["TreatMissingData"] == missing
        assert alarm["AlarmDescription"]


def test_alarms_can_publish_to_an_encrypted_topic(synthesised: Synthesised) -> None:
    """CloudWatch may use the key and the topic, for this account's alarms only."""
    key = synthesised.resources("AWS::KMS::Key")["MailKey"]
    policies = [
        key["KeyPolicy"],
        synthesised.resources("AWS::SNS::TopicPolicy")["OperatorsPolicy"]["PolicyDocument"],
    ]
    needed = ({"kms:Decrypt", "kms:GenerateDataKey"}, {"sns:Publish"})
    for policy, actions in zip(policies, needed, strict=True):
        (statement,) = (
            s
            for s in policy["Statement"]
            if s["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
        )
        assert set(as_list(statement["Action"])) == actions
        assert statement["Condition"] == {
            "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
        }


def test_topics_are_encrypted_with_a_key_that_rotates(synthesised: Synthesised) -> None:
    """One key for the mail to curators and to operators."""
    key = synthesised.resources("AWS::KMS::Key")["MailKey"]
    assert key["EnableKeyRotation"] is True
    for topic in synthesised.resources(TOPIC).values():
        assert names(topic["KmsMasterKeyId"]) == "MailKey"


def test_each_museums_mail_goes_to_its_own_curators(trial: Synthesised) -> None:
    """No museum's curator gets another museum's report."""
    mail = {
        (names(subscription["TopicArn"]), subscription["Endpoint"])
        for subscription in trial.resources("AWS::SNS::Subscription").values()
    }
    assert mail == {
        ("Curators", "a@museum.example"),
        ("Curators", "b@museum.example"),
    }
    assert not trial.resources("AWS::SNS::Subscription", "at-new-wing")
    (function,) = (
        one
        for one in trial.resources("AWS::Lambda::Function", "alerting").values()
        if "send_mail" in one["Handler"]
    )
    prefix = names(function["Environment"]["Variables"]["CURATOR_TOPICS"])
    for museum in ("old-harbour", "new-wing"):
        (topic,) = trial.resources(TOPIC, f"at-{museum}").values()
        assert topic["TopicName"] == f"trial-museums-lab-curators-{museum}"
        assert f"{prefix}{museum}".endswith(f":{topic['TopicName']}")
    assert names(trial.templates["alerting"]["Outputs"]["OperatorTopicArn"]["Value"]) == "Operators"


def test_one_function_may_write_to_curators(trial: Synthesised) -> None:
    """By the topic's own policy; nobody else is let in, and nobody without TLS."""
    policies = trial.resources("AWS::SNS::TopicPolicy", "at-old-harbour").values()
    (policy,) = policies
    allowed = [s for s in policy["PolicyDocument"]["Statement"] if s["Effect"] == "Allow"]
    (statement,) = allowed
    assert statement["Action"] == "sns:Publish"
    assert names(statement["Principal"]["AWS"]) == "SendMailRole"
    assert names(statement["Resource"]) == "Curators"
