"""Every detector finds a face where it is, in pixels of the frame that it was given."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import cv2
import numpy as np
import pytest
from skimage import data

from edge.adapters.choose_detector import choose_detector
from edge.adapters.haar_detector import HaarDetector
from edge.adapters.yunet_detector import YuNetDetector
from edge.config import DetectorKind
from edge.errors import ModelError
from edge.models import Box, Image
from edge.ports import FaceDetector
from tests.fakes.detector import MARK, MarkDetector

MIN_FACE_PX = 32
FACE = Box(174, 68, 98, 118)
"""Where the astronaut's face is in her portrait, read off the picture."""


def _astronaut() -> Image:
    photo: Image = data.astronaut()  # type: ignore[no-untyped-call]  # scikit-image has no types
    return photo


def portrait(width: int, height: int, x: int, y: int, scale: float) -> Image:
    """The astronaut on an empty wall, top left corner at x, y."""
    wall = np.full((height, width, 3), 128, np.uint8)
    photo = cv2.cvtColor(_astronaut(), cv2.COLOR_RGB2BGR)
    np.minimum(photo[:, :, 2], MARK - 1, out=photo[:, :, 2])
    small = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    rows = min(small.shape[0], height - y)
    wall[y : y + rows, x : x + small.shape[1]] = small[:rows]
    return wall


def marked(image: Image, box: Box) -> Image:
    """The picture with the face in the colour that the fake looks for."""
    image[int(box.y) : int(box.y + box.height), int(box.x) : int(box.x + box.width), 2] = MARK
    return image


@pytest.fixture(name="make", params=["fake", "haar", "yunet"])
def fixture_make(request: pytest.FixtureRequest) -> Callable[[int], FaceDetector]:
    """One detector after the other, made for a smallest face in px."""
    if request.param == "fake":
        return lambda _: MarkDetector()
    if request.param == "haar":
        return HaarDetector
    model: Path = request.getfixturevalue("yunet_model")
    return lambda min_face_px: YuNetDetector(model, min_face_px)


@pytest.mark.parametrize(
    "view", [(512, 512, 0, 0, 1.0), (1280, 720, 700, 100, 1.0), (640, 480, 100, 40, 0.8)]
)
def test_the_face_is_found_where_it_is(
    make: Callable[[int], FaceDetector], view: tuple[int, int, int, int, float]
) -> None:
    """One face, its box over the true one, in the frame's own pixels at any frame size."""
    detector = make(MIN_FACE_PX)
    _, _, x, y, scale = view
    true = Box(x + FACE.x * scale, y + FACE.y * scale, FACE.width * scale, FACE.height * scale)
    image = portrait(*view)
    faces = detector.detect(marked(image, true) if isinstance(detector, MarkDetector) else image)
    assert len(faces) == 1
    assert faces[0].box.iou(true) > 0.5
    assert 0.3 <= faces[0].score <= 1


def test_an_empty_wall_has_no_face(make: Callable[[int], FaceDetector]) -> None:
    """Nothing is found where nothing is."""
    assert make(MIN_FACE_PX).detect(np.full((720, 1280, 3), 128, np.uint8)) == []


def test_frames_may_change_their_size(make: Callable[[int], FaceDetector]) -> None:
    """A camera that is switched to another size is no surprise."""
    detector = make(MIN_FACE_PX)
    for width, height in ((512, 512), (1280, 720), (640, 480)):
        assert detector.detect(np.full((height, width, 3), 90, np.uint8)) == []


def test_the_name_is_a_key_of_the_framings(make: Callable[[int], FaceDetector]) -> None:
    """The classifier's description is looked up by it."""
    assert make(MIN_FACE_PX).name in {"haar", "yunet"}


def test_landmarks_lie_in_the_face(yunet_model: Path) -> None:
    """YuNet's eyes, nose and mouth corners are mapped back to the frame's pixels."""
    (face,) = YuNetDetector(yunet_model, MIN_FACE_PX).detect(portrait(1280, 720, 700, 100, 1.0))
    assert face.landmarks is not None
    assert len(face.landmarks) == 5
    box = face.box
    for x, y in face.landmarks:
        assert box.x <= x <= box.x + box.width
        assert box.y <= y <= box.y + box.height


@pytest.mark.parametrize("kind", ["haar", "yunet"])
def test_faces_that_are_too_small_are_left_out(kind: str, request: pytest.FixtureRequest) -> None:
    """A face of about 100 px is none where 200 px are asked for."""
    image = portrait(512, 512, 0, 0, 1.0)
    if kind == "haar":
        assert HaarDetector(200).detect(image) == []
    else:
        assert YuNetDetector(request.getfixturevalue("yunet_model"), 200).detect(image) == []


def test_auto_takes_yunet_where_its_file_is(yunet_model: Path, tmp_path: Path) -> None:
    """And Haar where it isn't, or where none is configured."""
    assert choose_detector(DetectorKind.AUTO, yunet_model, 32).name == "yunet"
    assert choose_detector(DetectorKind.AUTO, tmp_path / "none.onnx", 32).name == "haar"
    assert choose_detector(DetectorKind.AUTO, None, 32).name == "haar"
    assert choose_detector(DetectorKind.HAAR, yunet_model, 32).name == "haar"


@pytest.mark.parametrize("kind", [DetectorKind.AUTO, DetectorKind.YUNET])
def test_yunet_in_a_folder_that_may_not_be_entered_is_a_model_error(
    kind: DetectorKind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told in a line, rather than taken for a defect; also where root runs the tests."""

    def refuse(*_: object, **__: object) -> NoReturn:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "is_file", refuse)
    with pytest.raises(ModelError, match=r"y\.onnx: may not be read"):
        choose_detector(kind, tmp_path / "y.onnx", 32)


def test_yunet_without_a_usable_file_is_a_model_error(tmp_path: Path) -> None:
    """Who insists on YuNet is told what is wrong with its file."""
    with pytest.raises(ModelError, match="no file is configured"):
        choose_detector(DetectorKind.YUNET, None, 32)
    with pytest.raises(ModelError, match="no such file"):
        choose_detector(DetectorKind.YUNET, tmp_path / "none.onnx", 32)
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"not a network")
    with pytest.raises(ModelError, match="cannot read it"):
        choose_detector(DetectorKind.YUNET, broken, 32)
