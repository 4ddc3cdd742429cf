"""Judges a .tflite model on one part of the data; the figures everything else quotes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contracts.expressions import LABELS
from model_training.errors import DataError
from model_training.faces import FaceSet, Part
from model_training.interpreter import TfliteModel
from model_training.metrics import classification_figures, share_figures
from model_training.targets import Judged, argmax_rule, majority_rule, vote_shares

_CHUNK = 64


def evaluate(
    model: TfliteModel, faces: FaceSet, part: Part, progress: Callable[[int, int], None]
) -> dict[str, Any]:
    """Returns all figures of a model on `part`, ready for JSON.

    `majority` and `argmax` hold the figures under either rule (see `targets`); `shares` compares
    mean answers with mean votes over all images of the part; `ms_per_face` is the median time of
    one answer on this machine, one thread.

    Raises:
        DataError: the part is empty, or all its images lack votes.
    """
    chosen = faces.part(part)
    if not majority_rule(chosen.votes).kept.any():
        raise DataError(f"{faces.source}: no image of part {part!r} can be judged")
    probabilities, ms_per_face = predict_timed(model, chosen.images, progress)
    return {
        "model": {"file": model.path.name, "sha256": model.sha256, "runtime": model.runtime},
        "data": {"source": faces.source, "part": part, "images": len(chosen)},
        "ms_per_face": round(ms_per_face, 3),
        "majority": _under(majority_rule(chosen.votes), probabilities),
        "argmax": _under(argmax_rule(chosen.votes), probabilities),
        "shares": share_figures(vote_shares(chosen.votes), probabilities, LABELS),
    }


def predict_timed(
    model: TfliteModel, images: NDArray[np.uint8], progress: Callable[[int, int], None]
) -> tuple[NDArray[np.float32], float]:
    """Returns probabilities (n, 8) and the median of milliseconds per face over chunks."""
    answers, times = [], []
    for start in range(0, len(images), _CHUNK):
        chunk = images[start : start + _CHUNK]
        began = time.perf_counter()
        answers.append(model.predict(chunk))
        times.append((time.perf_counter() - began) * 1000 / len(chunk))
        progress(min(start + _CHUNK, len(images)), len(images))
    return np.concatenate(answers), float(np.median(times))


def _under(judged: Judged, probabilities: NDArray[np.float32]) -> dict[str, Any]:
    return classification_figures(judged.labels, probabilities[judged.kept], LABELS)


def table(figures: dict[str, Any]) -> str:
    """Returns an evaluation as text for a terminal."""
    data, model, shares = figures["data"], figures["model"], figures["shares"]
    lines = [
        f"{model['file']} ({model['sha256'][:8]}), by {model['runtime']} on {data['source']}",
        f"part {data['part']}, {data['images']} images, {figures['ms_per_face']} ms per face",
        "",
        "rule          n  accuracy  95 % interval   macro-F1    ECE",
    ]
    for rule in ("majority", "argmax"):
        one = figures[rule]
        low, high = one["accuracy_95"]
        lines.append(
            f"{rule:9} {one['n']:5}   {one['accuracy']:7.2%}  {low:.2%} to {high:.2%}"
            f"{one['macro_f1']:9.3f}{one['ece']:8.3f}"
        )
    lines += ["", "majority rule      n  precision  recall  guessed as, in the order of the rows"]
    majority = figures["majority"]
    for (name, one), counts in zip(
        majority["per_class"].items(), majority["confusion"], strict=True
    ):
        row = "".join(f"{count:5}" for count in counts)
        lines.append(f"{name:13}{one['n']:7}{one['precision']:11.3f}{one['recall']:8.3f}  {row}")
    lines += [
        "",
        f"mean shares against votes, {shares['n']} images",
        f"off by {shares['mean_absolute_error']:.2%} (mean), {shares['largest_error']:.2%} (most)",
        f"confidence against the share of agreeing votes: off by {shares['confidence_gap']:.2%}",
    ]
    return "\n".join(lines)
