"""Films whose visits are known, seen by the real detectors and the shipped model."""

import json
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from contracts.expressions import Expression
from contracts.visit import encode_visit, parse_visit
from edge.adapters.yunet_detector import YuNetDetector
from edge.config import DetectorConfig, DetectorKind
from edge.models import Image
from edge.replay import ReplayResult, replay
from tests.vision.counting import count
from workload.film import render_film

pytestmark = pytest.mark.integration

START_MS = 1_792_900_000_000
CLIPS = {
    "face-demographics-walking-and-pause.gif": (3, 41),
    "head-pose-face-detection-male.gif": (1, 62),
    "again.mkv": (1, 77),
}


@pytest.fixture(name="detector", params=list(DetectorKind)[1:], ids=lambda kind: kind.value)
def fixture_detector(request: pytest.FixtureRequest) -> DetectorConfig:
    """Both detectors."""
    kind: DetectorKind = request.param
    if kind is DetectorKind.HAAR:
        return DetectorConfig(kind=kind)
    return DetectorConfig(kind=kind, yunet_model=request.getfixturevalue("yunet_model"))


@pytest.mark.parametrize("clip", CLIPS)
def test_clips_have_as_many_visits_as_people(
    shared_data: Path, detector: DetectorConfig, clip: str
) -> None:
    """Three people, one man, and one man with a skull on his shirt."""
    visits, frames = CLIPS[clip]
    result = replay(shared_data / "clips" / clip, start_ms=START_MS, detector=detector)
    assert (len(result.visits), result.frames) == (visits, frames)
    assert result.suppressed_still_faces == 0
    _check_records(result)


@pytest.mark.parametrize("clip", CLIPS)
@pytest.mark.parametrize("every", [2, 3])
def test_every_second_or_third_look_is_enough(
    shared_data: Path, yunet_model: Path, clip: str, every: int
) -> None:
    """Whichever frames the detector looks at."""
    video = cv2.VideoCapture(str(shared_data / "clips" / clip))
    rate = video.get(cv2.CAP_PROP_FPS)
    detector = YuNetDetector(yunet_model, None)
    frames: list[tuple[float, Image]] = []
    while video.grab():
        frames.append((len(frames) / rate, video.retrieve()[1]))
    for first in range(every):
        assert len(count(frames[first::every], detector).stays) == CLIPS[clip][0], first


def test_the_smiling_man_is_happy(shared_data: Path, detector: DetectorConfig) -> None:
    """Framing, model and averaging agree with what anybody sees."""
    file = shared_data / "clips" / "head-pose-face-detection-male.gif"
    (visit,) = replay(file, start_ms=START_MS, detector=detector).visits
    assert visit.emotion_id is Expression.HAPPINESS


def test_the_gallery_film_gives_its_truth(tmp_path: Path) -> None:
    """Crossing, hiding and coming back are counted exactly, the wall portrait not at all."""
    truth = render_film(tmp_path / "film.mp4")
    result = replay(
        tmp_path / "film.mp4", start_ms=START_MS, detector=DetectorConfig(kind=DetectorKind.HAAR)
    )
    assert len(result.visits) == truth["visits"]
    assert result.suppressed_still_faces == truth["still_faces"] == 1
    _check_records(result)


def test_the_command_replays_a_clip(shared_data: Path, tmp_path: Path, repository: Path) -> None:
    """``museum-edge replay`` in a process of its own, with a truth file."""
    truth = tmp_path / "truth.json"
    truth.write_text('{"visits": 1, "still_faces": 0}')
    clip = shared_data / "clips" / "head-pose-face-detection-male.gif"
    done = subprocess.run(
        [sys.executable, "-m", "edge", "replay", str(clip), "--truth", str(truth), "--json"],
        cwd=repository,
        capture_output=True,
        check=True,
        text=True,
    )
    printed = json.loads(done.stdout)
    assert (printed["visits"], printed["frames"]) == (1, 62)
    assert printed["errors"] == {"visits": 0, "still_faces": 0}


def _check_records(result: ReplayResult) -> None:
    """Each record keeps the contract and lies within the film."""
    for visit in result.visits:
        assert parse_visit(json.loads(encode_visit(visit))) == visit
        assert START_MS <= visit.detected_at < visit.ended_at
        assert visit.samples > 0
    assert len({v.visit_id for v in result.visits}) == len(result.visits)
