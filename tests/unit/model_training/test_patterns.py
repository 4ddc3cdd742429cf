import numpy as np
import pytest

from model_training.patterns import (
    HELD_OUT,
    TRAINED,
    Draw,
    finished,
    patterned,
    phase_shuffled,
    shuffled,
)

every_family = pytest.mark.parametrize(
    "draw", [*TRAINED.values(), *HELD_OUT.values()], ids=[*TRAINED, *HELD_OUT]
)


@every_family
def test_a_family_is_drawn_by_its_seed_alone(draw: Draw) -> None:
    """The same seed draws the same, thirty seeds draw thirty different pictures."""
    drawn = set()
    for seed in range(30):
        field = draw(np.random.default_rng(seed))
        again = draw(np.random.default_rng(seed))
        np.testing.assert_array_equal(field, again)
        drawn.add(field.tobytes())
    assert len(drawn) == 30


@every_family
def test_a_family_draws_pictures(draw: Draw) -> None:
    """Fields fill the frame with finite numbers, and make grey pictures when finished.

    A line may leave the frame, an edge may miss it: a few fields may be even, not many.
    """
    even = 0
    for seed in range(30):
        rng = np.random.default_rng(seed)
        field = draw(rng)
        assert field.shape == (48, 48)
        assert np.isfinite(field).all()
        even += int(np.ptp(field) == 0)
        image = finished(field, rng)
        assert image.dtype == np.uint8
        assert image.shape == (48, 48)
    assert even <= 3


def test_held_out_families_are_none_of_the_trained() -> None:
    """What judges the model was not what taught it."""
    assert HELD_OUT.keys().isdisjoint(TRAINED)
    assert set(HELD_OUT.values()).isdisjoint(TRAINED.values())


def test_shuffling_keeps_every_pixel() -> None:
    """The pieces are the picture's own."""
    face = np.arange(48 * 48, dtype=np.uint16).reshape(48, 48).astype(np.uint8)
    mixed = shuffled(face, np.random.default_rng(1))
    assert (mixed != face).any()
    np.testing.assert_array_equal(np.sort(mixed, axis=None), np.sort(face, axis=None))


@pytest.mark.parametrize("seed", range(5))
def test_phase_shuffling_keeps_the_spectrum_and_nothing_else(seed: int) -> None:
    """Amplitudes stay up to rounding, the picture does not."""
    rng = np.random.default_rng(seed)
    rows = np.arange(48)
    face = 128 + 6 * np.sin(rows / 7)[:, None] + 4 * np.cos(rows / 3) + rng.normal(0, 3, (48, 48))
    image = np.rint(face).astype(np.uint8)  # so soft that no phases make it clip
    mixed = phase_shuffled(image, rng)
    kept = np.abs(np.fft.fft2(mixed))
    np.testing.assert_allclose(kept, np.abs(np.fft.fft2(image)), atol=90)  # of 300 000 at DC
    assert mixed.mean() == pytest.approx(image.mean(), abs=0.1)
    assert abs(np.corrcoef(mixed.ravel(), image.ravel())[0, 1]) < 0.9
    np.testing.assert_array_equal(
        phase_shuffled(image, np.random.default_rng(9)),
        phase_shuffled(image, np.random.default_rng(9)),
    )


def test_training_patterns_go_by_seed_and_count() -> None:
    """The same seed gives the same pictures, another seed others; none is a count, too."""
    faces = np.random.default_rng(2).integers(0, 256, (5, 48, 48), dtype=np.uint8)
    first = patterned(9, faces, seed=1)
    np.testing.assert_array_equal(first, patterned(9, faces, seed=1))
    assert (first != patterned(9, faces, seed=2)).any()
    assert patterned(0, faces, seed=1).shape == (0, 48, 48)
