"""What each distortion of `distortions` costs a model in accuracy."""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Callable
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


def robustness_figures(
    predict: Predict, faces: FaceSet, progress: Callable[[int, int], None]
) -> dict[str, Any]:
    """Judges a model on clean faces and under every distortion, by the majority rule.

    Args:
        predict: see `Predict`.
        faces: images to judge by.
        progress: told how many of how many judgements are done.

    Returns:
        Ready for JSON: `n` images, and their checksum; `clean`; `distortions` by name, each with
        its `unit`, `strengths` and the `mean` over these; `mean` over all by `mean_rule`. Each
        holds `accuracy`, `macro_f1` and `mean_confidence`, the mean top probability; all but
        `clean` also `accuracy_kept`, in shares of the clean accuracy (None where that is 0).
        `right` tells for each judgement which answers were right, as base64 of packed bits, so
        that two models can be compared image by image.

    Raises:
        DataError: no image can be judged.
    """
    judged = majority_rule(faces.votes)
    if not judged.kept.any():
        raise DataError(f"{faces.source}: no image of this part can be judged")
    images = faces.images[judged.kept]
    steps = 1 + sum(len(distortion.strengths) for distortion in DISTORTIONS)
    right: dict[str, str] = {}

    def judge(name: str, pictures: NDArray[np.uint8]) -> dict[str, float]:
        probabilities = predict(pictures)
        hits = probabilities.argmax(axis=1) == judged.labels
        right[name] = base64.b64encode(np.packbits(hits).tobytes()).decode()
        progress(len(right), steps)
        figures = classification_figures(judged.labels, probabilities, LABELS)
        return {key: figures[key] for key in _KEYS}

    clean = judge("clean", images)
    found: dict[str, Any] = {}
    means = []
    for one in DISTORTIONS:
        by_strength = {
            f"{strength:g}": judge(_title(one.name, strength), distorted(one, strength, images))
            for strength in one.strengths
        }
        means.append(_mean(list(by_strength.values())))
        found[one.name] = {
            "unit": one.unit,
            "strengths": {key: _told(figures, clean) for key, figures in by_strength.items()},
            "mean": _told(means[-1], clean),
        }
    return {
        "n": len(images),
        "images_sha256": hashlib.sha256(images.tobytes()).hexdigest(),
        "rule": "majority",
        "seed": SEED,
        "mean_rule": MEAN_RULE,
        "clean": {key: round(value, 4) for key, value in clean.items()},
        "distortions": found,
        "mean": _told(_mean(means), clean),
        "right": right,
    }


def robustness_table(figures: dict[str, Any], baseline: dict[str, Any] | None = None) -> str:
    """Returns the figures as text for a terminal, beside a baseline's where one is given.

    The difference is of the same images under the same draws, in points, with its paired 95 %
    interval: the mean of the image-wise differences plus or minus 1.96 of its standard errors.

    Args:
        figures: result of `robustness_figures`.
        baseline: result of it for another model and the same images.

    Raises:
        DataError: the baseline was judged on other images or other distortions.
    """
    if baseline and (
        any(baseline[key] != figures[key] for key in ("images_sha256", "seed"))
        or baseline["right"].keys() != figures["right"].keys()
    ):
        raise DataError("The baseline was judged on other pictures: judge it anew on these")
    head = f"{'distortion':12}{'strength':>9}{'accuracy':>10}{'kept':>8}{'macro-F1':>10}{'sure':>8}"
    if baseline:
        head += f"{'baseline':>12}{'kept':>8}   difference, 95 %"
    lines = [
        f"{figures['n']} faces, rule {figures['rule']}; mean: {figures['mean_rule']}",
        "",
        head,
    ]

    rows = [(name, key) for name, one in figures["distortions"].items() for key in one["strengths"]]
    for name, strength in [("clean", ""), *rows, ("mean", "")]:
        here = _at(figures, name, strength)
        line = f"{name:12}{strength:>9}" + _cells(here, 10)
        line += f"{here['macro_f1']:10.3f}{here['mean_confidence']:8.3f}"
        if baseline:
            line += _cells(_at(baseline, name, strength), 12)
            line += _difference(figures, baseline, name, strength)
        lines.append(line)
    return "\n".join(lines)


def _title(name: str, strength: float) -> str:
    return f"{name} {strength:g}"


def _at(figures: dict[str, Any], name: str, strength: str) -> dict[str, Any]:
    found = figures["distortions"][name]["strengths"][strength] if strength else figures[name]
    return dict(found)


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


def _difference(figures: dict[str, Any], baseline: dict[str, Any], name: str, strength: str) -> str:
    """Returns "+1.23 (+0.45 to +2.01)", in points."""
    if name == "mean":
        of_each = [
            [_gain(figures, baseline, f"{one} {key}") for key in found["strengths"]]
            for one, found in figures["distortions"].items()
        ]
        gain = np.mean([np.mean(gains, axis=0) for gains in of_each], axis=0)
    else:
        gain = _gain(figures, baseline, f"{name} {strength}".rstrip())
    middle = 100 * float(gain.mean())
    half = 100 * 1.96 * float(gain.std()) / math.sqrt(len(gain))
    return f"{middle:+9.2f} ({middle - half:+.2f} to {middle + half:+.2f})"


def _gain(figures: dict[str, Any], baseline: dict[str, Any], title: str) -> NDArray[np.float64]:
    """1 where only the first model was right, -1 where only the baseline was; (n,)."""
    first, second = (
        np.unpackbits(
            np.frombuffer(base64.b64decode(one["right"][title]), dtype=np.uint8), count=one["n"]
        ).astype(np.float64)
        for one in (figures, baseline)
    )
    return first - second
