"""The files of a workload."""

import csv
import json
from datetime import date
from pathlib import Path

import pytest

from contracts.museums import Museum
from contracts.visit import Visit
from workload.errors import WorkloadError
from workload.files import read_deliveries, write_workload
from workload.generator import generate
from workload.options import Options


def test_a_written_workload_reads_back(museum: Museum, tmp_path: Path) -> None:
    """Deliveries come back equal; the table and the summary count the same visits."""
    workload = generate(museum, Options(days=3, visits_per_day=20, end=date(2026, 10, 26)))
    write_workload(tmp_path, workload)
    assert tuple(read_deliveries(tmp_path / "deliveries.jsonl")) == workload.deliveries
    with (tmp_path / "visits.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [r["visit_id"] for r in rows] == [v.visit_id for v in workload.truth.visits]
    assert _shares(rows[0]) == workload.truth.visits[0].expressions
    assert set(rows[0]) == {*Visit.__slots__}
    truth = json.loads((tmp_path / "truth.json").read_text())
    assert truth["visits"] == 60
    assert truth["quarantined"] == sum(truth["malformed"].values()) == 12
    assert truth["messages"] == len(workload.deliveries)


@pytest.mark.parametrize("line", ["{", "[]", '{"at": "2026"}', "null"])
def test_a_line_that_is_no_delivery_is_named(tmp_path: Path, line: str) -> None:
    """The error gives file and line number."""
    file = tmp_path / "deliveries.jsonl"
    file.write_text(line + "\n")
    with pytest.raises(WorkloadError, match="line 1 is no delivery"):
        list(read_deliveries(file))


def _shares(row: dict[str, str]) -> tuple[float, ...]:
    return tuple(float(s) for s in row["expressions"].split())
