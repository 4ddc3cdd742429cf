"""Temperature and abstention threshold, both chosen by a stated rule."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from model_training.errors import RunError

ABSTENTION_RULE: Final = (
    "the lowest threshold, in steps of 0.01, at which the answers kept on the part used for "
    "choosing agree with the taggers' most frequent vote (argmax rule, ambiguous images included) "
    "in at least {target:.0%} of cases"
)
TARGET_AGREEMENT: Final = 0.85
_GOLDEN: Final = (5**0.5 - 1) / 2
_LOG_T_PRECISION: Final = 1e-5


def fit_temperature(logits: NDArray[np.float32], shares: NDArray[np.float32]) -> float:
    """Returns the temperature, 0.2 to 5, that fits softmax(logits / t) best to vote shares.

    Args:
        logits: (n, 8), of the converted model.
        shares: (n, 8), rows sum to 1.

    Golden-section search over log t for the least mean cross-entropy, which has one minimum.
    """

    def loss(log_t: float) -> float:
        scaled = logits.astype(np.float64) / np.exp(log_t)
        scaled -= scaled.max(axis=1, keepdims=True)
        log_sum = np.log(np.exp(scaled).sum(axis=1, keepdims=True))
        return float(-(shares * (scaled - log_sum)).sum(axis=1).mean())

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
    target: float = TARGET_AGREEMENT,
) -> dict[str, Any]:
    """Chooses the abstention threshold by `ABSTENTION_RULE`.

    Args:
        confidence: top probability of each image, (n,).
        correct: whether that answer is right, (n,).
        target: least agreement among the kept answers, 0 to 1.

    Returns:
        `abstain_below`, the share `kept`, the `agreement` among them, `n`, the `rule`, and the
        `curve` of all three over the thresholds.

    Raises:
        RunError: no threshold below 1 reaches the target; the model is not fit to be shipped.
    """
    curve = []
    for threshold in np.arange(0, 100) / 100:
        kept = confidence >= threshold
        if kept.any():
            curve.append(
                {
                    "threshold": float(threshold),
                    "kept": float(kept.mean()),
                    "agreement": float(correct[kept].mean()),
                }
            )
    for point in curve:
        if point["agreement"] >= target:
            return {
                "abstain_below": point["threshold"],
                "kept": point["kept"],
                "agreement": point["agreement"],
                "n": len(confidence),
                "rule": ABSTENTION_RULE.format(target=target),
                "curve": curve,
            }
    raise RunError(
        f"No abstention threshold reaches {target:.0%} agreement on {len(confidence)} images: "
        "train longer, or ask for less with --agreement"
    )
