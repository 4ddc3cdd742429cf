"""`expression.json`: what a model file is, for the program that loads it and for people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from contracts.expressions import LABELS
from model_training.errors import DataError, ModelFileError
from model_training.interpreter import INPUT_SHAPE, TfliteModel

OUTPUT_SHAPE: Final = (1, len(LABELS))
_DETECTORS: Final = ("yunet", "haar")
_FRAMING_KEYS: Final = ("scale", "center_dx", "center_dy")


def describe(
    model: TfliteModel,
    *,
    version: str,
    parameters: int,
    figures: dict[str, Any],
    abstention: dict[str, Any],
    framing: dict[str, Any],
    runtimes: list[dict[str, Any]],
    trained: dict[str, Any],
) -> dict[str, Any]:
    """Puts together the description of a model file.

    Args:
        model: the loaded file.
        version: number of the release, without the checksum.
        parameters: weights of the network, running statistics included.
        figures: result of `evaluate.evaluate` for this very file.
        abstention: result of `calibrate.choose_threshold`.
        framing: result of the framing study, with `formula`, `yunet`, `haar` and `cost`.
        runtimes: how each TFLite runtime answers.
        trained: how the weights were made.

    Raises:
        ModelFileError: the file's border is not what the cameras expect, or the figures belong to
            another file.
    """
    model.check_input()
    if model.output.shape != OUTPUT_SHAPE:
        raise ModelFileError(
            f"{model.path}: its output is {model.output.shape}, expected {OUTPUT_SHAPE}"
        )
    if figures["model"]["sha256"] != model.sha256:
        raise ModelFileError(f"{model.path}: the figures were measured on another file")
    return {
        "version": f"{version}+{model.sha256[:8]}",
        "labels": list(LABELS),
        "input": {"shape": list(INPUT_SHAPE), "dtype": "uint8", "range": "raw grey 0-255"},
        "output": {
            "shape": list(OUTPUT_SHAPE),
            "dtype": model.output.dtype,
            "scale": model.output.scale,
            "zero_point": model.output.zero_point,
        },
        "sha256": model.sha256,
        "parameters": parameters,
        "metrics": figures,
        "runtimes": runtimes,
        "abstain_below": abstention["abstain_below"],
        "abstention": abstention,
        "framing": {"formula": framing["formula"]}
        | {name: {key: framing[name][key] for key in _FRAMING_KEYS} for name in _DETECTORS},
        "framing_study": framing,
        "trained": trained,
    }


def write_description(path: Path, description: dict[str, Any]) -> None:
    """Writes the description as indented JSON with a final newline; makes its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(description, indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def read_description(path: Path) -> dict[str, Any]:
    """Reads a description, or any of this package's JSON files.

    Raises:
        DataError: there is no such file, or it is no JSON.
    """
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise DataError(f"{path}: there is no such file") from error
    except ValueError as error:
        raise DataError(f"{path}: not valid JSON: {error}") from error
    return content


def add_section(path: Path, name: str, section: dict[str, Any], sha256: str | None = None) -> None:
    """Puts figures that another command measured into a description.

    Args:
        path: the description, `expression.json`.
        name: key of the section; an older one of that name is replaced.
        section: JSON-ready figures.
        sha256: of the model that was measured, where the figures belong to one file.

    Raises:
        ModelFileError: the figures belong to another model file than the description.
    """
    description = read_description(path)
    if sha256 is not None and sha256 != description["sha256"]:
        raise ModelFileError(
            f"{path} describes {description['sha256'][:8]}; the figures were measured on "
            f"{sha256[:8]}"
        )
    write_description(path, description | {name: section})


def disagreements(description: dict[str, Any], model: TfliteModel) -> list[str]:
    """Returns in words where a description and its model file differ; empty if nowhere."""
    found = []

    def compare(what: str, said: object, actual: object) -> None:
        if said != actual:
            found.append(f"{what}: described as {said!r}, the file says {actual!r}")

    compare("sha256", description["sha256"], model.sha256)
    compare("version", description["version"].partition("+")[2], model.sha256[:8])
    compare("labels", description["labels"], list(LABELS))
    compare("input shape", description["input"]["shape"], list(model.input.shape))
    compare("input dtype", description["input"]["dtype"], model.input.dtype)
    compare("output shape", description["output"]["shape"], list(model.output.shape))
    compare("output dtype", description["output"]["dtype"], model.output.dtype)
    compare("output scale", description["output"]["scale"], model.output.scale)
    compare("output zero point", description["output"]["zero_point"], model.output.zero_point)
    compare("file of the metrics", description["metrics"]["model"]["sha256"], model.sha256)
    return found
