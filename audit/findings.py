"""What the checkers found: every finding that is left, and every accepted one with its reason."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from audit.assembly import Assembly
from audit.errors import AuditError
from audit.table import Row, Table, make_table

ACCEPTED: Final = "accepted"
OPEN: Final = "OPEN"
_EXPORT: Final = re.compile(r"(?<=Resource::)([^/\]]+)")


def finding_table(assembly: Assembly) -> Table:
    """cdk-nag's and checkov's findings.

    Raises:
        AuditError: The synthesis left no report of cdk-nag.
    """
    return make_table(
        "findings",
        "What the checkers find",
        "cdk-nag (AwsSolutions and NIST 800-53 R5) runs in every synthesis, which fails on a "
        "finding that nobody accepted. checkov reads its acceptances in the templates. Each "
        "acceptance holds for the construct that is named and what is below it.",
        ("State", "Checker", "Rule", "Where", "Reason"),
        [*_accepted_by_the_cdk(assembly), *_accepted_by_checkov(assembly), *_left(assembly)],
        keys=4,
    )


def _accepted_by_the_cdk(assembly: Assembly) -> Iterator[Row]:
    for stack, constructs in assembly.metadata.items():
        for path, notes in constructs.items():
            for note in notes:
                if note["type"] != "aws:cdk:acknowledged-rules":
                    continue
                for rule, reason in note["data"].items():
                    name = _readable(assembly, rule.removeprefix("Annotation::"))
                    yield ACCEPTED, _checker(name), name, f"{stack}/{path}", reason


def _readable(assembly: Assembly, rule: str) -> str:
    """With the resource itself in place of the export by which its stack hands out its ARN."""
    return _EXPORT.sub(lambda found: assembly.exported(found[1]) or found[1], rule)


def _checker(rule: str) -> str:
    return "cdk-nag" if rule.startswith(("AwsSolutions", "NIST.800.53.R5")) else "CDK"


def _accepted_by_checkov(assembly: Assembly) -> Iterator[Row]:
    for one in assembly.resources:
        for skip in one.whole.get("Metadata", {}).get("checkov", {}).get("skip", ()):
            yield ACCEPTED, "checkov", skip["id"], one.name, skip["comment"]


def _left(assembly: Assembly) -> Iterator[Row]:
    report = assembly.folder / "validation-report.json"
    if not report.is_file():
        raise AuditError(
            f"{report.name} is missing in {assembly.folder}; synthesise the app again, cdk-nag did "
            "not run"
        )
    plugins: list[dict[str, Any]] = json.loads(report.read_text("utf-8"))["pluginReports"]
    for plugin in plugins:
        for violation in plugin["violations"]:
            for construct in violation["violatingConstructs"]:
                yield (
                    OPEN,
                    plugin["pluginName"],
                    violation["ruleName"],
                    construct["constructPath"],
                    violation["description"],
                )
