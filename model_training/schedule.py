"""The learning rate's course: linear rise, then a cosine to zero."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from model_training.config import TrainingConfig


def learning_rate_at(step: int, steps_per_epoch: int, config: TrainingConfig) -> float:
    """Returns the rate for a step counted from 0 over the whole run.

    It rises over `warmup_epochs` to `learning_rate` and falls to zero at the end of `epochs`.
    """
    warmup = config.warmup_epochs * steps_per_epoch
    if step < warmup:
        return config.learning_rate * (step + 1) / (warmup + 1)
    total = config.epochs * steps_per_epoch
    progress = (step - warmup) / max(total - warmup, 1)
    return config.learning_rate * 0.5 * (1.0 + math.cos(math.pi * min(progress, 1.0)))
