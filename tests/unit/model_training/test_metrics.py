import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_training.metrics import (
    classification_figures,
    confusion_matrix,
    expected_calibration_error,
    share_figures,
    wilson_interval,
)

_NAMES = ("a", "b", "c")


def test_figures_of_a_small_case_counted_by_hand() -> None:
    """Accuracy, macro-F1, precision and recall of six answers."""
    labels = np.array([0, 0, 0, 1, 1, 2])
    guesses = np.array([0, 0, 1, 1, 1, 0])
    figures = classification_figures(labels, np.eye(3, dtype=np.float32)[guesses], _NAMES)
    assert figures["n"] == 6
    assert figures["accuracy"] == pytest.approx(4 / 6)
    assert figures["confusion"] == [[2, 1, 0], [0, 2, 0], [1, 0, 0]]
    assert figures["per_class"]["a"] == pytest.approx(
        {"n": 3, "precision": 2 / 3, "recall": 2 / 3, "f1": 2 / 3}
    )
    assert figures["per_class"]["c"] == {"n": 1, "precision": 0.0, "recall": 0.0, "f1": 0.0}
    assert figures["macro_f1"] == pytest.approx((2 / 3 + 4 / 5 + 0) / 3)


def test_macro_f1_leaves_out_classes_that_do_not_occur() -> None:
    """A class without images is no failure of the model."""
    labels = np.array([0, 1])
    figures = classification_figures(labels, np.eye(3, dtype=np.float32)[labels], _NAMES)
    assert figures["macro_f1"] == 1.0


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=50))
def test_confusion_counts_every_answer_once(pairs: list[tuple[int, int]]) -> None:
    """Rows sum to the true counts, columns to the guessed ones."""
    labels, guesses = np.array(pairs).T
    counts = confusion_matrix(labels, guesses, 3)
    assert counts.sum(axis=1).tolist() == np.bincount(labels, minlength=3).tolist()
    assert counts.sum(axis=0).tolist() == np.bincount(guesses, minlength=3).tolist()


def test_calibration_error_is_the_gap_between_confidence_and_accuracy() -> None:
    """Ten answers at 0.8, of which half are right, are off by 0.3."""
    probabilities = np.tile(np.array([[0.8, 0.2]], dtype=np.float32), (10, 1))
    labels = np.array([0] * 5 + [1] * 5)
    assert expected_calibration_error(labels, probabilities) == pytest.approx(0.3, abs=1e-6)


def test_sure_and_right_answers_are_calibrated() -> None:
    """Certainty that is justified gives no error."""
    labels = np.array([0, 1, 1])
    assert expected_calibration_error(labels, np.eye(2, dtype=np.float32)[labels]) == 0.0


@given(st.integers(0, 500), st.integers(1, 500))
def test_interval_holds_the_share_and_stays_within_bounds(hits: int, n: int) -> None:
    """The interval is within 0 to 1 and around the measured share."""
    hits = min(hits, n)
    low, high = wilson_interval(hits, n)
    assert 0.0 <= low <= hits / n + 1e-12
    assert hits / n - 1e-12 <= high <= 1.0


def test_interval_equals_the_textbook_value() -> None:
    """Wilson 95 % for 8 of 10 is 0.490 to 0.943."""
    assert wilson_interval(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)


def test_confidence_is_compared_with_the_share_of_agreeing_votes() -> None:
    """Saying 0.6 where 60 % of people agree is right; saying 0.9 there is off by 0.3."""
    votes = np.tile(np.array([[0.6, 0.4]], dtype=np.float32), (5, 1))
    sure = np.tile(np.array([[0.9, 0.1]], dtype=np.float32), (5, 1))
    names = ("a", "b")
    assert share_figures(votes, votes, names)["confidence_gap"] == pytest.approx(0.0, abs=1e-6)
    assert share_figures(votes, sure, names)["confidence_gap"] == pytest.approx(0.3, abs=1e-6)


def test_shares_are_compared_over_all_images() -> None:
    """Errors that cancel over images do not show in shares; a lean does."""
    votes = np.array([[1, 0], [0, 1]], dtype=np.float32)
    swapped = votes[::-1]
    leaning = np.array([[1, 0], [0.5, 0.5]], dtype=np.float32)
    assert share_figures(votes, swapped, ("a", "b"))["largest_error"] == 0.0
    assert share_figures(votes, leaning, ("a", "b"))["mean_absolute_error"] == pytest.approx(0.25)
