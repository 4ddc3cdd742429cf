"""From a training run to the two files that the cameras carry."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from model_training.calibrate import choose_threshold, fit_temperature
from model_training.config import read_config
from model_training.convert import convert
from model_training.describe import describe, write_description
from model_training.errors import RunError
from model_training.evaluate import evaluate, predict_timed
from model_training.framing import framing_cost
from model_training.interpreter import TfliteModel, installed_runtimes
from model_training.network import FER2013_HEAD, build_network, predict_logits
from model_training.targets import argmax_rule, majority_rule, vote_shares

if TYPE_CHECKING:
    from model_training.config import Config
    from model_training.faces import FaceSet, Part
    from model_training.run_folder import RunFolder

MODEL_FILE: Final = "expression.tflite"
DESCRIPTION_FILE: Final = "expression.json"
_SAMPLE: Final = 500


def export(
    run: RunFolder,
    faces: FaceSet,
    out: Path,
    *,
    version: str,
    framing: dict[str, Any],
    agreement: float,
    progress: Callable[[int, int], None],
    part: Part = "public",
) -> dict[str, Any]:
    """Converts a run's averaged weights, calibrates, evaluates and describes the result.

    Args:
        run: a run with at least one finished epoch.
        faces: activation ranges come from the training part; temperature, threshold and figures
            from `part`.
        out: folder that gets `expression.tflite` and `expression.json`.
        version: of the release.
        framing: result of the framing study.
        agreement: target of the abstention rule, 0 to 1.
        progress: told how many of how many images are answered, several times over.
        part: part used for choosing.

    Returns:
        The description as written.

    Raises:
        RunError: the run has no weights yet, or no threshold reaches the agreement.
    """
    config = read_config(run.config)
    if not run.weights.is_file():
        raise RunError(f"{run.path} has no finished epoch yet")
    network = build_network(config.network)
    network.load_weights(run.weights)
    chosen, sample = faces.part(part), _sample(faces, config.seed)

    logits = _quantised_logits(network, sample, chosen.images, progress)
    temperature = fit_temperature(logits, vote_shares(chosen.votes))
    out.mkdir(parents=True, exist_ok=True)
    path = out / MODEL_FILE
    path.write_bytes(convert(network, sample, temperature=temperature))
    model = TfliteModel(path)

    figures = evaluate(model, faces, part, progress)
    floating, _ = predict_logits(network, chosen.images)
    figures["float_majority_accuracy"] = _majority_accuracy(floating, chosen)
    description = describe(
        model,
        version=version,
        parameters=_expression_parameters(network),
        figures=figures,
        abstention=_abstention(model, chosen, agreement),
        framing=framing | {"cost": framing_cost(chosen, model.predict, progress)},
        runtimes=_runtimes(path, chosen, progress),
        trained=_trained(run, config)
        | {
            "temperature": round(temperature, 4),
            "temperature_note": f"fitted on part {part} after conversion, folded into the graph",
        },
    )
    write_description(out / DESCRIPTION_FILE, description)
    return description


def _trained(run: RunFolder, config: Config) -> dict[str, Any]:
    log = run.read_log()
    return run.about() | {
        "epochs": int(log[-1]["epoch"]),
        "epochs_planned": config.training.epochs,
        "minutes": round(sum(float(row["seconds"]) for row in log) / 60, 1),
        "config": asdict(config),
    }


def _sample(faces: FaceSet, seed: int) -> NDArray[np.uint8]:
    images = faces.part("training").images
    sample: NDArray[np.uint8] = images[np.random.default_rng(seed).permutation(len(images))]
    return sample[:_SAMPLE]


def _quantised_logits(
    network: Any,  # noqa: ANN401 - Keras is untyped
    sample: NDArray[np.uint8],
    images: NDArray[np.uint8],
    progress: Callable[[int, int], None],
) -> NDArray[np.float32]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "logits.tflite"
        path.write_bytes(convert(network, sample, softmax=False))
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


def _abstention(model: TfliteModel, chosen: FaceSet, agreement: float) -> dict[str, Any]:
    probabilities = model.predict(chosen.images)
    judged = argmax_rule(chosen.votes)
    kept = probabilities[judged.kept]
    return choose_threshold(kept.max(axis=1), kept.argmax(axis=1) == judged.labels, agreement)


def _majority_accuracy(scores: NDArray[np.float32], faces: FaceSet) -> float:
    judged = majority_rule(faces.votes)
    return float((scores[judged.kept].argmax(axis=1) == judged.labels).mean())


def _expression_parameters(network: Any) -> int:  # noqa: ANN401 - Keras is untyped
    """Counts all weights but those of the head on the original labels, which is not shipped."""
    return int(network.count_params() - network.get_layer(FER2013_HEAD).count_params())
