"""``museum-edge run --log`` on a clip: beside a real broker, and without any."""

import subprocess
import sys
from pathlib import Path

import pytest

from edge.expression_log import HEADER
from edge.log_analysis import analyse_log
from local_cloud.broker import MosquittoBroker
from tests.support.edge_toml import write_edge_toml
from tests.support.listener import Listener, wait_until

pytestmark = pytest.mark.integration


def run(repository: Path, config: Path, log: Path) -> str:
    """The process from beginning to end; its messages."""
    done = subprocess.run(
        [sys.executable, "-m", "edge", "run", "--config", str(config), "--log", str(log)],
        cwd=repository,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_the_log_has_what_the_cloud_has(
    tmp_path: Path, repository: Path, shared_data: Path
) -> None:
    """Each visit once in both; a second run without a broker adds its own to the log."""
    clip = shared_data / "clips" / "face-demographics-walking-and-pause.gif"
    log = tmp_path / "log.csv"
    with MosquittoBroker(tmp_path / "broker") as broker, Listener(broker) as listener:
        camera = f'source = "video"\npath = "{clip}"'
        config = write_edge_toml(tmp_path, broker, camera=camera)
        run(repository, config, log)
        wait_until(lambda: len(listener.visits()) == 3, "three visits")
        confidences = sorted(f"{visit['confidence']:.4f}" for visit in listener.visits())
    rows = log.read_text().splitlines()
    assert rows.pop(0) == HEADER
    assert sorted(row.split(",")[3] for row in rows) == confidences
    assert {row.split(",")[1] for row in rows} == {"water-lilies"}

    alone = tmp_path / "alone"
    alone.mkdir()
    text = config.read_text()
    start, end = text.index("[broker]"), text.index("[camera]")
    (alone / "edge.toml").write_text(text[:start] + text[end:])
    run(repository, alone / "edge.toml", log)
    assert [file.name for file in alone.iterdir()] == ["edge.toml"], "no outbox"
    analysis = analyse_log(log, 0)
    assert (analysis.rows_read, analysis.problems.count) == (6, 0)
