import csv
import io
from pathlib import Path

import pytest

from audit.assembly import Assembly
from audit.errors import AuditError
from audit.table import as_csv, as_html, make_table
from audit.write import write_audit
from tests.unit.audit.folders import assembly, role

TABLE = make_table("t", "T", "", ("A", "B"), [("z", "1"), ("a", "<b>"), ("a", "<b>")])


@pytest.fixture
def made(tmp_path: Path) -> Assembly:
    """An assembly with one stack."""
    return assembly(tmp_path / "cdk.out", trial=role())


def _bytes(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_rows_are_sorted_and_told_once() -> None:
    """So that two runs write the same bytes."""
    assert TABLE.rows == (("a", "<b>"), ("z", "1"))


def test_a_page_shows_texts_as_texts() -> None:
    """Nothing in a template becomes part of the page."""
    assert "<td>&lt;b&gt;</td>" in as_html(TABLE)


def test_a_spreadsheet_takes_nothing_for_a_formula() -> None:
    """A cell of a hostile name stays a text."""
    told = as_csv(make_table("t", "T", "", ("A",), [("=1+1",), ("a,b",)]))
    assert list(csv.reader(io.StringIO(told))) == [["A"], ["'=1+1"], ["a,b"]]


def test_an_audit_is_replaced_and_nothing_else_is(tmp_path: Path, made: Assembly) -> None:
    """A folder with somebody's files is left alone."""
    out = tmp_path / "audit"
    write_audit(out, made, [TABLE], {})
    (out / "old.csv").write_text("of an older version")
    write_audit(out, made, [TABLE], {})
    assert set(_bytes(out)) == {
        "audit.json",
        "index.html",
        "t.csv",
        "t.html",
        "templates/trial.json",
    }
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(AuditError, match="holds files that are no audit"):
        write_audit(tmp_path / "mine", made, [TABLE], {})
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"


def test_an_audit_can_be_compared_with_the_one_it_replaces(tmp_path: Path, made: Assembly) -> None:
    """The same folder as --out and --against."""
    out = tmp_path / "audit"
    write_audit(out, made, [TABLE], {})
    assert write_audit(out, made, [TABLE], {}, against=out) == ["Nothing changed."]
    assert (out / "changes.txt").read_text() == "Nothing changed.\n"
