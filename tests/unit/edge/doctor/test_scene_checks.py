"""What doctor says of the camera and of what it sees."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.config import CameraConfig, CameraSource, DetectorKind
from edge.doctor.camera import PLUG, camera
from edge.doctor.detector import YUNET_SHA256, detector, judge_detector
from edge.doctor.face_size import face_size
from edge.doctor.focus import focus
from edge.doctor.lighting import lighting
from edge.doctor.model import judge_model, time_model
from edge.doctor.report import Verdict
from edge.doctor.scene import FaceLook, Look, Scene, watch_scene
from edge.errors import CameraError
from edge.models import Image
from edge.scene_measures import Light, sharpness
from tests.fakes.classifier import FakeClassifier
from tests.fakes.clock import FakeClock
from tests.fakes.detector import MARK, MarkDetector
from tests.fakes.frame_source import FakeFrameSource
from tests.unit.edge.doctor.findings import FAIL, PASS, SKIP, WARN, expect

BRIGHT = Light(mean=0.45, dark_share=0.01, bright_share=0.02, contrast=0.2)
LIVE = CameraConfig(source=CameraSource.V4L2)
RTSP = CameraConfig(source=CameraSource.RTSP, url="rtsp://camera.example/stream")
FILM = CameraConfig(source=CameraSource.VIDEO, path=Path("film.mkv"))
LOOK = Look(light=BRIGHT, sharpness=0.004, face=None, faces=0)
SCENE = Scene(
    width=1280,
    height=720,
    frames=100,
    frames_per_s=15.0,
    frozen=False,
    looks=(LOOK,),
    detector="yunet",
)


@pytest.mark.parametrize(
    ("scene", "wanted", "verdict", "said"),
    [
        (SCENE, LIVE, PASS, "v4l2, 1280x720, 15.0 frames/s"),
        (replace(SCENE, width=720, height=1280), LIVE, PASS, "720x1280"),
        (SCENE, FILM, PASS, "video"),
        (replace(SCENE, frames_per_s=None), FILM, PASS, "1280x720"),
        (replace(SCENE, width=640, frames_per_s=12.0), RTSP, PASS, "rtsp"),
        (replace(SCENE, frames_per_s=11.0), LIVE, WARN, "15 wanted"),
        (replace(SCENE, width=640, height=480), LIVE, WARN, "1280x720 wanted"),
        (replace(SCENE, frames_per_s=2.0), LIVE, FAIL, "too slow"),
        (replace(SCENE, frames_per_s=2.0), RTSP, FAIL, "too slow"),
        (replace(SCENE, frames_per_s=None), LIVE, FAIL, "too slow"),
        (replace(SCENE, frozen=True), LIVE, FAIL, "the same picture"),
        (replace(SCENE, frozen=True), FILM, PASS, ""),
        (replace(SCENE, looks=(), frames=0), LIVE, FAIL, "0 pictures"),
        (
            replace(SCENE, looks=(), frames=0),
            replace(FILM, realtime=True, started_at_ms=1),
            FAIL,
            "the film is over",
        ),
    ],
)
def test_camera(scene: Scene, wanted: CameraConfig, verdict: Verdict, said: str) -> None:
    """Measured against what the configuration asks for; a network camera sets that itself."""
    expect(camera(scene, wanted), verdict, said)


def test_every_kind_of_camera_has_its_own_mend() -> None:
    """Also those that come later."""
    assert set(PLUG) == set(CameraSource)


@pytest.mark.parametrize(
    ("light", "verdict", "said"),
    [
        (BRIGHT, PASS, "brightness 45%"),
        (replace(BRIGHT, mean=0.08), WARN, "dim"),
        (replace(BRIGHT, dark_share=0.7), WARN, "dim"),
        (replace(BRIGHT, mean=0.9), WARN, "glaring"),
        (replace(BRIGHT, bright_share=0.3), WARN, "glaring"),
        (Light(mean=0.01, dark_share=0.99, bright_share=0, contrast=0.01), FAIL, "black"),
        (Light(mean=0.4, dark_share=0.0, bright_share=0, contrast=0.004), FAIL, "nothing to be"),
    ],
)
def test_light(light: Light, verdict: Verdict, said: str) -> None:
    """Too little, too much, or none."""
    expect(lighting(light), verdict, said)


@pytest.mark.parametrize(
    ("blur_px", "verdict"),
    [(0.0, PASS), (1.0, PASS), (1.5, WARN), (6.0, FAIL)],
)
def test_focus(blur_px: float, verdict: Verdict) -> None:
    """A room of edges, blurred more and more as by a lens that is turned."""
    room = np.full((480, 640), 90, np.uint8)
    rng = np.random.default_rng(5)
    for _ in range(60):
        x, y = rng.integers(0, (600, 440))
        across, down = rng.integers(10, 90, 2)
        room[y : y + down, x : x + across] = rng.integers(30, 220)
    seen: Image = cv2.GaussianBlur(room, (0, 0), blur_px) if blur_px else room

    expect(focus(sharpness(seen), BRIGHT), verdict)


def test_focus_is_not_judged_in_the_dark() -> None:
    """Noise looks sharp."""
    expect(focus(0.9, replace(BRIGHT, contrast=0.01)), SKIP)


def faces(size_px: float, count: int = 20, brightness: float = 0.4) -> list[FaceLook]:
    """So many looks with the same face."""
    return [FaceLook(size_px=size_px, brightness=brightness)] * count


@pytest.mark.parametrize(
    ("seen", "verdict", "said"),
    [
        (faces(64), PASS, "64 px in 20 of 24 looks"),
        (faces(48, 12), PASS, "48 px"),
        ([*faces(64), *faces(20, 3)], PASS, "64 px in 23"),  # a median, no mean
        ([], WARN, "no face in 24 looks"),
        (faces(40), WARN, "48 px fill the expression"),
        (faces(64, 5), WARN, "seldom"),
        (faces(64, 20, 0.05), WARN, "dark"),
        (faces(25), FAIL, "nobody under 32 px is counted"),
    ],
)
def test_face_size(seen: list[FaceLook], verdict: Verdict, said: str) -> None:
    """Large enough to be counted, and for the 48 pixels that the expression model sees."""
    expect(face_size(seen, 24, min_face_px=32), verdict, said)


@pytest.mark.parametrize(("size_px", "verdict"), [(44, PASS), (43, WARN)])
def test_a_face_is_measured_with_what_the_model_sees_around_it(
    size_px: float, verdict: Verdict
) -> None:
    """With YuNet's framing 44 pixels of face fill the model's 48."""
    expect(face_size(faces(size_px), 24, min_face_px=32, scale=1.1062), verdict)


@pytest.mark.parametrize(
    ("name", "milliseconds", "digest", "wanted", "verdict", "said"),
    [
        ("yunet", 9.0, YUNET_SHA256, DetectorKind.AUTO, PASS, "yunet, 9 ms"),
        ("haar", 30.0, None, DetectorKind.HAAR, PASS, "haar"),
        ("haar", 30.0, None, DetectorKind.AUTO, WARN, "slower than YuNet"),
        ("yunet", 450.0, YUNET_SHA256, DetectorKind.YUNET, WARN, "slow"),
        ("yunet", 9.0, "0" * 64, DetectorKind.AUTO, FAIL, "not the one"),
    ],
)
def test_detector(  # noqa: PLR0917 - one row of the table
    name: str,
    milliseconds: float,
    digest: str | None,
    wanted: DetectorKind,
    verdict: Verdict,
    said: str,
) -> None:
    """Which one, how fast, and whether its file is the right one."""
    expect(judge_detector(name, milliseconds, digest, wanted=wanted), verdict, said)


def test_the_shipped_sum_is_that_of_the_yunet_of_the_tests(yunet_model: Path) -> None:
    """The file is hashed, not trusted by its name."""
    found = detector(
        MarkDetector(), kind=DetectorKind.AUTO, yunet_model=yunet_model, width=160, height=120
    )

    assert found.figures["sha256"] == YUNET_SHA256
    expect(found, PASS)


@pytest.mark.parametrize(
    ("milliseconds", "total", "verdict"),
    [(2.0, 1.0, PASS), (90.0, 1.0, WARN), (2.0, 0.5, FAIL), (2.0, float("nan"), FAIL)],
)
def test_model(milliseconds: float, total: float, verdict: Verdict) -> None:
    """Eight probabilities sum to one, in bearable time."""
    expect(judge_model("1.0.0", milliseconds, total), verdict, "1.0.0")


def test_the_model_is_run_several_times() -> None:
    """The first run warms it up."""
    classifier = FakeClassifier()

    _, total = time_model(classifier)

    assert classifier.calls > 1
    assert total == pytest.approx(1.0)


def picture(face_px: int, grey: int = 120) -> Image:
    """A grey picture with a face that ``MarkDetector`` finds, and a smaller one."""
    image = np.full((120, 160, 3), grey, np.uint8)
    image[30 : 30 + face_px, 40 : 40 + face_px, 2] = MARK
    return image


def test_a_scene_is_told_in_figures() -> None:
    """A look every quarter of a second; rate, size and faces as they were."""
    source = FakeFrameSource([picture(50), picture(52)] * 40, frames_per_s=10.0)

    scene = watch_scene(source, MarkDetector(), FakeClock(), seconds=3.0, live=False)

    assert (scene.width, scene.height, scene.detector) == (160, 120, "yunet")
    assert scene.frames_per_s == pytest.approx(10.0)
    assert scene.frames == 30
    assert len(scene.looks) == 10
    assert {face.size_px for face in scene.faces} <= {50.0, 52.0}
    assert scene.faces[0].brightness == pytest.approx(160 / 255, abs=0.03)
    assert not scene.frozen


def test_a_live_cameras_rate_is_measured_before_anything_else() -> None:
    """One second to settle, two for the rate, then the looks; the last frames are not read."""
    source = FakeFrameSource([picture(50), picture(52)] * 100, frames_per_s=20.0)

    scene = watch_scene(source, None, FakeClock(), seconds=2.0, live=True)

    assert scene.frames_per_s == pytest.approx(20.0)
    assert scene.frames == pytest.approx(100, abs=3)
    assert not scene.faces
    assert scene.detector is None


def test_the_same_picture_again_and_again_is_frozen() -> None:
    """To the last bit; a still film is no fault, so the camera's check decides what it means."""
    still = picture(50)

    scene = watch_scene(FakeFrameSource([still] * 20), None, FakeClock(), seconds=1.0, live=False)

    assert scene.frozen


def test_a_scene_without_a_picture_has_no_looks() -> None:
    """An ended film."""
    scene = watch_scene(FakeFrameSource([]), None, FakeClock(), seconds=1.0, live=True)

    assert scene.looks == ()
    assert scene.frames_per_s is None
    assert not scene.frozen


def test_a_camera_that_fails_is_told_by_its_own_error() -> None:
    """And closed."""

    class Broken(FakeFrameSource):
        def read(self) -> None:
            raise CameraError("/dev/video0", "delivers no picture; unplugged?")

    source = Broken([])
    with pytest.raises(CameraError, match="unplugged"):
        watch_scene(source, None, FakeClock(), seconds=1.0, live=True)
    assert source._next is None
