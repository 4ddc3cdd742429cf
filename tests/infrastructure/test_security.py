import json
from pathlib import Path

import pytest
from aws_cdk import App, Stack, Validations
from aws_cdk import aws_sqs as sqs
from cdk_nag import AwsSolutionsChecks

from tests.infrastructure.synthesised import Synthesised


def test_the_stacks_have_no_finding_left(synthesised: Synthesised) -> None:
    """cdk-nag ran over the app, and neither it nor the CDK's own checks found anything."""
    report = json.loads((synthesised.folder / "validation-report.json").read_text())
    assert report["pluginReports"] == []


def test_a_finding_fails_the_synthesis(tmp_path: Path) -> None:
    """An unencrypted queue without a dead-letter queue does not get through."""
    app = App(outdir=str(tmp_path))
    sqs.Queue(Stack(app, "bad"), "Queue")
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    with pytest.raises(RuntimeError, match="AwsSolutions-SQS4"):
        app.synth()
    assert "AwsSolutions-SQS4" in (tmp_path / "validation-report.json").read_text()


def test_templates_hold_no_secret(synthesised: Synthesised) -> None:
    """No key, no token, no account: the templates can be shown to an auditor as they are."""
    for template in synthesised.templates.values():
        text = json.dumps(template)
        for word in ("AKIA", "testing", "BEGIN ", "password", "SecretString", "123456789012"):
            assert word not in text
