import json

from tests.infrastructure.synthesised import Synthesised, as_list, names

ALARM = "AWS::CloudWatch::Alarm"
TOPIC = "AWS::SNS::Topic"


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
    watched = {
        names(alarm["Dimensions"][0]["Value"]): alarm["Period"] * alarm["EvaluationPeriods"]
        for alarm in synthesised.resources(ALARM).values()
        if alarm.get("MetricName") == "Invocations"
    }
    hour = 3600
    assert watched == {
        "RollUpFunction": 2 * hour,
        "PublishStatisticsFunction": 30 * hour,
        "DailyReportFunction": 30 * hour,
        "WatchExpressionsFunction": hour * 3 // 4,
        "WatchDevicesFunction": hour // 4,
    }


def test_every_rule_has_alarms_for_its_action_and_its_error_action(
    synthesised: Synthesised,
) -> None:
    """A message that a rule could not deliver is known, and so is one that was lost."""
    queries = {
        query["Expression"]
        for alarm in synthesised.resources(ALARM).values()
        for query in alarm.get("Metrics", [])
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
    assert len(alarms) == 33
    for alarm in alarms.values():
        for actions in (alarm["AlarmActions"], alarm["OKActions"]):
            assert [names(action) for action in actions] == ["Operators"]
        is_schedule = alarm.get("MetricName") == "Invocations"
        assert alarm["TreatMissingData"] == ("breaching" if is_schedule else "notBreaching")
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
        ("Curatorsoldharbour", "a@museum.example"),
        ("Curatorsoldharbour", "b@museum.example"),
    }
    outputs = trial.templates["alerting"]["Outputs"]
    assert json.loads(names(outputs["CuratorTopicArns"]["Value"])) == {
        "old-harbour": "Curatorsoldharbour",
        "new-wing": "Curatorsnewwing",
    }
    assert names(outputs["OperatorTopicArn"]["Value"]) == "Operators"
