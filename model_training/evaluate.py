"""Judges a .tflite model on one part of the data; the figures everything else quotes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contracts.expressions import LABELS
from model_training.aggregate import aggregate_figures
from model_training.errors import DataError, ModelFileError
from model_training.faces import FER2013_LABELS, FaceSet, Part
from model_training.interpreter import TfliteModel
from model_training.metrics import classification_figures, share_figures
from model_training.not_a_face import not_a_face_figures, not_a_face_table
from model_training.robustness import robustness_figures, robustness_table
from model_training.targets import (
    Judged,
    argmax_rule,
    majority_rule,
    original_labels,
    vote_shares,
)

_CHUNK = 64
_GATE_STEP = 4


def evaluate(
    model: TfliteModel,
    faces: FaceSet,
    part: Part,
    progress: Callable[[int, int], None],
    *,
    abstain_below: float | None = None,
) -> dict[str, Any]:
    """Returns the figures of a model on `part`, ready for JSON.

    A model of eight answers is judged by FER+'s votes: `majority` and `argmax` hold the figures
    under either rule (see `targets`), `shares` compares mean answers with mean votes over all
    images of the part, and `aggregate`, for a given threshold, what a report would count. One of
    seven is judged by the original labels, `fer2013`. `ms_per_face` is the median time of one
    answer on this machine, one thread.

    Raises:
        DataError: the part is empty, or no image of it can be judged.
        ModelFileError: the model has another number of answers.
    """
    chosen = faces.part(part)
    classes = model.output.shape[-1]
    judges = {len(LABELS): _by_votes, len(FER2013_LABELS): _by_original_labels}
    if classes not in judges:
        raise ModelFileError(f"{model.path}: it gives {classes} answers, expected 8 or 7")
    if not len(chosen) or (classes == len(LABELS) and not majority_rule(chosen.votes).kept.any()):
        raise DataError(f"{faces.source}: no image of part {part!r} can be judged")
    probabilities, ms_per_face = predict_timed(model, chosen.images, progress)
    return {
        "model": {"file": model.path.name, "sha256": model.sha256, "runtime": model.runtime},
        "data": {"source": faces.source, "part": part, "images": len(chosen)},
        "ms_per_face": round(ms_per_face, 3),
    } | judges[classes](chosen, probabilities, abstain_below)


def _by_votes(
    chosen: FaceSet, probabilities: NDArray[np.float32], abstain_below: float | None
) -> dict[str, Any]:
    judged = argmax_rule(chosen.votes)
    figures = {
        "majority": _under(majority_rule(chosen.votes), probabilities),
        "argmax": _under(judged, probabilities),
        "shares": share_figures(vote_shares(chosen.votes), probabilities, LABELS),
    }
    if abstain_below is not None:
        kept = probabilities[judged.kept]
        figures["aggregate"] = aggregate_figures(judged.labels, kept, abstain_below, LABELS)
    return figures


def _by_original_labels(
    chosen: FaceSet, probabilities: NDArray[np.float32], _: float | None
) -> dict[str, Any]:
    judged = original_labels(chosen.fer2013_label)
    return {
        "fer2013": classification_figures(judged.labels, probabilities[judged.kept], FER2013_LABELS)
    }


def evaluate_suite(
    model: TfliteModel,
    faces: FaceSet,
    part: Part,
    abstain_below: float,
    progress: Callable[[int, int], None],
    *,
    baseline: TfliteModel | None = None,
) -> dict[str, Any]:
    """Returns `robustness` and `not_a_face`: how a model bears what cameras do to pictures.

    A `baseline` is judged beside it on the same distorted pictures.
    """
    chosen = faces.part(part)
    other = baseline.predict if baseline else None
    return {
        "robustness": robustness_figures(model.predict, chosen, progress, other),
        "not_a_face": not_a_face_figures(model.predict, chosen, abstain_below, progress),
    }


def gate(model: TfliteModel, faces: FaceSet, part: Part) -> dict[str, Any]:
    """Returns `n`, `accuracy` and `ece` by rule on every fourth image: what tests judge anew."""
    chosen = faces.part(part)
    sample = chosen.pick(np.arange(0, len(chosen), _GATE_STEP))
    figures = evaluate(model, sample, part, lambda _done, _total: None)
    return {
        rule: {key: figures[rule][key] for key in ("n", "accuracy", "ece")}
        for rule in ("majority", "argmax", "fer2013")
        if rule in figures
    }


def predict_timed(
    model: TfliteModel, images: NDArray[np.uint8], progress: Callable[[int, int], None]
) -> tuple[NDArray[np.float32], float]:
    """Returns probabilities (n, classes) and the median of milliseconds per face over chunks."""
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
    data, model = figures["data"], figures["model"]
    lines = [
        f"{model['file']} ({model['sha256'][:8]}), by {model['runtime']} on {data['source']}",
        f"part {data['part']}, {data['images']} images, {figures['ms_per_face']} ms per face",
        "",
        "rule          n  accuracy  95 % interval   macro-F1    ECE",
    ]
    rules = [rule for rule in ("majority", "argmax", "fer2013") if rule in figures]
    for rule in rules:
        one = figures[rule]
        low, high = one["accuracy_95"]
        lines.append(
            f"{rule:9} {one['n']:5}   {one['accuracy']:7.2%}  {low:.2%} to {high:.2%}"
            f"{one['macro_f1']:9.3f}{one['ece']:8.3f}"
        )
    lines += ["", f"{rules[0]:13}      n  precision  recall  guessed as, in the order of the rows"]
    first = figures[rules[0]]
    for (name, one), counts in zip(first["per_class"].items(), first["confusion"], strict=True):
        row = "".join(f"{count:5}" for count in counts)
        lines.append(f"{name:13}{one['n']:7}{one['precision']:11.3f}{one['recall']:8.3f}  {row}")
    if "shares" in figures:
        lines += ["", *_share_lines(figures["shares"])]
    if "aggregate" in figures:
        lines += ["", *_aggregate_lines(figures["aggregate"])]
    if "robustness" in figures:
        lines += ["", robustness_table(figures["robustness"])]
    if "not_a_face" in figures:
        lines += ["", not_a_face_table(figures["not_a_face"])]
    return "\n".join(lines)


def _share_lines(shares: dict[str, Any]) -> list[str]:
    return [
        f"mean shares against votes, {shares['n']} images",
        f"off by {shares['mean_absolute_error']:.2%} (mean), {shares['largest_error']:.2%} (most)",
        f"confidence against the share of agreeing votes: off by {shares['confidence_gap']:.2%}",
    ]


def _aggregate_lines(aggregate: dict[str, Any]) -> list[str]:
    artworks = aggregate["artworks"]
    counted, corrected = artworks["counted"], artworks["corrected"]
    verdict = "earns" if artworks["earns_its_place"] else "does not earn"
    whole, simulated = (
        f"off by {one['mean_absolute_error']:.2%} (mean)" for one in (aggregate, counted)
    )
    return [
        f"counted shares against most frequent votes, {aggregate['n']} images",
        f"{whole}, {aggregate['largest_error']:.2%} (most), {aggregate['uncertain']:.1%} uncertain",
        f"{artworks['mixes']} simulated artworks of {artworks['visits']} visits: {simulated}",
        f"corrected {corrected['mean_absolute_error']:.2%}: correcting {verdict} its place",
    ]
