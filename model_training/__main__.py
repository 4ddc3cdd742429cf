"""Command line: `python -m model_training train | export | evaluate | framing | card`."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from model_training.calibrate import TARGET_AGREEMENT
from model_training.card import render_card
from model_training.config import read_config
from model_training.detectors import BoxDetector, HaarBoxes, YunetBoxes
from model_training.errors import DataError, ModelTrainingError
from model_training.evaluate import evaluate, table
from model_training.faces import PARTS, FaceSet
from model_training.framing import FORMULA, framing_cost, measure_framing
from model_training.interpreter import RUNTIMES, TfliteModel
from model_training.progress import progress_bar
from model_training.read_csv import read_csv
from model_training.read_npz import read_npz
from model_training.run_folder import RunFolder


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; returns the exit status."""
    # TensorFlow's start-up notices drown what a user should read. Before it is imported.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("absl").setLevel(logging.WARNING)
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], None] = options.command
    try:
        command(options)
    except ModelTrainingError as error:
        print(f"model_training: {error}", file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        if error.name not in {"keras", "tensorflow"}:
            raise
        print(
            f"model_training: this needs {error.name}: "
            "pip install -r model_training/requirements.txt",
            file=sys.stderr,
        )
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="model_training", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    data = argparse.ArgumentParser(add_help=False)
    data.add_argument(
        "--data", type=Path, required=True, help="fer2013plus.npz, or the original fer2013.csv"
    )
    data.add_argument(
        "--ferplus", type=Path, help="FER+'s fer2013new.csv, needed beside fer2013.csv"
    )

    train = commands.add_parser("train", parents=[data], help="fit a network, or go on with a run")
    train.add_argument("--config", type=Path, required=True, help="a file of configs/")
    train.add_argument("--run", type=Path, help="run folder, runs/<name> unless given")
    train.add_argument("--seed", type=int, help="in place of the configuration's")
    train.set_defaults(command=_train)

    export = commands.add_parser("export", parents=[data], help="make the files a camera carries")
    export.add_argument("--run", type=Path, required=True, help="folder of a training run")
    export.add_argument("--framing", type=Path, required=True, help="result of `framing`")
    export.add_argument("--out", type=Path, required=True, help="folder for model and description")
    export.add_argument("--version", default="1.0.0", help="of the release")
    export.add_argument("--agreement", type=float, default=TARGET_AGREEMENT)
    export.set_defaults(command=_export)

    judge = commands.add_parser("evaluate", parents=[data], help="judge a model file")
    judge.add_argument("--model", type=Path, required=True)
    judge.add_argument("--part", choices=PARTS, default="public")
    judge.add_argument("--runtime", choices=RUNTIMES, help="first one found unless given")
    judge.add_argument("--json", type=Path, help="write the figures here")
    judge.set_defaults(command=_evaluate)

    framing = commands.add_parser(
        "framing", parents=[data], help="how detectors' boxes lie, and what wrong framing costs"
    )
    framing.add_argument("--yunet", type=Path, help="YuNet's .onnx file")
    framing.add_argument("--model", type=Path, help="also measure what wrong framing costs it")
    framing.add_argument("--images", type=int, default=1000, help="training images to look at")
    framing.add_argument("--json", type=Path, required=True, help="write the figures here")
    framing.set_defaults(command=_framing)

    card = commands.add_parser("card", help="write the model card from a description")
    card.add_argument("--description", type=Path, required=True, help="expression.json")
    card.add_argument("--out", type=Path, required=True, help="the card, a Markdown file")
    card.set_defaults(command=_card)
    return parser


def _read(options: argparse.Namespace) -> FaceSet:
    if options.data.suffix == ".csv":
        if options.ferplus is None:
            raise DataError(f"{options.data}: give FER+'s fer2013new.csv too, with --ferplus")
        return read_csv(options.data, options.ferplus)
    return read_npz(options.data)


def _train(options: argparse.Namespace) -> None:
    from model_training.train import train  # noqa: PLC0415 - needs TensorFlow, others do not

    config = read_config(options.config)
    if options.seed is not None:
        config = replace(config, seed=options.seed)
    run = RunFolder(options.run or Path("runs") / config.name)
    train(config, options.config, _read(options), run)


def _export(options: argparse.Namespace) -> None:
    from model_training.export import export  # noqa: PLC0415 - needs TensorFlow, others do not

    framing = _read_json(options.framing)
    with progress_bar("export") as progress:
        description = export(
            RunFolder(options.run),
            _read(options),
            options.out,
            version=options.version,
            framing=framing,
            agreement=options.agreement,
            progress=progress,
        )
    print(table(description["metrics"]))
    print(f"version {description['version']}, abstain below {description['abstain_below']}")


def _evaluate(options: argparse.Namespace) -> None:
    model = TfliteModel(options.model, options.runtime)
    with progress_bar("evaluate") as progress:
        figures = evaluate(model, _read(options), options.part, progress)
    print(table(figures))
    if options.json:
        _write_json(options.json, figures)


def _framing(options: argparse.Namespace) -> None:
    faces = _read(options)
    training = faces.part("training")
    order = np.random.default_rng(0).permutation(len(training))[: options.images]
    detectors: dict[str, BoxDetector] = {"haar": HaarBoxes()}
    if options.yunet:
        detectors["yunet"] = YunetBoxes(options.yunet)
    figures: dict[str, Any] = {"formula": FORMULA, "data": faces.source, "part": "training"}
    for name, detector in detectors.items():
        with progress_bar(name) as progress:
            figures[name] = measure_framing(training.pick(order), detector, progress)
    if options.model:
        model = TfliteModel(options.model)
        with progress_bar("cost") as progress:
            figures["cost"] = framing_cost(faces.part("public"), model.predict, progress)
            figures["cost"] |= {"part": "public", "model_sha256": model.sha256}
    _write_json(options.json, figures)
    print(json.dumps(figures, indent=2))


def _card(options: argparse.Namespace) -> None:
    options.out.write_text(render_card(_read_json(options.description)), encoding="utf-8")
    print(f"{options.out} written")


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise DataError(f"{path}: there is no such file") from error
    except ValueError as error:
        raise DataError(f"{path}: not valid JSON: {error}") from error
    return content


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
