import sys

import numpy as np
import pytest

from model_training.photographs import PHOTOGRAPHS, photographed


def test_every_photograph_is_cut_up_the_same_for_the_same_seed() -> None:
    """The package for developers has all of them, and a seed fixes the cut-outs."""
    found, missing = photographed(6, seed=1)
    assert missing == []
    assert tuple(found) == PHOTOGRAPHS
    again, _ = photographed(6, seed=1)
    other, _ = photographed(6, seed=2)
    for name, pictures in found.items():
        assert pictures.shape == (6, 48, 48)
        assert pictures.dtype == np.uint8
        np.testing.assert_array_equal(pictures, again[name])
        assert (pictures != other[name]).any()


def test_without_the_package_a_word_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Judging works where scikit-image is not installed."""
    monkeypatch.setitem(sys.modules, "skimage.data", None)
    assert photographed(6, seed=1) == ({}, ["photographs: scikit-image is not installed"])


def test_a_photograph_that_is_not_in_the_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """One missing file costs one family."""
    from skimage import data  # noqa: PLC0415 - imported by name in the code under test

    def offline() -> None:
        raise ConnectionError("no network")

    monkeypatch.setattr(data, "gravel", offline)
    found, missing = photographed(2, seed=1)
    assert missing == ["gravel: no network"]
    assert set(found) == set(PHOTOGRAPHS) - {"gravel"}
