"""``museum-edge bench``: what is measured, and how it is told. No time is asserted."""

import argparse
import dataclasses
import itertools
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.benchmark import (
    WARM_UP,
    Benchmark,
    CountingDetector,
    benchmark,
    nobody,
    painted_frames,
    peak_memory_mb,
    two_walkers,
)
from edge.commands import bench as command
from edge.crop import Framing
from edge.errors import CameraError
from edge.models import Frame
from tests.fakes.classifier import FakeClassifier
from tests.fakes.detector import MarkDetector


def measure(frames: int, classifier: FakeClassifier | None = None) -> Benchmark | None:
    """Two made-up faces before the painted wall."""
    return benchmark(
        painted_frames(15.0, frames),
        detector=CountingDetector(MarkDetector(), two_walkers(720)),
        classifier=classifier or FakeClassifier(),
        framing=Framing(0, 0, 1),
        runtime="none",
        camera_frames_per_s=15.0,
    )


def parse(*arguments: str) -> argparse.Namespace:
    """The command line's arguments."""
    parser = argparse.ArgumentParser()
    command.add_parser(parser.add_subparsers(required=True))
    return parser.parse_args(["bench", *arguments])


@pytest.fixture(name="film")
def fixture_film(tmp_path: Path) -> Path:
    """A film of an empty wall, a second long."""
    file = tmp_path / "film.mp4"
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"mp4v"), 15.0, (320, 240))
    for _ in range(15):
        writer.write(np.full((240, 320, 3), 120, np.uint8))
    writer.release()
    return file


def test_every_stage_is_measured() -> None:
    """Two faces in each frame, each classified in every third, and the warm-up left out."""
    classifier = FakeClassifier()
    result = measure(WARM_UP + 60, classifier)
    assert result is not None
    assert (result.width, result.height, result.frames) == (1280, 720, 60)
    assert result.faces_per_frame == 2.0
    counts = {stage: time.count for stage, time in result.stages_ms.items()}
    assert counts == {"capture": 60, "detect": 60, "track": 60, "classify": 40, "frame": 60}
    assert classifier.calls > 40
    assert all(0 <= time.median <= time.p95 for time in result.stages_ms.values())
    assert result.frames_per_s > 0
    assert result.cpu_ms_per_frame > 0
    assert result.camera_cpu_share == pytest.approx(result.cpu_ms_per_frame * 0.015, abs=1e-3)


def test_frames_for_warming_up_are_no_measurement() -> None:
    """A film that has no more is too short."""
    assert measure(WARM_UP) is None


def test_the_made_up_faces_stay_in_the_picture_and_walk() -> None:
    """They are never far apart from one frame to the next, and are taken for living ones."""
    frames = list(itertools.islice(two_walkers(720), 300))
    for before, after in itertools.pairwise(frames):
        for old, new in zip(before, after, strict=True):
            assert 0 < abs(new.box.x - old.box.x) < 20
            assert 0 <= new.box.x <= new.box.x + new.box.width <= 1280
            assert 0 <= new.box.y <= new.box.y + new.box.height <= 720


def test_the_cadence_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a slow machine would do with the camera."""
    ticks = itertools.count(step=0.02)  # each look at the clock is 20 ms after the last
    monkeypatch.setattr("edge.pipeline.perf_counter", lambda: next(ticks))
    result = measure(WARM_UP + 10)
    assert result is not None
    assert result.stages_ms["frame"].median >= 80
    assert result.detect_every == 3


def test_the_peak_of_memory_is_read(tmp_path: Path) -> None:
    """In millions of bytes; where the system does not tell, it is not known."""
    status = tmp_path / "status"
    status.write_text("Name:\tpython\nVmPeak:\t  900000 kB\nVmHWM:\t  100000 kB\n")
    assert peak_memory_mb(status) == 102.4
    status.write_text("Name:\tpython\n")
    assert peak_memory_mb(status) is None
    assert peak_memory_mb(tmp_path / "none") is None


def test_a_film_is_measured_for_programs(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Times per stage, frames per second, processor and memory."""
    assert command.run(parse("--video", str(film), "--json")) == 0
    printed = json.loads(capsys.readouterr().out)
    assert set(printed["stages_ms"]) == {"capture", "detect", "track", "frame"}
    assert set(printed["stages_ms"]["detect"]) == {"median", "p95", "count"}
    assert (printed["frames"], printed["width"], printed["height"]) == (5, 320, 240)
    assert printed["faces_per_frame"] == 0
    assert printed["frames_per_s"] > 0
    assert printed["cpu_share"] > 0
    assert printed["peak_memory_mb"] > 10


def test_and_for_people(
    film: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same as a table."""
    monkeypatch.setattr("edge.commands.bench.painted_frames", lambda rate: painted_frames(rate, 25))
    for arguments in ((), ("--video", str(film))):
        assert command.run(parse(*arguments)) == 0
        printed = capsys.readouterr().out
        assert "haar, " in printed
        assert "frames/s" in printed
        assert "detect" in printed
        assert "peak memory" in printed


@pytest.mark.parametrize(("share", "told"), [(0.5, True), (0.97, False)])
def test_a_machine_that_is_not_at_rest_is_told(share: float, told: bool) -> None:  # noqa: FBT001 - a parameter of the table
    """Times that passed are no measure then."""
    result = measure(WARM_UP + 5)
    assert result is not None
    printed = command.report(dataclasses.replace(result, cpu_share=share))
    assert ("kept this one waiting" in printed) is told


def test_a_film_that_is_too_short_is_one_clear_line(
    film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is measured on no frames."""
    monkeypatch.setattr("edge.benchmark.WARM_UP", 15)
    with pytest.raises(CameraError, match="too short"):
        command.run(parse("--video", str(film)))


def test_a_film_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    """As everywhere."""
    with pytest.raises(CameraError, match="no such file"):
        command.run(parse("--video", str(tmp_path / "none.mp4")))


def test_no_face_is_made_up_in_a_film() -> None:
    """What is counted there was found."""
    detector = CountingDetector(MarkDetector(), nobody())
    wall = Frame(np.zeros((20, 20, 3), np.uint8), 0, 0.0)
    assert detector.detect(wall.image) == []
    assert (detector.faces, detector.name) == (0, "yunet")
