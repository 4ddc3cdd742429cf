"""In which size YuNet is shown a frame."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.adapters.yunet_detector import input_size, shrink
from edge.smallest_face import smallest_face


@pytest.mark.parametrize(
    ("frame", "min_face_px", "size"),
    [
        ((1280, 720), 44, (320, 192)),
        ((1280, 720), 40, (352, 224)),
        ((1280, 720), 36, (416, 256)),
        ((1280, 720), 200, (320, 192)),  # near faces too, and no coarser
        ((720, 1280), 40, (224, 352)),
        ((1920, 1080), 44, (480, 288)),
        ((1920, 1080), 16, (960, 544)),  # and no finer: the Pi has other things to do
        ((480, 270), 40, (320, 192)),
        ((200, 150), 16, (224, 192)),  # nothing is gained by enlarging
        ((20, 10), 16, (32, 32)),
    ],
)
def test_as_small_as_the_smallest_face_allows(
    frame: tuple[int, int], min_face_px: int, size: tuple[int, int]
) -> None:
    """A face of 40 px in a frame of 1280 px is 11 px wide in 352 px."""
    assert input_size(*frame, min_face_px) == size


@given(st.integers(16, 4000), st.integers(16, 4000), st.integers(16, 1000))
def test_whole_strides_and_no_face_squeezed(width: int, height: int, face: int) -> None:
    """Sides are multiples of 32 px; the shorter one is stretched, by less than a stride."""
    across, down = input_size(width, height, face)
    assert across % 32 == down % 32 == 0
    (short, shorter), (long, longer) = sorted([(across, width), (down, height)], key=lambda p: p[1])
    assert 32 <= long <= 960
    assert 0 <= short - long * shorter / longer < 32 + 1e-6


def test_shrinking_averages() -> None:
    """Noise gets fainter as it does when whole areas are averaged; brightness stays."""
    noise = np.random.default_rng(2).integers(60, 190, (720, 1280, 3), np.uint8)
    small = shrink(noise, (352, 192))
    assert small.shape == (192, 352, 3)
    assert float(small.mean()) == pytest.approx(float(noise.mean()), abs=0.6)
    assert float(small.std()) < float(noise.std()) / 2


def test_a_frame_of_the_wanted_size_is_taken_as_it_is() -> None:
    """No copy is made."""
    frame = np.zeros((192, 320, 3), np.uint8)
    assert shrink(frame, (320, 192)) is frame


@pytest.mark.parametrize(
    ("wanted", "longest", "smallest"),
    [(None, 1280, 40), (None, 1920, 40), (None, 960, 30), (None, 640, 28), (40, 640, 40)],
)
def test_in_a_smaller_frame_smaller_faces_count(
    wanted: int | None, longest: int, smallest: int
) -> None:
    """The same person at the same distance; what is asked for by number is kept."""
    assert smallest_face(wanted, longest) == smallest
