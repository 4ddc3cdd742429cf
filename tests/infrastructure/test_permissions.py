"""Every role's permissions, whole: a statement more or less fails here."""

import re
from pathlib import Path

import pytest

from tests.infrastructure.handlers import FUNCTIONS, load, properties
from tests.infrastructure.synthesised import Synthesised, as_list, names

LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}
TO_QUEUE = {"sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SendMessage"}


def _on(resource: str, *actions: str) -> set[tuple[str, str]]:
    return {(action, resource) for action in actions}


def _scheduled(name: str) -> set[tuple[str, str]]:
    return _on(f"{name}Logs", *LOGS) | _on(f"{name}DeadLetters", *TO_QUEUE)


EXPECTED = {
    "StoreVisitsRole": _on("StoreVisitsLogs", *LOGS)
    | _on("Visits", "dynamodb:BatchWriteItem")
    | _on("Rollups", "dynamodb:PutItem")
    | _on("Quarantine/visits/*", "s3:PutObject")
    | _on(
        "Visits",  # the queue of that name
        "sqs:ChangeMessageVisibility",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:GetQueueUrl",
        "sqs:ReceiveMessage",
    ),
    "RollUpRole": _scheduled("RollUp")
    | _on("Visits", "dynamodb:Query")
    | _on(
        "Rollups",
        "dynamodb:BatchWriteItem",
        "dynamodb:DeleteItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
    ),
    "PublishStatisticsRole": _scheduled("PublishStatistics") | _on("Rollups", "dynamodb:Query"),
    "DailyReportRole": _scheduled("DailyReport")
    | _on("Rollups", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query")
    | _on("Reports/reports/*", "s3:PutObject")
    | _on("Mail", "sqs:SendMessage"),
    "WatchExpressionsRole": _scheduled("WatchExpressions")
    | _on("Visits", "dynamodb:Query")
    | _on("Rollups", "dynamodb:PutItem", "dynamodb:Query")
    | _on("Mail", "sqs:SendMessage"),
    "WatchDevicesRole": _scheduled("WatchDevices")
    | _on("Devices", "dynamodb:BatchGetItem", "dynamodb:Query")
    | _on("Rollups", "dynamodb:PutItem")
    | _on("Mail", "sqs:SendMessage"),
    "SendMailRole": _on("SendMailLogs", *LOGS)  # and the museums' topics, by their own policies
    | _on("Operators", "sns:Publish")
    | _on("MailKey", "kms:Decrypt", "kms:GenerateDataKey")
    | _on(
        "Mail",
        "sqs:ChangeMessageVisibility",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:GetQueueUrl",
        "sqs:ReceiveMessage",
    ),
    "VisitsRuleRole": _on("Visits", "sqs:SendMessage")
    | _on("Quarantine/rule-errors/visits/*", "s3:PutObject"),
    "StatusRuleRole": _on("Devices", "dynamodb:PutItem")
    | _on("Quarantine/rule-errors/status/*", "s3:PutObject"),
    "DisconnectsRuleRole": _on("Devices", "dynamodb:PutItem")
    | _on("Quarantine/rule-errors/disconnects/*", "s3:PutObject"),
    "IotLoggingRole": _on("IotLoggingLogs", *LOGS),
} | {
    f"{name}ScheduleRole": _on(f"{name}Function", "lambda:InvokeFunction")
    | _on(f"{name}DeadLetters", "sqs:SendMessage")
    for name in ("RollUp", "PublishStatistics", "DailyReport", "WatchExpressions", "WatchDevices")
}


def test_there_is_no_role_but_these(synthesised: Synthesised) -> None:
    """No role comes with a managed policy, and none without a reviewed list."""
    roles = synthesised.resources("AWS::IAM::Role")
    assert set(roles) == set(EXPECTED)
    assert not any(role.get("ManagedPolicyArns") for role in roles.values())


@pytest.mark.parametrize("role", sorted(EXPECTED))
def test_a_role_may_do_what_its_part_needs_and_no_more(synthesised: Synthesised, role: str) -> None:
    """Exact actions on exact resources."""
    assert synthesised.grants(role) == EXPECTED[role]


def test_no_statement_is_wide(synthesised: Synthesised) -> None:
    """No action has a wildcard; a resource has one only below a prefix of a bucket."""
    for role, statement in synthesised.statements():
        for action in as_list(statement["Action"]):
            assert "*" not in action, role
            assert action != "dynamodb:Scan", role
        for resource in as_list(statement["Resource"]):
            assert re.fullmatch(r"[^*]+(/[a-z-]+)+/\*|[^*]+", names(resource)), role


def test_services_act_for_this_account_only(synthesised: Synthesised) -> None:
    """IoT and the scheduler cannot be talked into using the roles for somebody else."""
    for name, role in synthesised.resources("AWS::IAM::Role").items():
        (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
        if statement["Principal"] == {"Service": "lambda.amazonaws.com"}:
            continue  # Lambda takes a role only from whoever may pass it
        assert statement["Condition"] == {
            "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
        }, name


def test_a_boundary_bounds_every_role(trial: Synthesised, synthesised: Synthesised) -> None:
    """Where the account's owners ask for one; nowhere else."""
    roles = trial.resources("AWS::IAM::Role").values()
    assert roles
    for role in roles:
        parts = role["PermissionsBoundary"]["Fn::Join"][1]
        assert parts[-1] == ":policy/lab/museum-boundary"
    for role in synthesised.resources("AWS::IAM::Role").values():
        assert "PermissionsBoundary" not in role


def test_transport_is_encrypted_everywhere(synthesised: Synthesised) -> None:
    """Each bucket, queue and topic refuses requests without TLS."""
    for kind, policy_kind, key in (
        ("AWS::S3::Bucket", "AWS::S3::BucketPolicy", "Bucket"),
        ("AWS::SQS::Queue", "AWS::SQS::QueuePolicy", "Queues"),
        ("AWS::SNS::Topic", "AWS::SNS::TopicPolicy", "Topics"),
    ):
        guarded = {
            names(resource)
            for policy in synthesised.resources(policy_kind).values()
            for resource in as_list(policy[key])
            if any(
                s["Effect"] == "Deny"
                and s["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
                for s in policy["PolicyDocument"]["Statement"]
            )
        }
        assert guarded == set(synthesised.resources(kind))


CALLS = {
    "batch_get_item": "dynamodb:BatchGetItem",
    "batch_write_item": "dynamodb:BatchWriteItem",
    "delete_item": "dynamodb:DeleteItem",
    "get_item": "dynamodb:GetItem",
    "put_item": "dynamodb:PutItem",
    "query": "dynamodb:Query",
    "scan": "dynamodb:Scan",
    "transact_write_items": "dynamodb:PutItem",
    "update_item": "dynamodb:UpdateItem",
    "get_object": "s3:GetObject",
    "put_object": "s3:PutObject",
    "publish": "sns:Publish",
}
"""The clients' methods that the functions may call, and the action that each needs."""


def _calls(code: str) -> set[str]:
    return {
        action
        for call, action in CALLS.items()
        if re.search(rf"\.{call}\(|paginator\(.{call}.\)", code)
    }


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_uses_what_it_is_granted(
    synthesised: Synthesised, lambda_runtime: Path, name: str
) -> None:
    """Each data action that its role allows is called somewhere in the code that it loads."""
    code = "\n".join(file.read_text() for file in load(synthesised, lambda_runtime, name))
    role = names(properties(synthesised, name)["Role"])
    granted = {action for action, _ in synthesised.grants(role)} & set(CALLS.values())
    assert granted <= _calls(code)


def test_what_the_code_calls_is_granted(synthesised: Synthesised, repository: Path) -> None:
    """Each AWS call in the functions' code is allowed to some function."""
    code = "\n".join(path.read_text() for path in (repository / "lambdas").rglob("*.py"))
    roles = [names(properties(synthesised, name)["Role"]) for name in FUNCTIONS]
    granted = {action for role in roles for action, _ in synthesised.grants(role)}
    assert _calls(code) <= granted
