import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_training.metrics import (
    classification_figures,
    confusion_matrix,
    expected_calibration_error,
    macro_f1_interval,
    reliability_bins,
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
    first, last = figures["per_class"]["a"], figures["per_class"]["c"]
    points = ("n", "precision", "recall", "f1")
    assert [first[key] for key in points] == pytest.approx([3, 2 / 3, 2 / 3, 2 / 3])
    assert [last[key] for key in points] == [1, 0.0, 0.0, 0.0]
    assert figures["macro_f1"] == pytest.approx((2 / 3 + 4 / 5 + 0) / 3)


def test_precision_and_recall_have_intervals_of_their_own_trials() -> None:
    """Recall counts the images of a class, precision the guesses of it; none of either is open."""
    labels = np.array([0, 0, 0, 0, 1])
    guesses = np.array([0, 0, 0, 1, 1])
    figures = classification_figures(labels, np.eye(3, dtype=np.float32)[guesses], _NAMES)
    first, second, third = (figures["per_class"][name] for name in _NAMES)
    assert first["recall_95"] == list(wilson_interval(3, 4))
    assert first["precision_95"] == list(wilson_interval(3, 3))
    assert second["precision_95"] == list(wilson_interval(1, 2))
    assert third["recall_95"] == third["precision_95"] == [0.0, 1.0]


def test_macro_f1_interval_is_that_of_resampled_images() -> None:
    """Drawing cells gives what drawing images one by one gives, and the same each time."""
    rng = np.random.default_rng(5)
    labels = rng.choice(3, size=300, p=[0.6, 0.3, 0.1])
    guesses = np.where(rng.random(300) < 0.7, labels, rng.integers(0, 3, 300))
    confusion = confusion_matrix(labels, guesses, 3)
    drawn = []
    for _ in range(1000):
        rows = rng.integers(0, 300, 300)
        counts = confusion_matrix(labels[rows], guesses[rows], 3)
        drawn.append((2 * np.diag(counts) / (counts.sum(axis=0) + counts.sum(axis=1))).mean())
    low, high = macro_f1_interval(confusion)
    assert (low, high) == macro_f1_interval(confusion)
    # Two bootstraps of 1,000 differ by chance, by about a twentieth of the width.
    assert (low, high) == pytest.approx(np.percentile(drawn, [2.5, 97.5]), abs=0.01)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=40))
def test_macro_f1_interval_stays_within_bounds(pairs: list[tuple[int, int]]) -> None:
    """Resamples that lose a class, or all guesses of one, still give figures from 0 to 1."""
    labels, guesses = np.array(pairs).T
    low, high = macro_f1_interval(confusion_matrix(labels, guesses, 3))
    assert 0.0 <= low <= high <= 1.0


def test_macro_f1_of_no_images_may_be_anything() -> None:
    """Nothing measured leaves the whole range open."""
    assert macro_f1_interval(np.zeros((3, 3), dtype=np.int64)) == (0.0, 1.0)


def test_macro_f1_leaves_out_classes_that_do_not_occur() -> None:
    """A class without images is no failure of the model."""
    labels = np.array([0, 1])
    figures = classification_figures(labels, np.eye(3, dtype=np.float32)[labels], _NAMES)
    assert figures["macro_f1"] == 1.0
    assert figures["macro_f1_95"] == [1.0, 1.0]


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


def test_answers_are_sorted_into_fifteen_bins_of_confidence() -> None:
    """Empty bins are left out; certainty belongs to the last one; bounds belong to the upper."""
    confidence = np.array([0.21, 0.25, 0.97, 1.0], dtype=np.float32)
    right = np.array([0, 1, 1, 1], dtype=np.float32)
    low, high = reliability_bins(right, confidence)
    assert low == pytest.approx(
        {"low": 3 / 15, "high": 4 / 15, "n": 2, "confidence": 0.23, "accuracy": 0.5}
    )
    assert high == pytest.approx(
        {"low": 14 / 15, "high": 1.0, "n": 2, "confidence": 0.985, "accuracy": 1.0}
    )


@given(st.integers(0, 2**32 - 1), st.integers(1, 200))
def test_the_bins_give_the_calibration_error(seed: int, n: int) -> None:
    """Whoever has the bins can check the error that is written beside them."""
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet([0.5, 0.5, 0.5], size=n).astype(np.float32)
    figures = classification_figures(rng.integers(0, 3, n), probabilities, _NAMES)
    bins = figures["reliability"]
    assert sum(one["n"] for one in bins) == n
    gaps = [one["n"] * abs(one["confidence"] - one["accuracy"]) for one in bins]
    assert sum(gaps) / n == pytest.approx(figures["ece"])


def test_no_images_give_no_bins() -> None:
    """A part without images has figures that say so, instead of an error."""
    figures = classification_figures(
        np.zeros(0, dtype=np.int64), np.zeros((0, 3), dtype=np.float32), _NAMES
    )
    assert figures["n"] == 0
    assert figures["reliability"] == []


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


def test_the_gap_of_shares_has_the_interval_of_a_mean() -> None:
    """Four images, counted by hand: mean 0.1, standard deviation 0.2 / sqrt(3), n 4."""
    votes = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], dtype=np.float32)
    answers = np.array([[1, 0], [1, 0], [0.2, 0.8], [0.2, 0.8]], dtype=np.float32)
    gap = share_figures(votes, answers, ("a", "b"))["gap_95"]
    half = 1.96 * 0.2 / 3**0.5 / 2
    assert gap["a"] == pytest.approx([0.1 - half, 0.1 + half], abs=1e-4)
    assert gap["b"] == pytest.approx([-0.1 - half, -0.1 + half], abs=1e-4)


def test_one_image_says_nothing_about_the_gap() -> None:
    """The interval of a single image is the whole range, not a point or no number."""
    one = np.array([[1, 0]], dtype=np.float32)
    assert share_figures(one, one, ("a", "b"))["gap_95"] == {"a": [-1.0, 1.0], "b": [-1.0, 1.0]}
