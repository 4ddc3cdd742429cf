"""Accuracy against speed over networks of several sizes, and the choice among them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model_training.complexity import multiply_adds
from model_training.config import read_config
from model_training.convert import convert
from model_training.evaluate import predict_timed
from model_training.export import activation_sample, parameters
from model_training.interpreter import TfliteModel, installed_runtimes
from model_training.metrics import wilson_interval
from model_training.network import FER2013_HEAD, finished_network
from model_training.targets import majority_rule

if TYPE_CHECKING:
    from model_training.faces import FaceSet, Part
    from model_training.run_folder import RunFolder


def measure_sizes(
    runs: list[RunFolder],
    faces: FaceSet,
    progress: Callable[[int, int], None],
    part: Part = "public",
) -> list[dict[str, Any]]:
    """Converts each run's network and measures it on `part` in every installed runtime.

    Args:
        runs: finished runs, of networks of several sizes.
        faces: activation ranges come from the training part, figures from `part`.
        progress: told how many of how many images are answered, once for each run and runtime.
        part: the part judged.

    Returns:
        For each run `name`, `widths`, `blocks`, `epochs`, `parameters`, `multiply_adds`, `bytes`,
        `n`, `accuracy` (int8, majority rule, in the last runtime), `accuracy_95`, `ms_by_runtime`,
        and `ms_per_face` in the slowest, which the limit is for.

    Raises:
        RunError: a run has no weights yet.
    """
    return [_measured(run, faces, part, progress) for run in runs]


def _measured(
    run: RunFolder, faces: FaceSet, part: Part, progress: Callable[[int, int], None]
) -> dict[str, Any]:
    config, network = read_config(run.config), finished_network(run)
    chosen = faces.part(part)
    judged = majority_rule(chosen.votes)
    images = chosen.images[judged.kept]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.tflite"
        path.write_bytes(convert(network, activation_sample(faces, config.seed)))
        times, hits = {}, 0
        for runtime in installed_runtimes():
            model = TfliteModel(path, runtime)
            answers, ms_per_face = predict_timed(model, images, progress)
            times[runtime] = round(ms_per_face, 3)
            hits = int((answers.argmax(axis=1) == judged.labels).sum())
        return {
            "name": run.path.name,
            "widths": list(config.network.widths),
            "blocks": list(config.network.blocks),
            "epochs": int(run.read_log()[-1]["epoch"]),
            "parameters": parameters(network, without=FER2013_HEAD),
            "multiply_adds": multiply_adds(path),
            "bytes": path.stat().st_size,
            "n": len(judged.labels),
            "accuracy": hits / len(judged.labels),
            "accuracy_95": list(wilson_interval(hits, len(judged.labels))),
            "ms_by_runtime": times,
            "ms_per_face": max(times.values()),
        }


def sizes_table(points: list[dict[str, Any]]) -> str:
    """Returns the sizes as text for a terminal."""
    lines = ["network          parameters  multiply-adds  accuracy  ms per face"]
    for one in points:
        times = ", ".join(f"{name} {ms}" for name, ms in one["ms_by_runtime"].items())
        lines.append(
            f"{one['name']:16}{one['parameters']:11,}{one['multiply_adds']:15,}"
            f"{one['accuracy']:10.2%}  {times}"
        )
    return "\n".join(lines)
