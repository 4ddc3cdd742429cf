import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from model_training.aggregate import aggregate_figures, corrected_shares

NAMES = ("a", "b", "c")


def _answers(labels: NDArray[np.int64], right: float, seed: int = 1) -> NDArray[np.float32]:
    """Probabilities whose top is the label in a share `right` of cases, else the next class."""
    rng = np.random.default_rng(seed)
    guesses = np.where(rng.random(len(labels)) < right, labels, (labels + 1) % 3)
    return np.where(np.eye(3)[guesses] == 1, 0.8, 0.1).astype(np.float32)


def test_a_perfect_model_counts_what_people_voted() -> None:
    """No error, nobody uncertain, nothing to correct."""
    labels = np.arange(900) % 3
    figures = aggregate_figures(labels, _answers(labels, 1.0), 0.5, NAMES)
    assert figures["mean_absolute_error"] == 0.0
    assert figures["uncertain"] == 0.0
    assert figures["counted"] == pytest.approx({"a": 1 / 3, "b": 1 / 3, "c": 1 / 3})
    assert figures["artworks"]["counted"]["largest_error_p95"] == 0.0


def test_a_correction_earns_its_place_where_mistakes_are_systematic() -> None:
    """Of 30 % mistakes that all go one way, the correction takes most back."""
    labels = np.repeat([0, 1, 2], [3000, 600, 300])
    figures = aggregate_figures(labels, _answers(labels, 0.7), 0.5, NAMES)
    artworks = figures["artworks"]
    assert artworks["earns_its_place"]
    assert (
        artworks["corrected"]["mean_absolute_error"]
        < 0.5 * artworks["counted"]["mean_absolute_error"]
    )


def test_what_lies_below_the_threshold_is_left_out() -> None:
    """Uncertain answers are told, and are in no share."""
    labels = np.arange(90) % 3
    answers = _answers(labels, 1.0)
    answers[labels == 2] = 1 / 3
    figures = aggregate_figures(labels, answers, 0.5, NAMES)
    assert figures["uncertain"] == pytest.approx(1 / 3)
    assert figures["counted"] == pytest.approx({"a": 0.5, "b": 0.5, "c": 0.0})
    assert figures["largest_error"] == pytest.approx(1 / 3)


@given(st.lists(st.floats(0.01, 1.0), min_size=3, max_size=3), st.floats(0.55, 0.99))
def test_the_mix_behind_known_mistakes_is_found(mix: list[float], right: float) -> None:
    """Counts made by a known confusion give the mix back."""
    true = np.array(mix) / sum(mix)
    confusion = np.eye(3) * right + (1 - np.eye(3)) * (1 - right) / 2
    found = corrected_shares(true @ confusion, confusion)
    assert found.sum() == pytest.approx(1.0)
    assert (found >= 0).all()
    assert np.abs(found @ confusion - true @ confusion).max() < 0.02


def test_a_model_that_is_sure_of_nothing_is_told_without_a_guess() -> None:
    """No share is counted, none is made up by the correction."""
    labels = np.arange(90) % 3
    figures = aggregate_figures(labels, _answers(labels, 1.0), 0.9, NAMES)
    assert figures["uncertain"] == 1.0
    assert figures["counted"] == {"a": 0.0, "b": 0.0, "c": 0.0}
    artworks = figures["artworks"]
    assert artworks["corrected"] == artworks["counted"]
    assert not artworks["earns_its_place"]
