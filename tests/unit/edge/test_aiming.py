"""What helps to aim a camera: figures, a map, and what to do."""

import dataclasses

import cv2
import numpy as np
import pytest

from edge.aiming import Aiming, FaceReading, Reading, advice, one_line, report
from edge.models import Box, Frame, Image
from edge.scene_measures import Light
from tests.fakes.detector import MARK, MarkDetector

GOOD = Reading(
    width=640,
    height=360,
    frames_per_s=15.0,
    light=Light(mean=0.5, dark_share=0.0, bright_share=0.0, contrast=0.2),
    sharpness=0.003,
    best_sharpness=0.003,
    faces=(FaceReading(box=Box(300, 100, 64, 80), sharpness=0.025, brightness=0.5),),
    face_px=64.0,
    detector="yunet",
    min_face_px=40,
)


def with_face(box: Box, sharpness: float = 0.025, brightness: float = 0.5) -> Reading:
    """A good reading with another face."""
    face = FaceReading(box=box, sharpness=sharpness, brightness=brightness)
    return dataclasses.replace(GOOD, faces=(face,), face_px=box.width)


def room(seed: int = 1) -> Image:
    """A picture with detail, without a face."""
    picture = np.full((360, 640, 3), 110, np.uint8)
    rng = np.random.default_rng(seed)
    for x, y, level in rng.integers((0, 0, 30), (600, 320, 220), (60, 3)):
        cv2.rectangle(picture, (int(x), int(y)), (int(x) + 30, int(y) + 30), (int(level),) * 3, -1)
    return picture


def frame(picture: Image, index: int = 0, moment_s: float = 0.0) -> Frame:
    """A frame of it."""
    return Frame(picture, index, moment_s)


def test_a_good_view_needs_nothing() -> None:
    """And says so."""
    assert advice(GOOD) == []
    assert report(GOOD, 80, 24)[-1] == "= all is well"


def test_small_faces_are_told_with_their_size_and_the_mend() -> None:
    """Too small to be counted, or too small for expressions."""
    mend = "move the camera closer or raise the resolution; 48 px or more is good"
    not_counted = "faces are 28 px wide, not counted under 40 px (detector.min_face_px)"
    assert advice(with_face(Box(300, 100, 28, 36))) == [f"{not_counted}: {mend}"]
    assert advice(with_face(Box(300, 100, 44, 50))) == [f"faces are 44 px wide: {mend}"]


@pytest.mark.parametrize(
    ("reading", "said"),
    [
        (dataclasses.replace(GOOD, faces=(), face_px=None), "no face: stand where visitors"),
        (dataclasses.replace(GOOD, frames_per_s=3.0), "only 3.0 frames/s"),
        (dataclasses.replace(GOOD, sharpness=0.00005, best_sharpness=0.00005), "blurred"),
        (dataclasses.replace(GOOD, best_sharpness=0.006), "it was sharper before"),
        (
            dataclasses.replace(GOOD, light=Light(0.05, 0.7, 0.0, 0.1)),
            "more light on the visitors' faces",
        ),
        (
            dataclasses.replace(GOOD, light=Light(0.7, 0.0, 0.4, 0.2)),
            "turn the camera away from window or lamp",
        ),
        (with_face(Box(0, 100, 64, 80)), "touches the left edge"),
        (with_face(Box(580, 100, 64, 80)), "touches the right edge"),
        (with_face(Box(300, -5, 64, 80)), "touches the top edge"),
        (with_face(Box(300, 300, 64, 80)), "touches the bottom edge"),
        (with_face(Box(300, 100, 64, 80), brightness=0.1), "a face is dark"),
        (with_face(Box(300, 100, 64, 80), sharpness=0.001), "a face is blurred"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_else(reading: Reading, said: str) -> None:
    """One fault, one piece of advice."""
    (told,) = advice(reading)
    assert said in told


def test_faces_are_measured_from_left_to_right() -> None:
    """Size, light and sharpness each."""
    picture = room()
    picture[100:180, 300:360] = (40, 40, MARK)
    reading = Aiming(MarkDetector(), 40).look(frame(picture))
    (face,) = reading.faces
    assert (face.box, reading.face_px) == (Box(300, 100, 60, 80), 60)
    assert face.brightness == pytest.approx((40 * 0.701 + 255 * 0.299) / 255, abs=0.01)
    assert (reading.width, reading.height) == (640, 360)


def test_faces_are_remembered_for_three_seconds() -> None:
    """A detector misses a face now and then; the size told does not flicker."""
    aiming, empty, picture = Aiming(MarkDetector(), 40), room(), room()
    picture[100:180, 300:360] = (40, 40, MARK)
    assert aiming.look(frame(empty)).face_px is None
    assert aiming.look(frame(picture, 1, 1.0)).face_px == 60
    assert aiming.look(frame(empty, 2, 3.9)).face_px == 60
    assert aiming.look(frame(empty, 3, 4.1)).face_px is None


def test_the_rate_is_the_cameras_own() -> None:
    """Also when only some of its frames are looked at, and soon after it has changed."""
    aiming = Aiming(MarkDetector(), 40)
    aiming.count(frame(room()))
    assert aiming.look(frame(room())).frames_per_s is None
    for step in range(1, 30):
        aiming.count(frame(room(), 3 * step, 0.2 * step))  # two of three were missed
    assert aiming.look(frame(room())).frames_per_s == pytest.approx(15)
    for step in range(30):
        aiming.count(frame(room(), 90 + step, 6.0 + 0.2 * step))
    assert aiming.look(frame(room())).frames_per_s == pytest.approx(5)


def test_the_best_sharpness_is_kept() -> None:
    """So that a lens that was turned too far can be turned back."""
    aiming = Aiming(MarkDetector(), 40)
    sharp, soft = room(), cv2.GaussianBlur(room(), (0, 0), 3)
    first = aiming.look(frame(sharp))
    second = aiming.look(frame(soft, 1, 0.1))
    assert second.best_sharpness == first.sharpness > 2 * second.sharpness
    assert any("turn the lens back" in text for text in advice(second))


def test_the_map_shows_each_face_where_it_is() -> None:
    """With its number and width, in the frame's own proportions."""
    lines = report(GOOD, 80, 40)
    top = next(i for i, line in enumerate(lines) if "╔" in line)
    assert lines[0] == "┌" + "─" * 76 + "┐"
    assert {len(line) for line in lines[:22]} == {78}
    assert lines[top].index("╔") == round(300 * 77 / 640)
    assert lines[top].index("╗") == round(364 * 77 / 640)
    assert any("1: 64 px" in line for line in lines)
    assert any(
        line.startswith("camera     640x360, 15.0 frames/s, faces by yunet") for line in lines
    )


@pytest.mark.parametrize("box", [Box(-20, -20, 30, 30), Box(630, 350, 60, 60), Box(0, 0, 640, 360)])
@pytest.mark.parametrize("columns", [40, 200])
def test_faces_at_the_edges_stay_on_the_map(box: Box, columns: int) -> None:
    """However far they reach beyond it."""
    lines = report(with_face(box), columns, 24)
    figures = next(i for i, line in enumerate(lines) if line.startswith("camera "))
    drawn = lines[:figures]
    assert {len(line) for line in drawn} == {len(drawn[0])}
    assert any(f"1: {box.width:.0f} px" in line for line in drawn)
    assert max(map(len, lines)) <= columns


def test_the_report_fits_the_terminal() -> None:
    """An upright picture would else be higher than it."""
    upright = dataclasses.replace(GOOD, width=720, height=1280)
    assert len(report(upright, 80, 24)) <= 24


def test_a_terminal_without_unicode_gets_ascii() -> None:
    """The same map."""
    lines = report(GOOD, 80, 24, plain=True)
    assert "\n".join(lines).isascii()
    assert lines[0].startswith("+--")


def test_one_line_says_it_all() -> None:
    """For a log or a pipe."""
    assert one_line(GOOD, 2.0) == (
        "    2.0 s  15.0 frames/s  brightness 50%  sharpness 3.00  face widths in px: 64"
    )
    assert "; no face: " in one_line(dataclasses.replace(GOOD, faces=(), face_px=None), 2.0)
