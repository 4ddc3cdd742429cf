"""Figures from predictions: accuracy, F1, confusion, calibration, shares. Pure numpy."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Probabilities = NDArray[np.float32]
Labels = NDArray[np.int64]

_CALIBRATION_BINS: Final = 15
_Z_95: Final = 1.959963984540054


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
    """Returns accuracy with n and interval, macro-F1, per-class figures, confusion, calibration.

    Args:
        labels: true classes, (n,).
        probabilities: (n, classes).
        names: class names in order.

    Macro-F1 is the plain mean over the classes that occur among the labels. A precision of a
    class that was never guessed counts as 0.
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
        "mean_confidence": float(probabilities.max(axis=1).mean()) if n else math.nan,
        "ece": expected_calibration_error(labels, probabilities),
        "per_class": per_class,
        "confusion": confusion.tolist(),
    }


def _of_class(confusion: NDArray[np.int64], index: int) -> dict[str, float]:
    hits = int(confusion[index, index])
    n, guessed = int(confusion[index].sum()), int(confusion[:, index].sum())
    precision = hits / guessed if guessed else 0.0
    recall = hits / n if n else 0.0
    f1 = 2 * hits / (n + guessed) if n + guessed else 0.0
    return {"n": n, "precision": precision, "recall": recall, "f1": f1}


def expected_calibration_error(labels: Labels, probabilities: Probabilities) -> float:
    """Returns the mean gap of confidence and accuracy over 15 equal bins, weighted by size.

    Source: Guo et al. 2017, "On Calibration of Modern Neural Networks", equation 3.
    """
    if len(labels) == 0:
        return math.nan
    hit = (probabilities.argmax(axis=1) == labels).astype(np.float32)
    return _gap_by_confidence(hit, probabilities.max(axis=1))


def _gap_by_confidence(right: NDArray[np.float32], confidence: NDArray[np.float32]) -> float:
    """Mean gap of two columns, (n,) each, over equal bins of the second, weighted by size."""
    bins = np.minimum((confidence * _CALIBRATION_BINS).astype(np.int64), _CALIBRATION_BINS - 1)
    gap = 0.0
    for index in range(_CALIBRATION_BINS):
        inside = bins == index
        if inside.any():
            misses = float(right[inside].mean()) - float(confidence[inside].mean())
            gap += abs(misses) * int(inside.sum())
    return gap / len(confidence)


def share_figures(
    votes: NDArray[np.float32], probabilities: Probabilities, names: tuple[str, ...]
) -> dict[str, Any]:
    """Compares what a report would show with what people voted, over all given images.

    `confidence_gap` is the calibration error against people instead of against one right answer:
    how far the top probability is from the share of votes for that expression, over 15 equal bins.

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
    }
