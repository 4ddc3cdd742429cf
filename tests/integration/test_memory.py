"""How much memory the edge process ever needs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

MOST_MB = 250


def test_a_process_that_sees_two_faces_in_1280x720_stays_small(
    repository: Path, yunet_model: Path
) -> None:
    """Libraries, both networks, frames and tracks, in a process of its own; half as much is used.

    The delivery's libraries are loaded too: the command line knows all commands.
    """
    done = subprocess.run(
        [sys.executable, "-m", "edge", "bench", "--json", "--yunet-model", str(yunet_model)],
        cwd=repository,
        capture_output=True,
        check=True,
        text=True,
    )
    printed = json.loads(done.stdout)
    assert (printed["width"], printed["height"]) == (1280, 720)
    assert printed["detector"] == "yunet"
    assert printed["faces_per_frame"] >= 2
    assert printed["stages_ms"]["classify"]["count"] > 100
    assert 30 < printed["peak_memory_mb"] <= MOST_MB
