"""Figures of models that never were, small enough to check pictures of them by hand."""

from typing import Any, Final

import numpy as np

from contracts.expressions import LABELS
from model_training.metrics import classification_figures

ABSTENTION: Final[dict[str, Any]] = {
    "abstain_below": 0.4,
    "kept": 0.9,
    "agreement": 0.85,
    "n": 1000,
    "curve": [
        {"threshold": 0.0, "kept": 1.0, "agreement": 0.8},
        {"threshold": 0.4, "kept": 0.9, "agreement": 0.85},
        {"threshold": 0.8, "kept": 0.5, "agreement": 0.95},
    ],
}

NOT_FACES: Final = (
    {"threshold": 0.0, "uncertain": 0.0},
    {"threshold": 0.4, "uncertain": 0.7},
    {"threshold": 0.8, "uncertain": 0.9},
    {"threshold": 0.99, "uncertain": 1.0},
)

SHARES: Final[dict[str, Any]] = {
    "n": 500,
    "mean_absolute_error": 0.05,
    "voted": {"neutral": 0.6, "fear": 0.4},
    "predicted": {"neutral": 0.55, "fear": 0.45},
    "gap_95": {"neutral": [-0.07, -0.03], "fear": [0.03, 0.07]},
}


def judged(seed: int = 2) -> dict[str, Any]:
    """Figures of 400 answers drawn by chance, under one rule."""
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet([0.5] * len(LABELS), size=400).astype(np.float32)
    return classification_figures(rng.integers(0, len(LABELS), 400), probabilities, LABELS)


def robustness(less: float = 0.0) -> dict[str, Any]:
    """Figures of two distortions, all lower by `less`."""
    return {
        "n": 3000,
        "clean": {"accuracy": 0.9 - less},
        "distortions": {
            "blur": {
                "unit": "px",
                "strengths": {"1": {"accuracy": 0.8 - less}, "2": {"accuracy": 0.6 - less}},
            },
            "noise": {"unit": "grey", "strengths": {"0.1": {"accuracy": 0.7 - less}}},
        },
        "mean": {"accuracy": 0.7 - less},
    }


def size(name: str, ms: float, accuracy: float) -> dict[str, Any]:
    """One network among several sizes."""
    return {
        "name": name,
        "ms_per_face": ms,
        "multiply_adds": 58_000_000,
        "parameters": 1_150_000,
        "epochs": 12,
        "accuracy": accuracy,
        "accuracy_95": [accuracy - 0.02, accuracy + 0.01],
    }
