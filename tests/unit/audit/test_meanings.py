from pathlib import Path

import pytest

from audit.assembly import Assembly
from audit.errors import AuditError
from audit.meanings import attributes_of, what_is, why
from audit.retention import kept
from audit.written import logged_facts
from contracts.status import STATUS_FIELDS, Status
from contracts.visit import VISIT_FIELDS, Visit
from tests.unit.audit.folders import assembly


@pytest.mark.parametrize(("kind", "fields"), [(Visit, VISIT_FIELDS), (Status, STATUS_FIELDS)])
def test_the_contracts_say_what_their_fields_are(kind: type, fields: frozenset[str]) -> None:
    """Every field has its words, whole sentences over several lines included."""
    told = attributes_of(kind)
    assert told.keys() == fields
    assert all(words.endswith(".") and "\n" not in words for words in told.values())


def test_a_field_without_a_purpose_stops_the_audit() -> None:
    """Nobody can store something new without saying why."""
    with pytest.raises(AuditError, match="the field face_id is kept without a purpose"):
        why("face_id")
    with pytest.raises(AuditError, match="the field face_id of visit is in no inventory"):
        what_is("visit", "face_id")


def test_facts_of_log_lines_are_found_in_the_code(tmp_path: Path) -> None:
    """By event; lines that are no log are left out."""
    (tmp_path / "logic.py").write_text(
        "self.log.info('done', museum=1, day=2)\nself.log.warning('bad', code=1)\nprint('x')\n"
    )
    assert logged_facts(tmp_path) == {"bad": ("code",), "done": ("day", "museum")}


def _kept(folder: Path, kind: str, properties: object, days: int | None = None) -> str:
    made: Assembly = assembly(folder, trial={"A": {"Type": kind, "Properties": properties}})
    return kept(made, made.resources[0], days)


def test_retention_is_read_from_the_template(tmp_path: Path) -> None:
    """Without a lifecycle, a TTL or a retention, it is for ever."""
    table = {"TimeToLiveSpecification": {"Enabled": True, "AttributeName": "ttl"}}
    recovery = {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}}
    for_ever = "until it is deleted or overwritten"
    assert _kept(tmp_path, "AWS::DynamoDB::Table", table, 30) == "30 days"
    assert _kept(tmp_path, "AWS::DynamoDB::Table", table) == for_ever
    assert _kept(tmp_path, "AWS::DynamoDB::Table", {}, 30) == for_ever
    assert _kept(tmp_path, "AWS::DynamoDB::Table", table | recovery, 1) == (
        "1 day, then 35 days in the table's recovery log"
    )
    assert _kept(tmp_path, "AWS::S3::Bucket", {}) == for_ever
    assert _kept(tmp_path, "AWS::Logs::LogGroup", {}) == for_ever
    assert _kept(tmp_path, "AWS::Logs::LogGroup", {"RetentionInDays": 7}) == "7 days"
    assert _kept(tmp_path, "AWS::SQS::Queue", {}) == "4 days"
