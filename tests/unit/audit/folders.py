"""Small cloud assemblies, as the app's synthesis would write them."""

import json
from pathlib import Path
from typing import Any

from audit.assembly import Assembly


def assembly(folder: Path, **stacks: dict[str, Any]) -> Assembly:
    """An assembly of stacks by their last word, each with its resources; no findings."""
    folder.mkdir(parents=True, exist_ok=True)
    for stack, resources in stacks.items():
        (folder / f"museum-{stack}.template.json").write_text(json.dumps({"Resources": resources}))
    (folder / "validation-report.json").write_text(json.dumps({"pluginReports": []}))
    return Assembly(folder)


def role(*statements: dict[str, Any]) -> dict[str, Any]:
    """A role named Role with one policy."""
    return {
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {"AssumeRolePolicyDocument": {"Statement": []}},
        },
        "Policy": {
            "Type": "AWS::IAM::Policy",
            "Properties": {
                "Roles": [{"Ref": "Role"}],
                "PolicyDocument": {"Statement": list(statements)},
            },
        },
        "Table": {"Type": "AWS::DynamoDB::Table", "Properties": {}},
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {}},
    }
