from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from model_training.distortions import DISTORTIONS, Distortion, distorted
from model_training.patterns import TRAINED, finished

every_distortion = pytest.mark.parametrize("distortion", DISTORTIONS, ids=lambda one: one.name)


@pytest.fixture(scope="module")
def pictures() -> NDArray[np.uint8]:
    """Sixteen soft pictures of middling contrast, as faces are."""
    rng = np.random.default_rng(11)
    return np.stack([finished(TRAINED["smooth_noise"](rng), rng) for _ in range(16)])


@settings(max_examples=60)
@given(distortion=st.sampled_from(DISTORTIONS), seed=st.integers(0, 2**32), which=st.integers(0, 3))
def test_any_picture_stays_a_picture(distortion: Distortion, seed: int, which: int) -> None:
    """Shape and type stay, the original is left alone, and the same call gives the same again."""
    images = np.random.default_rng(seed).integers(0, 256, (2, 48, 48), dtype=np.uint8)
    before = images.copy()
    strength = distortion.strengths[which % len(distortion.strengths)]
    changed = distorted(distortion, strength, images)
    assert changed.shape == images.shape
    assert changed.dtype == np.uint8
    np.testing.assert_array_equal(images, before)
    np.testing.assert_array_equal(changed, distorted(distortion, strength, images))


@every_distortion
def test_every_strength_changes_every_picture(
    distortion: Distortion, pictures: NDArray[np.uint8]
) -> None:
    """Nothing in the suite is a clean picture under another name."""
    for strength in distortion.strengths:
        changed = distorted(distortion, strength, pictures)
        assert (changed != pictures).any(axis=(1, 2)).all()


@every_distortion
def test_stronger_is_further_from_the_original(
    distortion: Distortion, pictures: NDArray[np.uint8]
) -> None:
    """The mean difference in grey grows with each strength."""
    distances = [
        np.abs(distorted(distortion, strength, pictures).astype(int) - pictures).mean()
        for strength in distortion.strengths
    ]
    assert len(distances) > 1
    assert (np.diff(distances) > 0).all()


@pytest.mark.parametrize(
    "distortion",
    [one for one in DISTORTIONS if one.neutral is not None],
    ids=lambda one: one.name,
)
def test_the_neutral_strength_changes_nothing(
    distortion: Distortion, pictures: NDArray[np.uint8]
) -> None:
    """At its neutral strength a distortion hands back what it got."""
    assert distortion.neutral is not None
    np.testing.assert_array_equal(distorted(distortion, distortion.neutral, pictures), pictures)


@every_distortion
def test_a_picture_fares_alike_whatever_follows_it(
    distortion: Distortion, pictures: NDArray[np.uint8]
) -> None:
    """The chances belong to the row, not to how many rows there are."""
    strength = distortion.strengths[0]
    np.testing.assert_array_equal(
        distorted(distortion, strength, pictures)[:5], distorted(distortion, strength, pictures[:5])
    )


def test_chances_differ_between_rows_and_between_names(pictures: NDArray[np.uint8]) -> None:
    """The same picture twice gets other noise, and so does a distortion of another name."""
    noise = next(one for one in DISTORTIONS if one.name == "noise")
    twice = np.stack([pictures[0], pictures[0]])
    first, second = distorted(noise, 0.08, twice)
    assert (first != second).any()
    renamed = distorted(replace(noise, name="other noise"), 0.08, twice)
    assert (renamed[0] != first).any()


def test_names_are_unique() -> None:
    """Figures are keyed by name."""
    assert len({one.name for one in DISTORTIONS}) == len(DISTORTIONS)


def _named(name: str) -> Distortion:
    return next(one for one in DISTORTIONS if one.name == name)


def test_covers_leave_the_rest_alone(pictures: NDArray[np.uint8]) -> None:
    """What lies outside the covered part stays as it was; what lies inside is even."""
    lower = distorted(_named("lower part"), 0.25, pictures)
    np.testing.assert_array_equal(lower[:, :36], pictures[:, :36])
    assert (lower[:, 36:] == lower[:, 36:37, :1]).all()
    masked = distorted(_named("mask"), 16, pictures)
    np.testing.assert_array_equal(masked[:, :32], pictures[:, :32])
    assert (masked[:, 38, 10:38] == 205).all()
    seen = distorted(_named("glasses"), 12, pictures)
    np.testing.assert_array_equal(seen[:, 26:], pictures[:, 26:])
    assert (seen[:, 17, 8:40] == 25).all()
    square = distorted(_named("rectangle"), 0.25, pictures)
    assert ((square != pictures).sum(axis=(1, 2)) <= 12 * 12).all()
    assert ((square != pictures).sum(axis=(1, 2)) > 12 * 12 / 2).all()


def test_either_side_is_covered_and_lit_from(pictures: NDArray[np.uint8]) -> None:
    """Over many pictures both sides occur."""
    covered = distorted(_named("one side"), 0.25, pictures) != pictures
    left, right = covered[:, :, :12].any(axis=(1, 2)), covered[:, :, 36:].any(axis=(1, 2))
    assert (left ^ right).all()
    assert left.any()
    assert right.any()
    grey = np.full((16, 48, 48), 100, dtype=np.uint8)
    lit = distorted(_named("side light"), 1, grey).astype(int)
    from_left = lit[:, 24, 0] > lit[:, 24, 47]
    assert from_left.any()
    assert not from_left.all()


def test_light_is_what_it_is_called() -> None:
    """Low light keeps its share of grey; back light darkens the middle and whitens the sides."""
    grey = np.full((4, 48, 48), 120, dtype=np.uint8)
    assert distorted(_named("low light"), 0.5, grey).mean() == pytest.approx(60, abs=0.5)
    behind = distorted(_named("back light"), 1, grey)
    assert (behind[:, 24, 24] == 66).all()  # 30 % of 120, and 30 of glare
    assert (behind[:, 24, [0, 47]] > 200).all()
    assert (behind[:, 0, 0] == 255).all()
