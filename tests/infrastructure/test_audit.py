"""The audit of what the app synthesises to."""

import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from audit.__main__ import audit_tables
from audit.assembly import Assembly
from audit.checkov import check_with_checkov, find_checkov
from audit.exposure import PUBLIC_KINDS, WARNINGS
from audit.findings import OPEN, finding_table
from audit.meanings import WHY
from audit.permissions import CAMERA, WIDE_FOR_A_REASON, grants, too_wide
from audit.table import Table
from audit.write import write_audit
from audit.written import written_items
from contracts.museum_toml import load_museums
from contracts.status import STATUS_FIELDS
from contracts.visit import VISIT_FIELDS
from tests.infrastructure.synthesised import Synthesised, as_list


@pytest.fixture(scope="module")
def tables(synthesised: Synthesised, repository: Path) -> dict[str, Table]:
    """Every table of the project's own app."""
    museums = repository / "museum.toml"
    made = audit_tables(Assembly(synthesised.folder), load_museums(museums), museums)
    return {one.name: one for one in made}


@pytest.mark.parametrize("name", ["iam", "data", "exposure", "findings"])
def test_the_audit_is_the_one_that_was_reviewed(
    tables: dict[str, Table], snapshot: SnapshotAssertion, name: str
) -> None:
    """A change of who may do what, or of what is kept, shows up as a line of a file."""
    rows = [" | ".join(row) for row in tables[name].rows]
    assert rows == snapshot.use_extension(JSONSnapshotExtension)


def test_no_statement_is_wider_than_its_resource(
    synthesised: Synthesised, trial: Synthesised
) -> None:
    """In no policy of any kind, but for what is recorded with a reason."""
    for of in (synthesised, trial):
        found = grants(Assembly(of.folder))
        assert {one.action for one in found} > {"dynamodb:Query", "iot:Publish", "sts:AssumeRole"}
        assert not [(one, too_wide(one)) for one in found if too_wide(one)]


def test_every_recorded_reason_is_still_needed(synthesised: Synthesised) -> None:
    """A reason without its statement is dropped."""
    found = {
        (one.principal, one.action, one.resource.split(" ")[0])
        for one in grants(Assembly(synthesised.folder))
    }
    assert set(WIDE_FOR_A_REASON) <= found


def test_the_matrix_has_every_action_of_every_role(
    synthesised: Synthesised, tables: dict[str, Table]
) -> None:
    """Counted in the templates without the audit's own reading."""
    rows = [row for row in tables["iam"].rows if row[5] == "a policy of the principal's own"]
    expected = sum(
        len(as_list(statement["Action"])) * len(as_list(statement["Resource"]))
        for _, statement in synthesised.statements()
    )
    assert len(rows) == expected


def test_every_field_that_crosses_is_in_the_inventory(tables: dict[str, Table]) -> None:
    """With a place, a purpose, a time and readers each; and no cell is empty."""
    rows = tables["data"].rows
    assert all(cell for row in rows for cell in row if cell is not row[6])
    visits = {row[2] for row in rows if row[:2] == ("DynamoDB::Table storage/Visits", "visit")}
    assert visits >= VISIT_FIELDS
    devices = {row[2] for row in rows if row[0] == "DynamoDB::Table storage/Devices"}
    assert devices >= STATUS_FIELDS


def test_no_purpose_is_left_over(repository: Path) -> None:
    """What nobody keeps any longer has no reason either."""
    items = written_items(load_museums(repository / "museum.toml"))
    assert set(WHY) == {field for item in items for field in item.fields}


def test_retention_in_the_inventory_is_that_of_the_configuration(tables: dict[str, Table]) -> None:
    """The days of museum.toml, by way of the code and of the templates."""
    kept = {(row[0].split(" ")[-1], row[1]): row[5] for row in tables["data"].rows}
    assert kept["storage/Visits", "visit"] == "30 days, then 7 days in the table's recovery log"
    assert kept["storage/Rollups", "count of an artwork's hour"].startswith("1825 days,")
    assert kept["storage/Quarantine", "refused message or visit"] == "30 days"
    assert kept["storage/Reports", "report of a museum day"] == "1825 days, then 30 days as an old version"  # fmt: skip  # noqa: E501  # one line
    assert kept["analytics/RollUp/Logs", "log line"] == "30 days"


def test_readers_in_the_inventory_are_those_of_the_permissions(tables: dict[str, Table]) -> None:
    """Single visits are read by two functions and nobody else of ours."""
    (readers,) = {
        row[7] for row in tables["data"].rows if row[0] == "DynamoDB::Table storage/Visits"
    }
    assert readers.split("; ")[:-1] == ["alerting/WatchExpressions/Role", "analytics/RollUp/Role"]


def test_only_the_broker_can_be_reached_from_outside(
    synthesised: Synthesised, tables: dict[str, Table]
) -> None:
    """No resource of a kind that listens; no row that says so in capitals."""
    rows = tables["exposure"].rows
    assert [row[0] for row in rows if row[1] == "the internet"] == [
        "AWS IoT Core: the account's data endpoint"
    ]
    assert not [row for row in rows for warning in WARNINGS if warning in " ".join(row)]
    kinds = {one.kind for one in Assembly(synthesised.folder).resources}
    assert not kinds & PUBLIC_KINDS


def test_a_camera_may_connect_and_publish_and_nothing_else(synthesised: Synthesised) -> None:
    """Neither by its policy nor by credentials of an AWS role."""
    assembly = Assembly(synthesised.folder)
    actions = {one.action for one in grants(assembly) if one.principal == CAMERA}
    assert actions == {"iot:Connect", "iot:Publish"}
    assert not list(assembly.of("IoT::RoleAlias"))


def test_every_acceptance_has_a_reason_of_its_own_words(
    synthesised: Synthesised, trial: Synthesised
) -> None:
    """Nothing is open, and nobody wrote "accepted" as the reason."""
    for of in (synthesised, trial):
        rows = finding_table(Assembly(of.folder)).rows
        assert {row[1] for row in rows} == {"cdk-nag", "checkov"}
        assert not [row for row in rows if row[0] == OPEN]
        assert min(len(row[4]) for row in rows) > 30
        rules = {row[2] for row in rows}
        assert "AwsSolutions-IAM5[Resource::S3::Bucket storage/Reports/reports/*]" in rules


def test_an_audit_is_the_same_bytes_twice(
    synthesised: Synthesised, tables: dict[str, Table], tmp_path: Path
) -> None:
    """So that a difference is a change."""
    assembly = Assembly(synthesised.folder)

    def written(name: str) -> Iterator[tuple[str, bytes]]:
        write_audit(tmp_path / name, assembly, list(tables.values()), {"stage": "prod"})
        for path in sorted((tmp_path / name).rglob("*")):
            if path.is_file():
                yield str(path.relative_to(tmp_path / name)), path.read_bytes()

    one = dict(written("one"))
    assert one == dict(written("other"))
    assert set(one) >= {
        "iam.csv",
        "iam.html",
        "data.csv",
        "resources.csv",
        "templates/storage.json",
    }
    rows = list(csv.reader(one["iam.csv"].decode().splitlines()))
    assert len(rows) == len(tables["iam"].rows) + 1


def test_a_change_of_the_app_is_told_in_words(
    synthesised: Synthesised, tables: dict[str, Table], repository: Path, tmp_path: Path
) -> None:
    """The project's app against itself with one statement more and a longer queue."""
    museums = repository / "museum.toml"
    before, after = tmp_path / "before", tmp_path / "cdk.out"
    write_audit(before, Assembly(synthesised.folder), list(tables.values()), {})
    after.mkdir()
    for file in synthesised.folder.glob("*.json"):
        (after / file.name).write_bytes(file.read_bytes())
    template = after / "smart-museum-analytics.template.json"
    told = json.loads(template.read_text())
    for one in told["Resources"].values():
        if one["Type"] == "AWS::IAM::Policy" and "RollUpRole" in one["Properties"]["PolicyName"]:
            statement = next(
                s
                for s in one["Properties"]["PolicyDocument"]["Statement"]
                if s["Action"] == "dynamodb:Query"
            )
            statement["Action"] = ["dynamodb:Query", "dynamodb:Scan"]
        if one["Type"] == "AWS::SQS::Queue":
            one["Properties"]["MessageRetentionPeriod"] = 86400
    template.write_text(json.dumps(told))
    config = load_museums(museums)
    made = audit_tables(Assembly(after), config, museums)
    sentences = write_audit(tmp_path / "after", Assembly(after), made, {}, against=before)
    assert (
        "  - role analytics/RollUp/Role may now dynamodb:Scan on table storage/Visits "
        "(by a policy of the principal's own) [TOO WIDE: reads a whole table]"
    ) in sentences
    assert ("  - retention of queue analytics/RollUp/DeadLetters: 14 days → 1 day") in sentences


@pytest.mark.skipif(find_checkov() is None, reason="scripts/checkov brings checkov")
def test_checkov_fails_nothing(synthesised: Synthesised, trial: Synthesised) -> None:
    """Both deployments; what is accepted is so in the template, at the resource."""
    command = find_checkov()
    assert command
    for of in (synthesised, trial):
        assert check_with_checkov(command, of.folder) == []


@pytest.mark.skipif(find_checkov() is None, reason="scripts/checkov brings checkov")
def test_checkov_would_fail_what_is_wrong(tmp_path: Path) -> None:
    """A bucket with everything left out."""
    command = find_checkov()
    assert command
    template = {"Resources": {"Open": {"Type": "AWS::S3::Bucket", "Properties": {}}}}
    (tmp_path / "museum-bad.template.json").write_text(json.dumps(template))
    assert any("CKV_AWS_18" in one for one in check_with_checkov(command, tmp_path))


def test_the_command_explains_itself(repository: Path) -> None:
    """Arguments as the documentation names them."""
    done = subprocess.run(
        [sys.executable, "-m", "audit", "--help"],
        cwd=repository, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert {"--out", "--against", "--stage"} <= set(done.stdout.replace(",", " ").split())


def test_the_bill_is_told_museum_by_museum(tables: dict[str, Table]) -> None:
    """One museum bears all of it."""
    usd = {row[0]: row[2] for row in tables["costs"].rows}
    assert float(usd["TOTAL of the deployment"]) > 1
    assert usd["TOTAL of city-gallery"] == usd["TOTAL of the deployment"]
