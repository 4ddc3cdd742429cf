import json
from pathlib import Path

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs

from app import check_with_cdk_nag
from stacks.constructs.acknowledge import acknowledge
from tests.infrastructure.synthesised import Synthesised


def test_the_stacks_have_no_finding_left(synthesised: Synthesised, trial: Synthesised) -> None:
    """cdk-nag ran over the app, and neither it nor the CDK's own checks found anything."""
    for of in (synthesised, trial):
        report = json.loads((of.folder / "validation-report.json").read_text())
        assert report["pluginReports"] == []


def test_a_finding_fails_the_synthesis(tmp_path: Path) -> None:
    """Neither pack lets through what is against its rules."""
    app = App(outdir=str(tmp_path))
    stack = Stack(app, "bad")
    sqs.Queue(stack, "Queue")
    logs.LogGroup(stack, "Logs")
    check_with_cdk_nag(app)
    with pytest.raises(RuntimeError):
        app.synth()
    report = (tmp_path / "validation-report.json").read_text()
    assert "AwsSolutions-SQS4" in report
    assert "NIST.800.53.R5-CloudWatchLogGroupEncrypted" in report


def test_a_finding_is_accepted_where_it_is_and_nowhere_else(tmp_path: Path) -> None:
    """One queue's reason says nothing about the next one."""
    app = App(outdir=str(tmp_path))
    stack = Stack(app, "half")
    for name in ("One", "Other"):
        queue = sqs.Queue(stack, name, enforce_ssl=True)
        if name == "One":
            acknowledge(queue, ["AwsSolutions-SQS3", "CKV_AWS_27"], "tested")
    check_with_cdk_nag(app)
    with pytest.raises(RuntimeError):
        app.synth()
    report = json.loads((tmp_path / "validation-report.json").read_text())
    (found,) = (
        violation
        for plugin in report["pluginReports"]
        for violation in plugin["violations"]
        if violation["ruleName"] == "AwsSolutions-SQS3"
    )
    paths = [construct["constructPath"] for construct in found["violatingConstructs"]]
    assert paths == ["half/Other/Resource"]
    resources = json.loads((tmp_path / "half.template.json").read_text())["Resources"]
    told = [r["Metadata"]["checkov"] for r in resources.values() if "Metadata" in r]
    assert told == [{"skip": [{"id": "CKV_AWS_27", "comment": "tested"}]}]


def test_checkov_is_told_at_a_resource_only() -> None:
    """A stack has no metadata that checkov would read."""
    with pytest.raises(TypeError, match="stack is no resource; CKV_AWS_27"):
        acknowledge(Stack(App(), "stack"), "CKV_AWS_27", "tested")


def test_templates_hold_no_secret(synthesised: Synthesised) -> None:
    """No key, no token, no account: the templates can be shown to an auditor as they are."""
    for template in synthesised.templates.values():
        text = json.dumps(template)
        for word in ("AKIA", "testing", "BEGIN ", "password", "SecretString", "123456789012"):
            assert word not in text
