"""What a report over many visits is off by, and whether correcting it would help.

A report counts each visit under one expression and leaves the uncertain ones aside. Its shares are
held against the shares of people's most frequent votes for the same images.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from model_training.metrics import Labels, Probabilities, confusion_matrix

Shares = NDArray[np.float64]

MIXES: Final = 400
"""Simulated artworks, each with a mix of expressions of its own."""

VISITS: Final = 300
"""Visits to each of them."""

_CONCENTRATION: Final = 12.0
"""Of the Dirichlet draws around the data's own mix: shares then differ by some 10 points."""

_ROUNDS: Final = 200
_SEED: Final = 20


def aggregate_figures(
    labels: Labels, probabilities: Probabilities, abstain_below: float, names: tuple[str, ...]
) -> dict[str, Any]:
    """Measures counted shares against people's, over all images and over simulated artworks.

    Half of the images (every second) give the confusion matrix of the correction; the simulated
    artworks draw from the other half, so that nothing is corrected by what it is judged by.

    Args:
        labels: most frequent votes, (n,).
        probabilities: answers, (n, classes).
        abstain_below: answers with a lower top probability are uncertain.
        names: class names in order.

    Returns:
        `uncertain` (share), `voted` and `counted` shares by name, `mean_absolute_error` and
        `largest_error` over all images; under `artworks` the mean absolute error and the 95th
        percentile of the largest, as counted and as corrected, and `earns_its_place`: whether
        the correction makes both smaller.
    """
    classes = len(names)
    guesses = probabilities.argmax(axis=1).astype(np.int64)
    kept = probabilities.max(axis=1) >= abstain_below
    voted, counted = _shares(labels, classes), _shares(guesses[kept], classes)
    gaps = np.abs(voted - counted)
    return {
        "n": len(labels),
        "uncertain": float(1 - kept.mean()),
        "voted": dict(zip(names, voted.tolist(), strict=True)),
        "counted": dict(zip(names, counted.tolist(), strict=True)),
        "mean_absolute_error": float(gaps.mean()),
        "largest_error": float(gaps.max()),
        "artworks": _over_artworks(labels, guesses, kept, classes),
    }


def corrected_shares(counted: Shares, answers_by_truth: Shares) -> Shares:
    """Returns the likeliest true shares behind counted ones.

    Args:
        counted: shares of the answers, (classes,), sum 1, or all 0 where none counted.
        answers_by_truth: (classes, classes), row i the shares of the answers given to class i.

    Expectation maximisation for the mixing shares of known distributions: never negative, sums
    to 1. Source: Saerens, Latinne and Decaestecker 2002, "Adjusting the Outputs of a Classifier
    to New a Priori Probabilities", applied to counts.
    """
    if not counted.any():
        return counted  # nothing was counted: there is nothing to go by
    true = np.full(len(counted), 1 / len(counted))
    for _ in range(_ROUNDS):
        expected = np.maximum(true @ answers_by_truth, 1e-12)
        true = true * (answers_by_truth @ (counted / expected))
        true /= true.sum()
    return true


def _over_artworks(
    labels: Labels, guesses: Labels, kept: NDArray[np.bool_], classes: int
) -> dict[str, Any]:
    known = np.arange(len(labels)) % 2 == 0
    confusion = confusion_matrix(labels[known & kept], guesses[known & kept], classes)
    # Half a count everywhere: a class that was never answered must not be ruled out for ever.
    answers_by_truth = (confusion + 0.5) / (confusion + 0.5).sum(axis=1, keepdims=True)
    rest = np.flatnonzero(~known)
    by_class = [rest[labels[rest] == index] for index in range(classes)]
    usual = np.array([len(rows) for rows in by_class], dtype=np.float64)
    rng = np.random.default_rng(_SEED)
    errors: dict[str, list[NDArray[np.float64]]] = {"counted": [], "corrected": []}
    present = usual > 0
    for _ in range(MIXES):
        mix = np.zeros(classes)
        mix[present] = rng.dirichlet(usual[present] / usual.sum() * _CONCENTRATION * present.sum())
        visits = rng.multinomial(VISITS, mix)
        drawn = np.concatenate(
            [rng.choice(rows, count) for rows, count in zip(by_class, visits, strict=True) if count]
        )
        counted = _shares(guesses[drawn][kept[drawn]], classes)
        voted = _shares(labels[drawn], classes)
        errors["counted"].append(np.abs(counted - voted))
        errors["corrected"].append(np.abs(corrected_shares(counted, answers_by_truth) - voted))
    figures = {
        name: {
            "mean_absolute_error": float(np.mean(found)),
            "largest_error_p95": float(np.percentile(np.max(found, axis=1), 95)),
        }
        for name, found in errors.items()
    }
    before, after = figures["counted"], figures["corrected"]
    better = all(after[key] < before[key] for key in before)
    return figures | {"mixes": MIXES, "visits": VISITS, "earns_its_place": better}


def _shares(labels: Labels, classes: int) -> Shares:
    counts = np.bincount(labels, minlength=classes).astype(np.float64)
    shares: Shares = counts / max(counts.sum(), 1.0)
    return shares
