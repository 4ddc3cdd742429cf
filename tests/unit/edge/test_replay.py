"""Replaying a clip, and holding it against the truth."""

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from contracts.errors import ConfigError
from edge.__main__ import main
from edge.adapters.image_folder_source import ImageFolderSource
from edge.adapters.v4l2_source import V4l2Source
from edge.adapters.video_source import VideoSource
from edge.assembly import open_source, wall_ms
from edge.commands import replay as command
from edge.config import CameraConfig, CameraSource
from edge.errors import CameraError
from edge.replay import FilmClock, ReplayResult, Truth, load_truth, replay
from tests.fakes.clock import FakeClock


@pytest.fixture(name="clip")
def fixture_clip(tmp_path: Path) -> Path:
    """A folder of five pictures of an empty wall."""
    folder = tmp_path / "clip"
    folder.mkdir()
    for i in range(5):
        cv2.imwrite(str(folder / f"{i}.png"), np.full((120, 160, 3), 100, np.uint8))
    return folder


def parse(*arguments: str) -> argparse.Namespace:
    """The command line's arguments."""
    parser = argparse.ArgumentParser()
    command.add_parser(parser.add_subparsers(required=True))
    return parser.parse_args(["replay", *arguments])


def test_an_empty_clip_gives_nothing(clip: Path) -> None:
    """All its frames are played, and nobody is in them."""
    result = replay(clip, start_ms=0)
    assert (result.frames, result.visits, result.suppressed_still_faces) == (5, (), 0)
    assert result.detector == "haar"
    assert set(result.stages_ms) >= {"capture", "detect", "frame"}


def test_the_command_prints_json(clip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Visits, still faces and frames, for programs."""
    assert command.run(parse(str(clip), "--json")) == 0
    printed = json.loads(capsys.readouterr().out)
    assert (printed["visits"], printed["suppressed_still_faces"], printed["frames"]) == (0, 0, 5)
    assert "errors" not in printed


def test_the_command_prints_text(clip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same, for people."""
    assert command.run(parse(str(clip))) == 0
    assert "visits                  0" in capsys.readouterr().out


def test_the_command_shows_errors_against_the_truth(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two visits and a portrait are missing, and the exit code says so."""
    truth = tmp_path / "truth.json"
    truth.write_text('{"visits": 2, "still_faces": 1, "people": []}')
    assert command.run(parse(str(clip), "--truth", str(truth), "--json")) == 1
    printed = json.loads(capsys.readouterr().out)
    assert printed["errors"] == {"visits": -2, "still_faces": -1}
    assert command.run(parse(str(clip), "--truth", str(truth))) == 1
    assert "error in visits: -2" in capsys.readouterr().out
    truth.write_text('{"visits": 0}')
    assert command.run(parse(str(clip), "--truth", str(truth))) == 0


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("{", "file"),
        ("[]", "file"),
        ("{}", "visits"),
        ('{"visits": true}', "visits"),
        ('{"visits": -1}', "visits"),
        ('{"visits": 1, "still_faces": "x"}', "still_faces"),
    ],
)
def test_a_broken_truth_file_is_refused(tmp_path: Path, text: str, field: str) -> None:
    """The error names the key."""
    file = tmp_path / "truth.json"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_truth(file)
    assert caught.value.field == field


def test_a_missing_truth_file_is_refused(tmp_path: Path) -> None:
    """The error names the file."""
    with pytest.raises(ConfigError, match="check the path"):
        load_truth(tmp_path / "none.json")


def test_errors_are_counted_only_for_what_is_known() -> None:
    """A truth without still faces says nothing of them."""
    result = ReplayResult(
        visits=(),
        suppressed_still_faces=3,
        passers_by=0,
        frames=1,
        seconds=1.0,
        stages_ms={},
        detector="haar",
    )
    assert result.errors(Truth(visits=1, still_faces=None)) == {"visits": -1}
    assert result.errors(Truth(visits=0, still_faces=1)) == {"visits": 0, "still_faces": 2}


def test_wall_time_follows_from_monotonic_time() -> None:
    """Film time and machine time alike."""
    film = FilmClock(1_792_900_000_000)
    assert wall_ms(film, 2.5) == 1_792_900_002_500
    film.sleep(10)
    assert film.now_ms() == 1_792_900_010_000
    assert wall_ms(film, 2.5) == 1_792_900_002_500
    clock = FakeClock()
    seen_s = clock.monotonic_s()
    clock.sleep(3)
    assert wall_ms(clock, seen_s) == clock.now_ms() - 3000


def test_the_configured_source_is_opened(tmp_path: Path) -> None:
    """One adapter for each kind of camera."""
    clock = FakeClock()
    video = CameraConfig(source=CameraSource.VIDEO, path=tmp_path / "film.mp4")
    images = CameraConfig(source=CameraSource.IMAGES, path=tmp_path)
    live = CameraConfig(source=CameraSource.V4L2)
    assert isinstance(open_source(video, clock), VideoSource)
    assert isinstance(open_source(images, clock), ImageFolderSource)
    assert isinstance(open_source(live, clock), V4l2Source)


def test_a_missing_clip_is_a_camera_error(tmp_path: Path) -> None:
    """Named by its path."""
    with pytest.raises(CameraError, match=r"none\.mp4"):
        replay(tmp_path / "none.mp4", start_ms=0)


def test_a_detector_without_its_file_is_told_by_the_option(
    clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not by the configuration's key."""
    assert main(["replay", str(clip), "--detector", "yunet"]) == 2
    said = capsys.readouterr().err
    assert said == "museum-edge: --yunet-model: is missing; --detector yunet needs it\n"


def test_a_truth_file_that_is_a_folder_is_told_in_few_words(tmp_path: Path) -> None:
    """Once by its name."""
    with pytest.raises(ConfigError, match=r"cannot be read: Is a directory$"):
        load_truth(tmp_path)
