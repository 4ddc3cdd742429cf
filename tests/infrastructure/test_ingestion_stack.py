import json

import pytest

from contracts import topics
from contracts.errors import ContractError
from contracts.presence import DISCONNECTED
from tests.infrastructure.synthesised import Synthesised, names

MAPPING = "AWS::Lambda::EventSourceMapping"
QUEUE = "AWS::SQS::Queue"
RULE = "AWS::IoT::TopicRule"


def test_the_visits_rule_passes_any_bytes_on_to_the_queue(synthesised: Synthesised) -> None:
    """The SQL encodes the whole payload, so that malformed JSON is not lost in the rule."""
    rule = synthesised.resources(RULE)["VisitsRule"]
    payload = rule["TopicRulePayload"]
    assert rule["RuleName"] == "smart_museum_visits"
    assert payload["Sql"] == (
        "SELECT encode(*, 'base64') AS payload, topic(3) AS museum_id, clientid() AS client_id, "
        "timestamp() AS received_at FROM 'museum/v1/+/+/visits'"
    )
    assert payload["AwsIotSqlVersion"] == "2016-03-23"
    assert payload["RuleDisabled"] is False
    (action,) = payload["Actions"]
    assert names(action["Sqs"]["QueueUrl"]) == "Visits"
    assert action["Sqs"]["UseBase64"] is False


def test_a_device_reports_only_its_own_health(synthesised: Synthesised) -> None:
    """The status rule drops what comes from another client, and keeps one item a device."""
    rule = synthesised.resources(RULE)["StatusRule"]
    payload = rule["TopicRulePayload"]
    assert rule["RuleName"] == "smart_museum_status"
    assert payload["Sql"] == (
        "SELECT *, clientid() AS client_id, timestamp() AS received_at "
        "FROM 'museum/v1/+/+/status' "
        "WHERE clientid() = topic(4) AND device_id = topic(4) AND museum_id = topic(3)"
    )
    (action,) = payload["Actions"]
    assert names(action["DynamoDBv2"]["PutItem"]["TableName"]) == "Devices"


def test_the_brokers_own_word_of_a_lost_device_is_kept_apart(synthesised: Synthesised) -> None:
    """Of the event four fields, and no address; the rule's role can write nowhere else."""
    payload = synthesised.resources(RULE)["DisconnectsRule"]["TopicRulePayload"]
    assert payload["Sql"] == (
        "SELECT 'DISCONNECTED' AS museum_id, clientId AS device_id, "
        "timestamp AS disconnected_at, disconnectReason AS reason "
        "FROM '$aws/events/presence/disconnected/+'"
    )
    (action,) = payload["Actions"]
    assert names(action["DynamoDBv2"]["PutItem"]["TableName"]) == "Devices"
    (statement,) = [
        statement
        for role, statement in synthesised.statements()
        if role == "DisconnectsRuleRole" and statement["Action"] == "dynamodb:PutItem"
    ]
    assert statement["Condition"] == {
        "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["DISCONNECTED"]}
    }
    with pytest.raises(ContractError):
        topics.check_slug("museum_id", DISCONNECTED)


def test_what_a_rule_cannot_deliver_goes_to_another_service(synthesised: Synthesised) -> None:
    """Every rule has an error action into the quarantine bucket, each below its own prefix."""
    prefixes = set()
    for rule in synthesised.resources(RULE).values():
        error = rule["TopicRulePayload"]["ErrorAction"]["S3"]
        assert names(error["BucketName"]) == "Quarantine"
        prefixes.add(error["Key"])
    assert prefixes == {
        "rule-errors/visits/${newuuid()}.json",
        "rule-errors/status/${newuuid()}.json",
        "rule-errors/disconnects/${newuuid()}.json",
    }


def test_visits_are_handed_over_in_batches_that_may_fail_in_part(synthesised: Synthesised) -> None:
    """One bad message does not send its neighbours back, and a backlog cannot flood the table."""
    (mapping,) = synthesised.resources(MAPPING, "ingestion").values()
    assert names(mapping["EventSourceArn"]) == "Visits"
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert 10 <= mapping["BatchSize"] <= 100
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": 5}


def test_a_message_under_work_is_not_handed_out_twice(synthesised: Synthesised) -> None:
    """The visibility timeout is six times the function's, plus the batching window."""
    mappings = synthesised.resources(MAPPING).values()
    assert {names(mapping["EventSourceArn"]) for mapping in mappings} == {"Visits", "Mail"}
    for mapping in mappings:
        name = names(mapping["FunctionName"])
        function = synthesised.resources("AWS::Lambda::Function")[name]
        queue = synthesised.resources(QUEUE)[names(mapping["EventSourceArn"])]
        least = 6 * function["Timeout"] + mapping.get("MaximumBatchingWindowInSeconds", 0)
        assert queue["VisibilityTimeout"] >= least


def test_letters_go_one_at_a_time_and_once_each(synthesised: Synthesised) -> None:
    """The queue drops what comes twice under one key; its dead letters keep their order too."""
    (mapping,) = synthesised.resources(MAPPING, "alerting").values()
    assert mapping["BatchSize"] == 1
    for name in ("Mail", "MailDeadLetters"):
        assert synthesised.resources(QUEUE)[name]["FifoQueue"] is True
    assert "FifoQueue" not in synthesised.resources(QUEUE)["Visits"]


def test_a_message_that_fails_five_times_is_kept_for_a_fortnight(synthesised: Synthesised) -> None:
    """The queue has a dead-letter queue, and nothing is dropped for its age before 14 days."""
    queues = synthesised.resources(QUEUE)
    redrive = queues["Visits"]["RedrivePolicy"]
    assert redrive["maxReceiveCount"] == 5
    assert names(redrive["deadLetterTargetArn"]) == "VisitsDeadLetters"
    for queue in queues.values():
        assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600
        assert queue["SqsManagedSseEnabled"] is True


def test_a_device_can_only_be_itself(synthesised: Synthesised) -> None:
    """It connects as its own thing and publishes two topics; it subscribes to nothing."""
    (policy,) = synthesised.resources("AWS::IoT::Policy").values()
    connect, publish = policy["PolicyDocument"]["Statement"]
    thing = "${iot:Connection.Thing.ThingName}"
    mine = f"museum/v1/${{iot:Connection.Thing.Attributes[museum_id]}}/{thing}"
    assert connect["Action"] == "iot:Connect"
    assert names(connect["Resource"]).endswith(f":client/{thing}")
    assert connect["Condition"] == {
        "Bool": {"iot:Connection.Thing.IsAttached": ["true"]},
        "ForAllValues:StringEquals": {"iot:ConnectAttributes": ["LastWill"]},
    }
    assert publish["Action"] == "iot:Publish"
    assert [names(resource).rsplit(":topic/", 1)[1] for resource in publish["Resource"]] == [
        topics.basic_ingest("smart_museum_visits", f"{mine}/visits"),
        f"{mine}/status",
    ]


def test_the_device_policy_is_within_the_brokers_limit(synthesised: Synthesised) -> None:
    """AWS IoT takes 2,048 characters without white space."""
    (policy,) = synthesised.resources("AWS::IoT::Policy").values()
    # Longer than deployed: an intrinsic takes more room than the Region or the account it names.
    assert len(json.dumps(policy["PolicyDocument"], separators=(",", ":"))) < 2048


def test_the_broker_logs_refusals_and_failed_rules(synthesised: Synthesised) -> None:
    """Without logging, an error in a rule's SQL would leave no trace."""
    (logging,) = synthesised.resources("AWS::IoT::Logging").values()
    assert logging["DefaultLogLevel"] == "WARN"
    groups = synthesised.resources("AWS::Logs::LogGroup", "ingestion")
    assert groups["IotLoggingLogs"]["LogGroupName"] == "AWSIotLogsV2"


def test_rule_names_follow_the_deployment(trial: Synthesised) -> None:
    """Two deployments in one account do not share a rule."""
    outputs = trial.templates["ingestion"]["Outputs"]
    assert outputs["VisitsRuleName"]["Value"] == "trial_museums_lab_visits"
    assert outputs["StatusRuleName"]["Value"] == "trial_museums_lab_status"
    assert {"DevicePolicyName", "VisitsQueueUrl", "VisitsDeadLetterQueueUrl"} <= set(outputs)
