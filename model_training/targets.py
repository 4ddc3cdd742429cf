"""FER+ votes to training targets, and the two rules by which results are counted.

The majority rule is the one of Microsoft's FERPlus code (`src/ferplus.py`), step by step, because
published figures only compare when the same images are dropped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from model_training.faces import FER2013_LABELS, FaceSet

EXPRESSION_COUNT: Final = 8


@dataclass(frozen=True)
class Judged:
    """The images that a rule keeps.

    Attributes:
        kept: bool, (n,), False where the rule drops the image.
        labels: int64, (kept.sum(),), expression numbers of the kept images, 0 to 7.
    """

    kept: NDArray[np.bool_]
    labels: NDArray[np.int64]


def without_single_votes(votes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Sets every column with exactly one vote to zero: (n, 10) in, (n, 10) out."""
    return np.where(votes == 1, 0, votes).astype(np.uint8)


def majority_rule(votes: NDArray[np.uint8]) -> Judged:
    """Keeps an image whose winner has more than half of the votes and is an expression.

    Args:
        votes: uint8, (n, 10), in the order of `faces.VOTE_COLUMNS`.
    """
    counted = without_single_votes(votes)
    total = counted.sum(axis=1, dtype=np.int64)
    winner = counted.argmax(axis=1)
    # Twice the winner instead of half the total: exact in integers, and false for 0 of 0 votes.
    has_majority = 2 * counted.max(axis=1).astype(np.int64) > total
    kept = has_majority & (winner < EXPRESSION_COUNT)
    return Judged(kept=kept, labels=winner[kept].astype(np.int64))


def argmax_rule(votes: NDArray[np.uint8]) -> Judged:
    """Takes the expression with most votes, ties to the first; drops images without any."""
    expressions = votes[:, :EXPRESSION_COUNT]
    kept = expressions.sum(axis=1, dtype=np.int64) > 0
    return Judged(kept=kept, labels=expressions.argmax(axis=1)[kept].astype(np.int64))


def original_labels(labels: NDArray[np.uint8]) -> Judged:
    """Keeps the images whose original FER2013 label is known."""
    kept = labels < len(FER2013_LABELS)
    return Judged(kept=kept, labels=labels[kept].astype(np.int64))


def vote_shares(votes: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Returns what share of the taggers' votes each expression got: float32, (n, 8), rows sum to 1.

    Single votes count as slips and are left out where anything else remains. Votes for "unknown"
    and "not a face" are spread evenly, so that the network learns to be unsure where people were.
    """
    counted = without_single_votes(votes).astype(np.float32)
    all_single = counted.sum(axis=1) == 0
    counted[all_single] = votes[all_single]
    none_at_all = counted.sum(axis=1) == 0
    counted[none_at_all] = 1.0
    undecided = counted[:, EXPRESSION_COUNT:].sum(axis=1, keepdims=True) / EXPRESSION_COUNT
    spread = counted[:, :EXPRESSION_COUNT] + undecided
    shares: NDArray[np.float32] = spread / spread.sum(axis=1, keepdims=True)
    return shares


@dataclass(frozen=True)
class Targets:
    """What the two heads should answer.

    Attributes:
        expression: float32, (n, 8), rows sum to 1.
        fer2013: float32, (n, 7), rows sum to 1, or to 0 where the original label is not known:
            such a row weighs nothing in the loss.
    """

    expression: NDArray[np.float32]
    fer2013: NDArray[np.float32]

    def mixed_with(self, other: Targets, weight: float) -> Targets:
        """Returns `weight` parts of `other` and the rest of these, image by image.

        Original labels stay as they are where `other` knows none at all.
        """
        fer2013 = (1 - weight) * self.fer2013 + weight * other.fer2013
        return Targets(
            expression=(1 - weight) * self.expression + weight * other.expression,
            fer2013=fer2013 if other.fer2013.any() else self.fer2013,
        )

    def followed_by(self, other: Targets) -> Targets:
        """Returns these and `other` behind them."""
        return Targets(
            expression=np.concatenate([self.expression, other.expression]),
            fer2013=np.concatenate([self.fer2013, other.fer2013]),
        )


def people_targets(faces: FaceSet) -> Targets:
    """Returns what people said: vote shares, and the original labels as one-hot rows."""
    rows = np.eye(len(FER2013_LABELS) + 1, len(FER2013_LABELS), dtype=np.float32)
    known = np.minimum(faces.fer2013_label, len(FER2013_LABELS))
    return Targets(expression=vote_shares(faces.votes), fer2013=rows[known])


def no_idea(count: int) -> Targets:
    """Returns targets for what is no face: every expression alike, no original label."""
    return Targets(
        expression=np.full((count, EXPRESSION_COUNT), 1 / EXPRESSION_COUNT, dtype=np.float32),
        fer2013=np.zeros((count, len(FER2013_LABELS)), dtype=np.float32),
    )
