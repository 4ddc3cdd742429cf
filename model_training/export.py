"""From a training run to the two files that the cameras carry."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from model_training.calibrate import AbstentionTargets, choose_threshold, fit_temperature
from model_training.config import read_config
from model_training.convert import convert
from model_training.describe import describe, write_description
from model_training.evaluate import evaluate, evaluate_suite, gate, predict_timed
from model_training.faces import FER2013_LABELS
from model_training.framing import framing_cost
from model_training.interpreter import TfliteModel, installed_runtimes
from model_training.network import (
    EXPRESSION_HEAD,
    FER2013_HEAD,
    finished_network,
    predict_logits,
)
from model_training.not_a_face import not_faces
from model_training.targets import argmax_rule, majority_rule, original_labels

if TYPE_CHECKING:
    from model_training.config import Config
    from model_training.faces import FaceSet, Part
    from model_training.run_folder import RunFolder

MODEL_FILE: Final = "expression.tflite"
DESCRIPTION_FILE: Final = "expression.json"
FER2013_MODEL_FILE: Final = "fer2013.tflite"
FER2013_DESCRIPTION_FILE: Final = "fer2013.json"
_SAMPLE: Final = 500


def export(
    run: RunFolder,
    faces: FaceSet,
    out: Path,
    *,
    version: str,
    framing: dict[str, Any],
    targets: AbstentionTargets,
    progress: Callable[[int, int], None],
    part: Part = "public",
    baseline: Path | None = None,
) -> dict[str, Any]:
    """Converts a run's averaged weights, calibrates, evaluates and describes the result.

    Args:
        run: a run with at least one finished epoch.
        faces: activation ranges come from the training part; temperature, threshold and figures
            from `part`.
        out: folder that gets `expression.tflite` and `expression.json`.
        version: of the release.
        framing: result of the framing study.
        targets: of the abstention rule.
        progress: told how many of how many images are answered, several times over.
        part: part used for choosing.
        baseline: model file with which robustness is compared.

    Returns:
        The description as written.

    Raises:
        RunError: the run has no weights yet, or no threshold reaches what the rule asks.
    """
    config, network = read_config(run.config), finished_network(run)
    chosen, sample = faces.part(part), activation_sample(faces, config.seed)

    judged, path = argmax_rule(chosen.votes), out / MODEL_FILE
    fitted = chosen.images[judged.kept], judged.labels
    temperature = _convert_calibrated(
        network, EXPRESSION_HEAD, sample, fitted, path=path, progress=progress
    )
    model = TfliteModel(path)
    abstention = _abstention(model, chosen, targets)
    abstain_below = abstention["abstain_below"]
    figures = evaluate(model, faces, part, progress, abstain_below=abstain_below)
    other = TfliteModel(baseline) if baseline else None
    figures |= evaluate_suite(model, faces, part, abstain_below, progress, baseline=other)
    floating, _ = predict_logits(network, chosen.images)
    figures["float_majority_accuracy"] = _majority_accuracy(floating, chosen)
    description = describe(
        model,
        version=version,
        parameters=parameters(network, without=FER2013_HEAD),
        figures=figures,
        abstention=abstention,
        framing=framing | {"cost": framing_cost(chosen, model.predict, progress)},
        runtimes=_runtimes(path, chosen, progress),
        trained=_trained(run, config, temperature, part),
    ) | {"gate": gate(model, faces, part)}
    write_description(out / DESCRIPTION_FILE, description)
    return description


def export_fer2013(
    run: RunFolder,
    faces: FaceSet,
    out: Path,
    *,
    progress: Callable[[int, int], None],
    part: Part = "public",
) -> dict[str, Any]:
    """Converts the head on the original labels, for comparison with the older literature.

    Args:
        run: a run with at least one finished epoch.
        faces: as for `export`.
        out: folder that gets `fer2013.tflite` and `fer2013.json`.
        progress: as for `export`.
        part: part used for fitting the temperature and for the figures.

    Returns:
        The figures as written, with `labels`, `parameters` and `trained`.

    Raises:
        RunError: the run has no weights yet.
    """
    config, network = read_config(run.config), finished_network(run)
    chosen, sample = faces.part(part), activation_sample(faces, config.seed)
    judged = original_labels(chosen.fer2013_label)
    fitted, path = (chosen.images[judged.kept], judged.labels), out / FER2013_MODEL_FILE
    temperature = _convert_calibrated(
        network, FER2013_HEAD, sample, fitted, path=path, progress=progress
    )
    model = TfliteModel(path)
    figures = evaluate(model, faces, part, progress)
    _, floating = predict_logits(network, chosen.images)
    hits = floating[judged.kept].argmax(axis=1) == judged.labels
    figures |= {
        "labels": list(FER2013_LABELS),
        "parameters": parameters(network, without=EXPRESSION_HEAD),
        "float_accuracy": float(hits.mean()),
        "trained": _trained(run, config, temperature, part),
        "gate": gate(model, faces, part),
    }
    write_description(out / FER2013_DESCRIPTION_FILE, figures)
    return figures


def _convert_calibrated(
    network: Any,  # noqa: ANN401 - Keras is untyped
    head: str,
    sample: NDArray[np.uint8],
    fitted: tuple[NDArray[np.uint8], NDArray[np.int64]],
    *,
    path: Path,
    progress: Callable[[int, int], None],
) -> float:
    """Writes one head's model file; returns the temperature folded into it.

    `fitted` holds the images and labels by which the temperature is found.
    """
    images, labels = fitted
    logits = _quantised_logits(network, head, sample, images, progress)
    temperature = fit_temperature(logits, labels)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(convert(network, sample, head=head, temperature=temperature))
    return temperature


def _trained(run: RunFolder, config: Config, temperature: float, part: Part) -> dict[str, Any]:
    log = run.read_log()
    return run.about() | {
        "epochs": int(log[-1]["epoch"]),
        "epochs_planned": config.training.epochs,
        "minutes": round(sum(float(row["seconds"]) for row in log) / 60, 1),
        "config": json.loads(json.dumps(asdict(config), default=str)),
        "temperature": round(temperature, 4),
        "temperature_note": f"fitted on part {part} after conversion, folded into the graph",
    }


def activation_sample(faces: FaceSet, seed: int) -> NDArray[np.uint8]:
    """Returns training images, (500, 48, 48), from which activation ranges are measured."""
    images = faces.part("training").images
    sample: NDArray[np.uint8] = images[np.random.default_rng(seed).permutation(len(images))]
    return sample[:_SAMPLE]


def _quantised_logits(
    network: Any,  # noqa: ANN401 - Keras is untyped
    head: str,
    sample: NDArray[np.uint8],
    images: NDArray[np.uint8],
    progress: Callable[[int, int], None],
) -> NDArray[np.float32]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "logits.tflite"
        path.write_bytes(convert(network, sample, head=head, softmax=False))
        model = TfliteModel(path)
        answers = []
        for row, image in enumerate(images):
            answers.append(model.predict(image[None]))
            progress(row + 1, len(images))
        return np.concatenate(answers)


def _runtimes(
    path: Path, chosen: FaceSet, progress: Callable[[int, int], None]
) -> list[dict[str, Any]]:
    """Answers the same images in each installed runtime: they round differently."""
    found = []
    first: NDArray[np.intp] | None = None
    for name in installed_runtimes():
        answers, ms_per_face = predict_timed(TfliteModel(path, name), chosen.images, progress)
        guesses = answers.argmax(axis=1)
        first = guesses if first is None else first
        found.append(
            {
                "runtime": name,
                "n": len(chosen),
                "majority_accuracy": _majority_accuracy(answers, chosen),
                "ms_per_face": round(ms_per_face, 3),
                "same_answer_as_first": float((guesses == first).mean()),
            }
        )
    return found


def _abstention(model: TfliteModel, chosen: FaceSet, targets: AbstentionTargets) -> dict[str, Any]:
    judged = argmax_rule(chosen.votes)
    kept = model.predict(chosen.images[judged.kept])
    right = kept.argmax(axis=1) == judged.labels
    shown, _ = not_faces(chosen)
    strangers = np.concatenate([one for families in shown.values() for one in families.values()])
    sure = model.predict(strangers).max(axis=1)
    return choose_threshold(kept.max(axis=1), right, sure, targets)


def _majority_accuracy(scores: NDArray[np.float32], faces: FaceSet) -> float:
    judged = majority_rule(faces.votes)
    return float((scores[judged.kept].argmax(axis=1) == judged.labels).mean())


def parameters(network: Any, *, without: str) -> int:  # noqa: ANN401 - Keras is untyped
    """Counts all weights but those of the head that is not in the file."""
    return int(network.count_params() - network.get_layer(without).count_params())
