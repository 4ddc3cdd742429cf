from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from model_training.detectors import Box, HaarBoxes, YunetBoxes
from model_training.errors import RunError
from model_training.faces import FaceSet
from model_training.framing import framing_cost, measure_framing
from model_training.read_npz import read_npz
from tests.unit.model_training.conftest import silent


class PlacedBox:
    """A detector that knows the study's canvas: twice the frame's side, the frame amid it."""

    def __init__(self, *boxes: Box) -> None:
        """Takes boxes in shares of the frame's side, measured from the frame's corner."""
        self._boxes = boxes

    def boxes(self, grey: NDArray[np.uint8]) -> list[Box]:
        """Returns the boxes in the canvas' pixels."""
        side = grey.shape[0] / 2
        return [
            (side / 2 + x * side, side / 2 + y * side, w * side, h * side)
            for x, y, w, h in self._boxes
        ]


def _certain(expression: NDArray[np.int64]) -> NDArray[np.float32]:
    answers = np.zeros((len(expression), 8), dtype=np.float32)
    answers[np.arange(len(expression)), expression] = 1.0
    return answers


def test_the_mapping_leads_from_any_box_back_to_the_frame(few_faces: FaceSet) -> None:
    """A box of 0.6 x 0.8 of the frame, off centre, maps onto the whole frame again."""
    x, y, w, h = 0.1, 0.15, 0.6, 0.8
    found = measure_framing(few_faces, PlacedBox((x, y, w, h)), silent)
    size = (w * h) ** 0.5
    assert found["scale"] * size == pytest.approx(1.0, abs=1e-3)
    assert x + w / 2 + found["center_dx"] * size == pytest.approx(0.5, abs=1e-3)
    assert y + h / 2 + found["center_dy"] * size == pytest.approx(0.5, abs=1e-3)
    assert found["boxes"] == 4 * len(few_faces)


def test_images_with_two_boxes_say_nothing(few_faces: FaceSet) -> None:
    """Only a single box is trusted; too few of them is an error."""
    two = PlacedBox((0.1, 0.1, 0.8, 0.8), (0.0, 0.0, 0.2, 0.2))
    with pytest.raises(RunError, match="found only 0 faces"):
        measure_framing(few_faces, two, silent)


def test_cost_is_measured_against_the_untouched_frame(few_faces: FaceSet) -> None:
    """A judge who looks at the middle alone loses nothing by any framing of even faces."""

    def by_brightness(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        level = images[:, 20:28, 20:28].mean(axis=(1, 2))
        expression = np.clip((level - 20) // 28, 0, 7).astype(np.int64)
        return _certain(expression)

    cost = framing_cost(few_faces, by_brightness, silent)
    assert cost["n"] == len(few_faces)
    assert set(cost["scale"].values()) == {1.0}
    assert cost["shift"]["+0.00"] == cost["scale"]["+0.00"]


def test_cost_shows_what_moves(few_faces: FaceSet) -> None:
    """A judge who looks at the left edge sees when the frame is shifted to the right."""
    dark_left = few_faces.images.copy()
    dark_left[:, :, :6] = 0
    faces = FaceSet(
        images=dark_left,
        usage=few_faces.usage,
        votes=few_faces.votes,
        fer2013_label=few_faces.fer2013_label,
        source=few_faces.source,
    )
    truth = few_faces.votes.argmax(axis=1).astype(np.int64)

    def right_while_left_is_dark(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        seen = images[:, :, :4].mean(axis=(1, 2)) < 10
        return _certain(np.where(seen, truth, (truth + 1) % 8))

    cost = framing_cost(faces, right_while_left_is_dark, silent)
    assert cost["scale"]["+0.00"] == 1.0
    assert cost["shift"]["+0.30"] == pytest.approx(0.75)


def test_both_detectors_find_real_faces_near_the_frame(
    shared_data: Path, yunet_model: Path
) -> None:
    """On real faces either detector's box is about as large as the frame and near its middle."""
    training = read_npz(shared_data / "fer2013plus.npz").part("training")
    few = training.pick(np.arange(40))
    for detector in (YunetBoxes(yunet_model), HaarBoxes()):
        found = measure_framing(few, detector, silent)
        assert 0.9 < found["scale"] < 1.3
        assert abs(found["center_dx"]) < 0.1
        assert abs(found["center_dy"]) < 0.1
