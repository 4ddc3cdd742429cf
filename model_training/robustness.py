"""What each distortion of `distortions` costs a model in accuracy."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from contracts.expressions import LABELS
from model_training.distortions import DISTORTIONS, SEED, distorted
from model_training.errors import DataError
from model_training.faces import FaceSet
from model_training.metrics import classification_figures
from model_training.targets import majority_rule

Predict = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""uint8 (n, 48, 48), raw grey, to probabilities (n, 8)."""

MEAN_RULE: Final = "mean over the distortions of the mean over each one's strengths"

_KEYS: Final = ("accuracy", "macro_f1", "mean_confidence")
_Z_95: Final = 1.96


def robustness_figures(
    predict: Predict,
    faces: FaceSet,
    progress: Callable[[int, int], None],
    baseline: Predict | None = None,
) -> dict[str, Any]:
    """Judges a model on clean faces and under every distortion, by the majority rule.

    Args:
        predict: see `Predict`.
        faces: images to judge by.
        progress: told how many of how many judgements are done.
        baseline: another model, shown the very same pictures.

    Returns:
        Ready for JSON: `n` images; `clean`; `distortions` by name, each with its `unit`,
        `strengths` and the `mean` over these; `mean` over all by `mean_rule`. Each holds
        `accuracy`, `macro_f1` and `mean_confidence`, the mean top probability; all but `clean`
        also `accuracy_kept`, in shares of the clean accuracy (None where that is 0). With a
        baseline, its own figures stand under `baseline`, and `gain` tells for "clean", for each
        "name strength" and for "mean" the `points` gained over it and their paired 95 % interval,
        `points_95`: mean and 1.96 standard errors of the image-wise differences.

    Raises:
        DataError: no image can be judged.
    """
    judged = majority_rule(faces.votes)
    if not judged.kept.any():
        raise DataError(f"{faces.source}: no image of this part can be judged")
    images = faces.images[judged.kept]
    models = [_Sitting(one, judged.labels) for one in (predict, baseline) if one is not None]
    steps = 1 + sum(len(distortion.strengths) for distortion in DISTORTIONS)
    for done, (name, strength, pictures) in enumerate(_all_pictures(images), start=1):
        for model in models:
            model.judge(_title(name, strength), pictures)
        progress(done, steps)
    figures = models[0].figures()
    if baseline is not None:
        figures["baseline"] = models[1].figures()
        figures["gain"] = _gains(models[0].right, models[1].right)
    return figures


class _Sitting:
    """One model, judged picture set by picture set."""

    def __init__(self, predict: Predict, labels: NDArray[np.int64]) -> None:
        self._predict = predict
        self._labels = labels
        self._found: dict[str, dict[str, float]] = {}
        self.right: dict[str, NDArray[np.float64]] = {}
        """1 for each right answer and 0 for each other, (n,), by title."""

    def judge(self, title: str, pictures: NDArray[np.uint8]) -> None:
        probabilities = self._predict(pictures)
        self.right[title] = (probabilities.argmax(axis=1) == self._labels).astype(np.float64)
        figures = classification_figures(self._labels, probabilities, LABELS)
        self._found[title] = {key: figures[key] for key in _KEYS}

    def figures(self) -> dict[str, Any]:
        clean = self._found["clean"]
        found: dict[str, Any] = {}
        means = []
        for one in DISTORTIONS:
            by_strength = {
                f"{strength:g}": self._found[_title(one.name, strength)]
                for strength in one.strengths
            }
            means.append(_mean(list(by_strength.values())))
            found[one.name] = {
                "unit": one.unit,
                "strengths": {key: _told(figures, clean) for key, figures in by_strength.items()},
                "mean": _told(means[-1], clean),
            }
        return {
            "n": len(self._labels),
            "rule": "majority",
            "seed": SEED,
            "mean_rule": MEAN_RULE,
            "clean": {key: round(value, 4) for key, value in clean.items()},
            "distortions": found,
            "mean": _told(_mean(means), clean),
        }


def _all_pictures(
    images: NDArray[np.uint8],
) -> Iterator[tuple[str, float | None, NDArray[np.uint8]]]:
    yield "clean", None, images
    for one in DISTORTIONS:
        for strength in one.strengths:
            yield one.name, strength, distorted(one, strength, images)


def _gains(
    ours: dict[str, NDArray[np.float64]], baseline: dict[str, NDArray[np.float64]]
) -> dict[str, Any]:
    differences = {title: ours[title] - baseline[title] for title in ours}
    of_each = [
        np.mean([differences[_title(one.name, strength)] for strength in one.strengths], axis=0)
        for one in DISTORTIONS
    ]
    differences["mean"] = np.mean(of_each, axis=0)
    return {title: _gain(difference) for title, difference in differences.items()}


def _gain(difference: NDArray[np.float64]) -> dict[str, Any]:
    middle = 100 * float(difference.mean())
    half = 100 * _Z_95 * float(difference.std()) / math.sqrt(len(difference))
    return {
        "points": round(middle, 2),
        "points_95": [round(middle - half, 2), round(middle + half, 2)],
    }


def robustness_table(figures: dict[str, Any]) -> str:
    """Returns the figures as text for a terminal, beside a baseline's where there is one.

    Args:
        figures: result of `robustness_figures`.
    """
    baseline = figures.get("baseline")
    head = f"{'distortion':12}{'strength':>9}{'accuracy':>10}{'kept':>8}{'macro-F1':>10}{'sure':>8}"
    if baseline:
        head += f"{'baseline':>12}{'kept':>8}   difference, 95 %"
    lines = [
        f"{figures['n']} faces, rule {figures['rule']}; mean: {figures['mean_rule']}",
        "",
        head,
    ]
    for name, strength in rows_of(figures):
        here = at(figures, name, strength)
        line = f"{name:12}{strength:>9}" + _cells(here, 10)
        line += f"{here['macro_f1']:10.3f}{here['mean_confidence']:8.3f}"
        if baseline:
            gain = figures["gain"][f"{name} {strength}".rstrip()]
            low, high = gain["points_95"]
            line += _cells(at(baseline, name, strength), 12)
            line += f"{gain['points']:+9.2f} ({low:+.2f} to {high:+.2f})"
        lines.append(line)
    return "\n".join(lines)


def rows_of(figures: dict[str, Any]) -> list[tuple[str, str]]:
    """Returns the table's rows in order: ("clean", ""), (name, strength)…, ("mean", "")."""
    rows = [(name, key) for name, one in figures["distortions"].items() for key in one["strengths"]]
    return [("clean", ""), *rows, ("mean", "")]


def at(figures: dict[str, Any], name: str, strength: str) -> dict[str, Any]:
    """Returns the figures of one row of `rows_of`."""
    found = figures["distortions"][name]["strengths"][strength] if strength else figures[name]
    return dict(found)


def _title(name: str, strength: float | None) -> str:
    return name if strength is None else f"{name} {strength:g}"


def _mean(figures: list[dict[str, float]]) -> dict[str, float]:
    return {key: sum(one[key] for one in figures) / len(figures) for key in _KEYS}


def _told(figures: dict[str, float], clean: dict[str, float]) -> dict[str, float | None]:
    kept = figures["accuracy"] / clean["accuracy"] if clean["accuracy"] else None
    return {key: round(figures[key], 4) for key in _KEYS} | {
        "accuracy_kept": None if kept is None else round(kept, 4)
    }


def _cells(figures: dict[str, Any], width: int) -> str:
    kept = figures.get("accuracy_kept")
    return f"{figures['accuracy']:{width}.2%}" + (f"{'':8}" if kept is None else f"{kept:8.1%}")
