"""FER+ votes to training targets, and the two rules by which results are counted.

The majority rule is the one of Microsoft's FERPlus code (`src/ferplus.py`), step by step, because
published figures only compare when the same images are dropped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

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
