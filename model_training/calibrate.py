"""Temperature and abstention threshold, both chosen by a stated rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from model_training.errors import RunError

ABSTENTION_RULE: Final = (
    "the lowest threshold, in steps of 0.01, at which the answers kept on the part used for "
    "choosing agree with the taggers' most frequent vote (argmax rule, ambiguous images included) "
    "in at least {target:.0%} of cases, and at least {refusal:.0%} of the pictures that are no "
    "face (the suite below) fall below it"
)
_GOLDEN: Final = (5**0.5 - 1) / 2
_LOG_T_PRECISION: Final = 1e-5


@dataclass(frozen=True)
class AbstentionTargets:
    """What the abstention threshold must reach, shares of 1.

    Attributes:
        agreement: of the answers kept, those that are the taggers' most frequent vote.
        refusal: pictures that are no face (`not_a_face.not_faces`) that end as uncertain.
    """

    agreement: float = 0.85
    refusal: float = 0.96


def fit_temperature(logits: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """Returns the temperature, 0.2 to 5, that makes softmax(logits / t) likeliest for the labels.

    Args:
        logits: (n, classes), of the converted model.
        labels: what is right, (n,).

    Golden-section search over log t for the least mean cross-entropy, which has one minimum.
    Source: Guo et al. 2017, "On Calibration of Modern Neural Networks", section 4.2.
    """
    rows = np.arange(len(labels))

    def loss(log_t: float) -> float:
        scaled = logits.astype(np.float64) / np.exp(log_t)
        scaled -= scaled.max(axis=1, keepdims=True)
        log_sum = np.log(np.exp(scaled).sum(axis=1))
        return float((log_sum - scaled[rows, labels]).mean())

    low, high = float(np.log(0.2)), float(np.log(5.0))
    while high - low > _LOG_T_PRECISION:
        left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        if loss(left) < loss(right):
            high = right
        else:
            low = left
    return float(np.exp((low + high) / 2))


def choose_threshold(
    confidence: NDArray[np.float32],
    correct: NDArray[np.bool_],
    strangers: NDArray[np.float32],
    targets: AbstentionTargets | None = None,
) -> dict[str, Any]:
    """Chooses the abstention threshold by `ABSTENTION_RULE`.

    Args:
        confidence: top probability of each face, (n,).
        correct: whether that answer is right, (n,).
        strangers: top probability of each picture that is no face, (m,).
        targets: what must be reached; `AbstentionTargets()` unless given.

    Returns:
        `abstain_below`, the share `kept`, the `agreement` among them, the share of pictures
        `refused`, `n`, the `rule`, and the `curve` of all four over the thresholds.

    Raises:
        RunError: no threshold below 1 reaches both; the model is not fit to be shipped.
    """
    targets = targets or AbstentionTargets()
    curve = []
    for threshold in np.arange(0, 100) / 100:
        kept = confidence >= threshold
        if kept.any():
            curve.append(
                {
                    "threshold": float(threshold),
                    "kept": round(float(kept.mean()), 4),
                    "agreement": round(float(correct[kept].mean()), 4),
                    "refused": round(float((strangers < threshold).mean()), 4),
                }
            )
    for point in curve:
        if point["agreement"] >= targets.agreement and point["refused"] >= targets.refusal:
            return {
                "abstain_below": point["threshold"],
                "kept": point["kept"],
                "agreement": point["agreement"],
                "refused": point["refused"],
                "n": len(confidence),
                "strangers": len(strangers),
                "rule": ABSTENTION_RULE.format(target=targets.agreement, refusal=targets.refusal),
                "curve": curve,
            }
    raise RunError(
        f"No abstention threshold reaches {targets.agreement:.0%} agreement on {len(confidence)} "
        f"images and {targets.refusal:.0%} refusal of {len(strangers)} pictures without a face: "
        "train longer, or ask for less with --agreement or --refusal"
    )
