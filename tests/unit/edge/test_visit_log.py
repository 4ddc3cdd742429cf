"""From finished visits to rows of the expression log."""

import dataclasses
from datetime import UTC
from pathlib import Path
from zoneinfo import ZoneInfo

import cv2
import numpy as np
import pytest

from contracts.expressions import Expression
from contracts.visit import EARLIEST_MS
from edge.__main__ import main
from edge.expression_log import HEADER, WORDS, log_row
from edge.log_analysis import analyse_log
from edge.visit_log import BETWEEN_TRIES_S, MOST_HELD, Sinks, VisitLog
from tests.fakes.clock import FakeClock
from tests.fakes.log_file import InMemoryLog
from tests.fakes.visits import make_visit


def test_a_row_says_when_where_what_and_how_sure() -> None:
    """In the museum's own time; nothing that tells one visitor from another."""
    visit = make_visit(detected_at=1_792_900_000_007)
    assert log_row(visit, UTC) == "2026-10-25 03:46:40.007,water-lilies,Happy,0.7000"
    assert log_row(visit, ZoneInfo("Europe/Rome")).startswith("2026-10-25 04:46:40.007,")
    assert visit.visit_id not in log_row(visit)


@pytest.mark.parametrize("expression", list(Expression))
def test_each_expression_has_its_word(expression: Expression) -> None:
    """Those of the logs that were there before, Contempt and Uncertain."""
    row = log_row(dataclasses.replace(make_visit(), emotion_id=expression), UTC)
    assert row.split(",")[2] == WORDS[expression]


def test_a_clock_that_is_not_set_tells_no_hour(tmp_path: Path) -> None:
    """The visit still counts, but not at an hour that it did not have."""
    memory, file = InMemoryLog(), tmp_path / "log.csv"
    VisitLog(memory, FakeClock(), UTC).record([make_visit(detected_at=EARLIEST_MS + 5_000)])
    assert memory.rows == [",water-lilies,Happy,0.7000"]
    file.write_text("\n".join([HEADER, *memory.rows]))
    analysis = analyse_log(file, 0.6)
    assert (analysis.overall.rows, dict(analysis.by_hour)) == (1, {})


def test_a_full_disk_holds_rows_in_memory(caplog: pytest.LogCaptureFixture) -> None:
    """They follow, in order, once there is room; tries and messages are ten seconds apart."""
    file, clock = InMemoryLog(), FakeClock()
    log = VisitLog(file, clock, UTC)
    file.full_disk = True
    for number in range(5):
        log.record([make_visit(detected_at=1_792_900_000_000 + number)])
    assert len(caplog.records) == 1
    assert "1 rows wait in memory" in caplog.text
    file.full_disk = False
    log.record([])
    assert file.rows == []
    clock.sleep(BETWEEN_TRIES_S)
    log.record([])
    assert [row[20:23] for row in file.rows] == ["000", "001", "002", "003", "004"]


def test_what_is_held_is_bounded(caplog: pytest.LogCaptureFixture) -> None:
    """The oldest rows go, and the log says how many."""
    file = InMemoryLog()
    log = VisitLog(file, FakeClock(), UTC)
    file.full_disk = True
    log.record([make_visit(detected_at=1_792_900_000_000 + n) for n in range(MOST_HELD + 3)])
    assert "3 had to go" in caplog.text
    file.full_disk = False
    log.close()
    assert len(file.rows) == MOST_HELD
    assert file.rows[0].startswith(log_row(make_visit(detected_at=1_792_900_000_003), UTC)[:23])
    assert file.closed


def test_all_sinks_get_all_visits() -> None:
    """The second too, although the first has taken them."""
    files = [InMemoryLog(), InMemoryLog()]
    sinks = Sinks([VisitLog(file, FakeClock(), UTC) for file in files])
    sinks.record(make_visit() for _ in range(3))
    sinks.flush()
    assert [len(file.rows) for file in files] == [3, 3]


CONFIG = """
[device]
museum_id = "city-gallery"
artwork_id = "water-lilies"
device_id = "pi-1"
[camera]
source = "images"
path = "clip"
"""


@pytest.fixture(name="config")
def fixture_config(tmp_path: Path) -> Path:
    """A device without a broker, before an empty wall."""
    (tmp_path / "clip").mkdir()
    for number in range(3):
        picture = np.full((120, 160, 3), 100, np.uint8)
        cv2.imwrite(str(tmp_path / "clip" / f"{number}.png"), picture)
    (tmp_path / "edge.toml").write_text(CONFIG)
    return tmp_path / "edge.toml"


def test_a_device_works_without_a_broker(config: Path) -> None:
    """The log is all that it writes."""
    folder = config.parent
    before = set(folder.iterdir())
    assert main(["run", "--config", str(config), "--log", str(folder / "log.csv")]) == 0
    assert set(folder.iterdir()) - before == {folder / "log.csv"}
    assert (folder / "log.csv").read_text().splitlines() == [HEADER]


def test_neither_broker_nor_log_is_a_mistake(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line says what is missing."""
    assert main(["run", "--config", str(config)]) == 2
    assert "edge.toml: broker: is missing" in capsys.readouterr().err
