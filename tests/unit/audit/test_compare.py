from dataclasses import replace
from pathlib import Path

import pytest

from audit.compare import changes, facts, read_facts
from audit.errors import AuditError
from audit.table import Row, Table, make_table

DATA = make_table(
    "data",
    "Data",
    "",
    ("Where", "Record", "Field", "What", "Why", "Kept for", "Written by", "Read by"),
    [
        ("DynamoDB::Table a/Visits", "visit", field, "it", "for", "30 days", "w/Role", "r/Role")
        for field in ("one", "two")
    ],
    keys=3,
)
IAM = make_table(
    "iam",
    "Permissions",
    "",
    ("Principal", "Effect", "Action", "Resource", "Condition", "By", "Remark"),
    [("IAM::Role a/Role", "Allow", "s3:PutObject", "S3::Bucket a/B/x/*", "", "its own", "")],
    keys=6,
)
RESOURCES = make_table(
    "resources",
    "Resources",
    "",
    ("Stack", "Name", "Type", "Id", "Goes", "Encrypted with", "Keeps for", "Settings"),
    [
        ("a", "a/F", "Lambda::Function", "F1", "goes", "x", "", "Timeout = 60; package 0123"),
        ("a", "a/Q", "SQS::Queue", "Q1", "goes", "x", "14 days", ""),
    ],
    keys=4,
)


def _with(table: Table, *rows: Row) -> Table:
    return replace(table, rows=rows)


def _told(before: Table, after: Table) -> list[str]:
    lines = changes({before.name: before}, {after.name: after})
    return [line.removeprefix("  - ") for line in lines if line.startswith("  - ")]


def test_nothing_is_said_of_what_is_the_same() -> None:
    """One line says so."""
    tables = {one.name: one for one in (DATA, IAM, RESOURCES)}
    assert changes(tables, tables) == ["Nothing changed."]


def test_a_new_permission_is_told_in_words() -> None:
    """Who may now do what on what; and what nobody may any longer."""
    (old,) = IAM.rows
    new = (old[0], "Allow", "s3:GetObject", *old[3:6], "TOO WIDE: why not")
    assert _told(IAM, _with(IAM, new)) == [
        "role a/Role may no longer s3:PutObject on bucket a/B/x/* (by its own)",
        "role a/Role may now s3:GetObject on bucket a/B/x/* (by its own) [TOO WIDE: why not]",
    ]


def test_a_longer_retention_is_one_sentence_for_all_fields() -> None:
    """Not one for each field of a record."""
    later = _with(DATA, *((*row[:5], "60 days", *row[6:]) for row in DATA.rows))
    assert _told(DATA, later) == [
        "retention of each visit in table a/Visits: 30 days → 60 days",
    ]


def test_new_readers_and_fields_are_told() -> None:
    """Who can read what they could not, and what is kept that was not."""
    rows = [(*row[:7], "r/Role; spy/Role") for row in DATA.rows]
    rows.append((*rows[0][:2], "three", *rows[0][3:7], "r/Role"))
    assert _told(DATA, _with(DATA, *rows)) == [
        "table a/Visits now keeps the field three of each visit (it) for 30 days; read by r/Role",
        "each visit in table a/Visits is now read by spy/Role",
    ]


def test_changed_code_and_settings_are_told_apart() -> None:
    """A hash says nothing to a reader."""
    function, queue = RESOURCES.rows
    later = _with(
        RESOURCES,
        (*function[:7], "Timeout = 90; package 4567"),
        (*queue[:6], "7 days", queue[7]),
    )
    assert _told(RESOURCES, later) == [
        "the code or the configuration in the package of function a/F changed",
        "function a/F: Timeout = 60 → Timeout = 90",
        "retention of queue a/Q: 14 days → 7 days",
    ]


def test_facts_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    """An audit can be compared with itself."""
    (tmp_path / "audit.json").write_text(facts({"stage": "prod"}, [DATA, IAM]))
    earlier = read_facts(tmp_path)
    assert earlier.about == {"stage": "prod"}
    assert changes(earlier.tables, {"data": DATA, "iam": IAM}) == ["Nothing changed."]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "is no audit"),
        ("{", "is damaged"),
        ('{"format": 1, "about": {}}', "is damaged"),
        ('{"format": 0}', "is of format 0"),
    ],
)
def test_what_is_no_audit_is_refused_in_one_line(
    tmp_path: Path, text: str | None, message: str
) -> None:
    """The folder is named, and what to do."""
    if text is not None:
        (tmp_path / "audit.json").write_text(text)
    with pytest.raises(AuditError, match=message) as caught:
        read_facts(tmp_path)
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)
