"""The ArUco detector on parts of pictures: at which size, and that it invents nothing."""

import cv2
import numpy as np
import pytest

from edge.adapters.aruco_finder import ArucoFinder, cells
from edge.markers import CELLS, NUMBERS, MarkerKind
from edge.models import Box, Image

STAFF = NUMBERS[MarkerKind.STAFF]
_FINE = 16


def shirt(side: float, *, tilt: float = 0.0, turn: float = 0.0, blur: float = 0.7) -> Image:
    """A dark shirt with a marker of ``side`` px in its middle, BGR [240, 240, 3], with noise.

    Args:
        side: Of the marker.
        tilt: By how much the wearer has turned away, degrees.
        turn: By how much the card hangs askew, degrees.
        blur: Of the lens, standard deviation in pixels.
    """
    code = np.where(np.array(cells(STAFF)), 20, 190).astype(np.uint8)
    card = np.pad(np.kron(code, np.ones((_FINE, _FINE), np.uint8)), _FINE, constant_values=190)
    half = 0.5 * side * (CELLS + 2) / CELLS
    angle, away = np.radians(turn), np.cos(np.radians(tilt))
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half * (away, 1)
    spin = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    target = ((corners @ spin.T + 120.3) * 8).astype(np.float32)
    edge = float(card.shape[0])
    source = np.array([[0, 0], [edge, 0], [edge, edge], [0, edge]], np.float32)
    large = np.full((1920, 1920), 60, np.uint8)
    matrix = cv2.getPerspectiveTransform(source, target)
    cv2.warpPerspective(card, matrix, (1920, 1920), large, borderMode=cv2.BORDER_TRANSPARENT)
    small = cv2.resize(large, (240, 240), interpolation=cv2.INTER_AREA)
    grain = np.random.default_rng(5).normal(0, 3, small.shape)
    seen = np.clip(cv2.GaussianBlur(small, (0, 0), blur) + grain, 0, 255).astype(np.uint8)
    return cv2.cvtColor(seen, cv2.COLOR_GRAY2BGR)  # type: ignore[no-any-return]  # OpenCV has no types


@pytest.mark.parametrize("side", [20, 24, 40, 80])
@pytest.mark.parametrize(("tilt", "turn"), [(0, 0), (30, 0), (0, 20), (40, -15)])
def test_a_marker_is_read_from_20_px_on(side: float, tilt: float, turn: float) -> None:
    """Enlarged or shrunk to 40 px; its place and size are in pixels of the whole picture."""
    area = Box(40, 50, 160, 180)
    (marker,) = ArucoFinder().find(shirt(side, tilt=tilt, turn=turn), area, min(3.0, 40 / side))
    assert marker.number == STAFF
    assert (marker.x, marker.y) == pytest.approx((120, 120), abs=2)
    assert 0.75 * side <= marker.side <= 1.15 * side


def test_the_area_may_reach_beyond_the_picture() -> None:
    """Faces stand at its edges; a grey picture is as good."""
    grey = cv2.cvtColor(shirt(40), cv2.COLOR_BGR2GRAY)
    (marker,) = ArucoFinder().find(grey, Box(-500, -500, 2000, 2000), 1.0)
    assert marker.number == STAFF
    assert ArucoFinder().find(grey, Box(500, 0, 100, 100), 1.0) == []
    assert ArucoFinder().find(grey, Box(-100, 0, 100.5, 100), 1.0) == []


def test_a_marker_outside_the_area_is_not_seen() -> None:
    """Whoever stands beside may wear one."""
    assert ArucoFinder().find(shirt(40), Box(0, 0, 100, 240), 1.0) == []


def test_nothing_is_found_where_there_is_no_marker() -> None:
    """Noise, blots and checked shirts: thousands of squares and not one of ours."""
    rng = np.random.default_rng(8)
    finder, whole = ArucoFinder(), Box(0, 0, 320, 320)
    for _ in range(8):
        noise = rng.integers(0, 256, (320, 320), np.uint8)
        blots = cv2.resize(rng.integers(0, 256, (40, 40), np.uint8), (320, 320))
        checks = np.kron(rng.integers(0, 2, (40, 40)) * 200 + 20, np.ones((8, 8))).astype(np.uint8)
        for picture in (noise, blots, checks):
            assert [
                m for m in finder.find(picture, whole, 2.0) if m.number in NUMBERS.values()
            ] == []
