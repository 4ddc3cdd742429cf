"""Counts are exact whoever crosses, hides, leaves and comes back, and however badly it is seen."""

import pytest

from tests.vision.stage import SCENES, Camera, Scene, leaving_and_returning, visits

SEEDS = range(2)
CAMERAS = {
    "10 frames/s": Camera(),
    "3 frames/s": Camera(rate=3),
    "5 frames/s": Camera(rate=5),
    "30 frames/s": Camera(rate=30),
    "every 2nd": Camera(every=2),
    "every 3rd": Camera(every=3),
    "lost 10 %": Camera(lost=0.1),
    "lost 20 %": Camera(lost=0.2),
    "lost 35 %": Camera(lost=0.35),
    "missed 20 %": Camera(missed=0.2),
}


@pytest.mark.parametrize("camera", CAMERAS.values(), ids=list(CAMERAS))
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_one_visitor_is_one_visit(scene: Scene, camera: Camera) -> None:
    """In each scene and for each camera."""
    actors, seconds, people = scene()
    for seed in SEEDS:
        seen = visits(actors, camera.again(seed), seconds)
        assert len(seen) == people, seed


@pytest.mark.parametrize("camera", CAMERAS.values(), ids=list(CAMERAS))
def test_a_stay_lasts_from_coming_to_going(camera: Camera) -> None:
    """A second and a half out of the picture doesn't shorten it."""
    actors, seconds, _ = leaving_and_returning()
    (track,) = visits(actors, camera.again(1), seconds)
    assert track.last_s - track.first_s == pytest.approx(11.8, abs=1.2)
