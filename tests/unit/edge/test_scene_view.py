"""A view as numbers: what changes them, and what does not."""

import numpy as np
import pytest

from edge.scene_view import (
    BLOCKS,
    block_matches,
    coarse_match,
    displacement,
    see,
    share_alike,
    strength,
)
from tests.fakes.room import RoomCamera, defocused, lit, seen_from, with_visitors

CAMERA = RoomCamera()
ROOM = CAMERA.room
REFERENCE = see(CAMERA.frame(ROOM).image)


@pytest.mark.parametrize("gain", [0.3, 0.6, 1.2])
def test_structure_is_that_of_the_room_and_not_of_the_light(gain: float) -> None:
    """A lamp that is dimmed moves nothing."""
    view = see(CAMERA.frame(lit(ROOM, gain)).image)

    share = share_alike(block_matches(REFERENCE.structure, view.structure))
    assert share is not None
    assert share >= 0.9
    assert strength(view.structure) == pytest.approx(strength(REFERENCE.structure), rel=0.2)


@pytest.mark.parametrize(
    ("across_px", "down_px", "turn_deg"),
    [(32, 0, 0), (-48, 0, 0), (0, 40, 0), (64, -24, 0), (0, 0, 8), (16, 16, -4)],
)
def test_a_displacement_is_found_through_visitors(
    across_px: float, down_px: float, turn_deg: float
) -> None:
    """Within a cell, which is an eightieth of the width, and the step of the turns."""
    moved = with_visitors(
        seen_from(ROOM, across_px=across_px, down_px=down_px, turn_deg=turn_deg), 2, 7
    )

    found = displacement(REFERENCE.structure, see(CAMERA.frame(moved).image).structure)

    assert found is not None
    assert found.share_there - found.share_here > 0.25
    assert found.turn_deg == -turn_deg
    if not turn_deg:
        assert (found.across, found.down) == pytest.approx((-across_px / 8, -down_px / 8), abs=1.01)


@pytest.mark.parametrize("seed", range(6))
def test_a_crowd_displaces_nothing(seed: int) -> None:
    """Whoever hides the room is no evidence for another place of it."""
    crowd = see(CAMERA.frame(with_visitors(ROOM, 10, seed)).image)

    found = displacement(REFERENCE.structure, crowd.structure)

    assert found is not None
    assert found.share_there - found.share_here < 0.25


def test_what_is_out_of_focus_is_still_the_room() -> None:
    """In its light and dark parts; a hand is not."""
    blurred = see(CAMERA.frame(defocused(ROOM, 20)).image)
    dark = see(CAMERA.frame(np.full_like(ROOM, 30)).image)

    assert coarse_match(REFERENCE.grid, blurred.grid) > 0.9
    assert abs(coarse_match(REFERENCE.grid, dark.grid)) < 0.5


@pytest.mark.parametrize("noise", [0.5, 3.0, 9.0])
def test_sharpness_is_bounded_whatever_the_noise(noise: float) -> None:
    """What noise adds is taken off; what is left lies between least and most."""
    camera = RoomCamera(noise=noise)
    clean = see(ROOM, see(ROOM)).sharp
    noisy = see(camera.frame(ROOM).image, see(camera.frame(ROOM).image)).sharp

    assert clean is not None
    assert noisy is not None
    assert clean[0] == clean[1]
    assert noisy[0] <= clean[0] * 1.1
    assert noisy[1] >= clean[0] * 0.9


def test_a_bare_wall_tells_nothing() -> None:
    """No block of it can be told from another."""
    wall = see(CAMERA.frame(np.full_like(ROOM, 150)).image)

    assert share_alike(block_matches(wall.structure, wall.structure)) is None
    assert displacement(wall.structure, REFERENCE.structure) is None
    assert np.isnan(block_matches(wall.structure, wall.structure)).sum() == BLOCKS


def test_every_size_of_picture_is_seen() -> None:
    """Small, large, upright, grey."""
    for shape in ((36, 64, 3), (64, 36, 3), (1080, 1920, 3), (120, 160)):
        image = np.random.default_rng(1).integers(0, 255, shape).astype(np.uint8)
        assert see(image, see(image)).sharp is not None
