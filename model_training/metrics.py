"""Figures from predictions: accuracy, F1, confusion, calibration, shares. Pure numpy."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Probabilities = NDArray[np.float32]
Labels = NDArray[np.int64]

_CALIBRATION_BINS: Final = 15
_Z_95: Final = 1.959963984540054
_RESAMPLES: Final = 1000
_BOOTSTRAP_SEED: Final = 95


def confusion_matrix(labels: Labels, guesses: Labels, classes: int) -> NDArray[np.int64]:
    """Counts (true class, guessed class): int64, (classes, classes), rows are the truth."""
    counts = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(counts, (labels, guesses), 1)
    return counts


def wilson_interval(hits: int, n: int) -> tuple[float, float]:
    """Returns Wilson's 95 % interval of a share; (0, 1) for no trials."""
    if n == 0:
        return 0.0, 1.0
    share, z2 = hits / n, _Z_95 * _Z_95
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z_95 / (1 + z2 / n) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def classification_figures(
    labels: Labels, probabilities: Probabilities, names: tuple[str, ...]
) -> dict[str, Any]:
    """Returns accuracy, macro-F1 and per-class figures with intervals, confusion, calibration.

    Args:
        labels: true classes, (n,).
        probabilities: (n, classes).
        names: class names in order.

    Macro-F1 is the plain mean over the classes that occur among the labels. A precision of a
    class that was never guessed counts as 0. Keys ending in `_95` hold 95 % intervals (low, high):
    Wilson's for accuracy, precision and recall, a bootstrap's over images for macro-F1.
    `reliability` holds the bins of `reliability_bins`.
    """
    guesses = probabilities.argmax(axis=1).astype(np.int64)
    confusion = confusion_matrix(labels, guesses, len(names))
    hits, n = int(np.trace(confusion)), len(labels)
    per_class = {name: _of_class(confusion, index) for index, name in enumerate(names)}
    present = [figures["f1"] for figures in per_class.values() if figures["n"] > 0]
    return {
        "n": n,
        "accuracy": hits / n if n else math.nan,
        "accuracy_95": list(wilson_interval(hits, n)),
        "macro_f1": sum(present) / len(present) if present else math.nan,
        "macro_f1_95": list(macro_f1_interval(confusion)),
        "mean_confidence": float(probabilities.max(axis=1).mean()) if n else math.nan,
        "ece": expected_calibration_error(labels, probabilities),
        "reliability": reliability_bins(_hits(labels, probabilities), probabilities.max(axis=1)),
        "per_class": per_class,
        "confusion": confusion.tolist(),
    }


def _of_class(confusion: NDArray[np.int64], index: int) -> dict[str, Any]:
    hits = int(confusion[index, index])
    n, guessed = int(confusion[index].sum()), int(confusion[:, index].sum())
    return {
        "n": n,
        "precision": hits / guessed if guessed else 0.0,
        "precision_95": list(wilson_interval(hits, guessed)),
        "recall": hits / n if n else 0.0,
        "recall_95": list(wilson_interval(hits, n)),
        "f1": 2 * hits / (n + guessed) if n + guessed else 0.0,
    }


def macro_f1_interval(confusion: NDArray[np.int64]) -> tuple[float, float]:
    """Returns macro-F1's 95 % interval; (0, 1) for no images.

    Args:
        confusion: counts (true class, guessed class), (classes, classes).

    The percentile bootstrap over images (Efron and Tibshirani 1993, "An Introduction to the
    Bootstrap", chapter 13): 1,000 resamples, always the same ones. An image counts by its cell
    alone, so drawing n images with replacement is one multinomial draw over the cells. A rare
    class that is never guessed right keeps its F1 of 0 in every resample: the interval cannot tell
    how far its share of the macro-F1 is down to chance.
    """
    n = int(confusion.sum())
    if n == 0:
        return 0.0, 1.0
    rng = np.random.default_rng(_BOOTSTRAP_SEED)
    drawn = rng.multinomial(n, confusion.ravel() / n, size=_RESAMPLES)
    counts = drawn.reshape(_RESAMPLES, *confusion.shape)
    hits = np.diagonal(counts, axis1=1, axis2=2)
    true, guessed = counts.sum(axis=2), counts.sum(axis=1)
    # A class that is neither true nor guessed has no hits either: 0 / 1 instead of 0 / 0.
    f1 = 2 * hits / np.maximum(true + guessed, 1)
    present = true > 0
    macro = (f1 * present).sum(axis=1) / present.sum(axis=1)
    low, high = np.percentile(macro, [2.5, 97.5])
    return float(low), float(high)


def expected_calibration_error(labels: Labels, probabilities: Probabilities) -> float:
    """Returns the mean gap of confidence and accuracy over 15 equal bins, weighted by size.

    Source: Guo et al. 2017, "On Calibration of Modern Neural Networks", equation 3.
    """
    if len(labels) == 0:
        return math.nan
    return _gap_by_confidence(_hits(labels, probabilities), probabilities.max(axis=1))


def _hits(labels: Labels, probabilities: Probabilities) -> NDArray[np.float32]:
    hits: NDArray[np.bool_] = probabilities.argmax(axis=1) == labels
    return hits.astype(np.float32)


def reliability_bins(
    right: NDArray[np.float32], confidence: NDArray[np.float32]
) -> list[dict[str, float]]:
    """Sorts answers into 15 equal bins of confidence, in rising order.

    Args:
        right: how right each answer is, (n,): 0 or 1, or the share of people who agree.
        confidence: top probability of each answer, (n,).

    Returns:
        For each bin that is not empty its bounds `low` and `high`, the number of answers `n`, and
        the means of `confidence` and of `right`, the latter as `accuracy`.
    """
    bins = np.minimum((confidence * _CALIBRATION_BINS).astype(np.int64), _CALIBRATION_BINS - 1)
    found = []
    for index in np.unique(bins).tolist():
        inside = bins == index
        found.append(
            {
                "low": index / _CALIBRATION_BINS,
                "high": (index + 1) / _CALIBRATION_BINS,
                "n": int(inside.sum()),
                "confidence": float(confidence[inside].mean()),
                "accuracy": float(right[inside].mean()),
            }
        )
    return found


def _gap_by_confidence(right: NDArray[np.float32], confidence: NDArray[np.float32]) -> float:
    """Mean gap of two columns, (n,) each, over equal bins of the second, weighted by size."""
    bins = reliability_bins(right, confidence)
    gap = sum(abs(one["accuracy"] - one["confidence"]) * one["n"] for one in bins)
    return gap / len(confidence)


def share_figures(
    votes: NDArray[np.float32], probabilities: Probabilities, names: tuple[str, ...]
) -> dict[str, Any]:
    """Compares what a report would show with what people voted, over all given images.

    `confidence_gap` is the calibration error against people instead of against one right answer:
    how far the top probability is from the share of votes for that expression, over 15 equal bins.
    `gap_95` holds for each expression the 95 % interval of predicted minus voted share.

    Args:
        votes: vote shares of each image, (n, classes), rows sum to 1.
        probabilities: (n, classes).
        names: class names in order.
    """
    guesses = probabilities.argmax(axis=1)
    agreeing = np.take_along_axis(votes, guesses[:, None], axis=1)[:, 0]
    voted = votes.mean(axis=0)
    predicted = probabilities.mean(axis=0)
    gaps = np.abs(voted - predicted)
    return {
        "n": len(votes),
        "confidence_gap": _gap_by_confidence(agreeing, probabilities.max(axis=1)),
        "voted": {name: float(share) for name, share in zip(names, voted, strict=True)},
        "predicted": {name: float(share) for name, share in zip(names, predicted, strict=True)},
        "mean_absolute_error": float(gaps.mean()),
        "largest_error": float(gaps.max()),
        "gap_95": dict(zip(names, _mean_intervals(probabilities, votes), strict=True)),
    }


def _mean_intervals(
    predicted: NDArray[np.float32], voted: NDArray[np.float32]
) -> list[list[float]]:
    """95 % intervals of the columns' mean difference, from rows (n, columns) that belong together.

    The mean of the n differences by its normal approximation; (-1, 1) for fewer than two rows.
    """
    differences = predicted.astype(np.float64) - voted
    n, columns = differences.shape
    if n < 2:  # noqa: PLR2004 - one row has no spread
        return [[-1.0, 1.0] for _ in range(columns)]
    middle = differences.mean(axis=0)
    half = _Z_95 * differences.std(axis=0, ddof=1) / math.sqrt(n)
    return [
        list(one) for one in zip((middle - half).tolist(), (middle + half).tolist(), strict=True)
    ]


def by_epochs(points: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """Groups networks of several sizes by how long they were trained: only these compare.

    Args:
        points: each with `epochs` and `ms_per_face`, as `sizes.measure_sizes` gives.

    Returns:
        For each number of epochs its points, fastest first.
    """
    ordered = sorted(points, key=lambda point: (point["epochs"], point["ms_per_face"]))
    return [list(group) for _, group in groupby(ordered, key=lambda point: point["epochs"])]
