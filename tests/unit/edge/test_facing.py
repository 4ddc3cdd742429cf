"""Facing, from five landmarks."""

import math

import pytest

from edge.facing import FacingShare, is_facing
from edge.models import Box, Face

NOSE = 0.6
"""How far a nose stands out, in distances of the eyes."""


def turned(degrees: float, *, rolled: float = 0.0) -> Face:
    """A face that is turned about the neck, and tilted, drawn as a camera far away sees it."""
    yaw, roll = math.radians(degrees), math.radians(rolled)
    points = [
        (-20 * math.cos(yaw), 0.0),
        (20 * math.cos(yaw), 0.0),
        (40 * NOSE * math.sin(yaw), 18),
    ]
    points += [(-15 * math.cos(yaw), 38.0), (15 * math.cos(yaw), 38.0)]
    cosine, sine = math.cos(roll), math.sin(roll)
    landmarks = tuple((100 + x * cosine - y * sine, 90 + x * sine + y * cosine) for x, y in points)
    return Face(Box(60, 60, 80, 80), 0.9, landmarks)


@pytest.mark.parametrize("rolled", [-20.0, 0.0, 20.0])
@pytest.mark.parametrize(
    ("degrees", "facing"), [(0, True), (20, True), (-25, True), (45, False), (-60, False)]
)
def test_a_face_turned_away_is_told(degrees: float, rolled: float, *, facing: bool) -> None:
    """To either side, and with the head tilted."""
    assert is_facing(turned(degrees, rolled=rolled)) is facing


def test_a_profile_is_no_face_to_the_camera() -> None:
    """Its eyes lie over each other."""
    assert is_facing(turned(90)) is False


def test_the_share_counts_what_has_landmarks() -> None:
    """Without any there is none."""
    share = FacingShare()
    assert share.share is None
    share.add(Face(Box(0, 0, 50, 50), 0.9))
    assert share.share is None
    for degrees in (0, 10, 70):
        share.add(turned(degrees))
    assert share.share == 0.67
