"""What each command of `python -m model_training` does with its options."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from contracts.expressions import LABELS
from model_training.benchmark import run_benchmark, side_by_side_table
from model_training.calibrate import AbstentionTargets
from model_training.card import render_card
from model_training.config import read_config
from model_training.describe import add_section, read_description, write_description
from model_training.detectors import BoxDetector, HaarBoxes, YunetBoxes
from model_training.duplicates import (
    accuracy_without_twins,
    alike,
    duplicate_audit,
    duplicates_table,
    without_twins,
)
from model_training.errors import DataError
from model_training.evaluate import evaluate, evaluate_suite, table
from model_training.faces import FaceSet
from model_training.framing import FORMULA, framing_cost, measure_framing
from model_training.interpreter import TfliteModel
from model_training.progress import progress_bar
from model_training.read_csv import read_csv
from model_training.read_npz import read_npz
from model_training.run_folder import RunFolder

if TYPE_CHECKING:
    import argparse


def train_command(options: argparse.Namespace) -> None:
    """Fits a network, or goes on with a run."""
    from model_training.train import train  # noqa: PLC0415 - needs TensorFlow, others do not

    config = read_config(options.config)
    if options.seed is not None:
        config = replace(config, seed=options.seed)
    run = RunFolder(options.run or Path("runs") / config.name)
    train(config, options.config, _read(options), run)


def export_command(options: argparse.Namespace) -> None:
    """Makes one head's model file and its description."""
    from model_training.export import (  # noqa: PLC0415 - needs TensorFlow, others do not
        export,
        export_fer2013,
    )

    run = _run_of(options)
    out = options.out or run.export
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
            targets=AbstentionTargets(options.agreement, options.refusal),
            progress=progress,
            baseline=options.baseline,
        )
    print(table(description["metrics"]))
    print(f"version {description['version']}, abstain below {description['abstain_below']}")


def evaluate_command(options: argparse.Namespace) -> None:
    """Judges a model file; prints the table."""
    if (options.model is None) == (options.config is None):
        raise DataError("evaluate needs either --model or --config")
    path = options.model or _run_named_by(options.config).export / "expression.tflite"
    model = TfliteModel(path, options.runtime)
    described = path.with_suffix(".json")
    description = read_description(described) if described.is_file() else {}
    abstain_below = description.get("abstain_below")
    faces = _read(options)
    with progress_bar("evaluate") as progress:
        figures = evaluate(model, faces, options.part, progress, abstain_below=abstain_below)
    if abstain_below is None:
        print(_why_no_suite(model, described))
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


def report_command(options: argparse.Namespace) -> None:
    """Draws a run's curves and pictures."""
    from model_training.report import write_report  # noqa: PLC0415 - needs matplotlib

    run = _run_of(options)
    path = options.description or run.export / "expression.json"
    description = read_description(path) if path.is_file() else {}
    for written in write_report(run, description, options.out or run.path / "report"):
        print(f"{written} written")


def benchmark_command(options: argparse.Namespace) -> None:
    """Compares with the package fer."""
    figures = run_benchmark(options, _read(options))
    print(side_by_side_table(figures))
    _keep(options, "side_by_side", figures)


def duplicates_command(options: argparse.Namespace) -> None:
    """Looks for the same picture in two parts."""
    faces = _read(options)
    with progress_bar("duplicates") as progress:
        pairs = alike(faces, progress)
    figures = duplicate_audit(faces, pairs)
    sha256 = None
    if options.model:
        model, public = TfliteModel(options.model), faces.part("public")
        alone = without_twins(faces, pairs, "public")
        figures["accuracy"] = accuracy_without_twins(model.predict(public.images), public, alone)
        sha256 = model.sha256
    print(duplicates_table(figures))
    _keep(options, "duplicates", figures, sha256)


def sizes_command(options: argparse.Namespace) -> None:
    """Measures runs of several sizes."""
    from model_training.sizes import (  # noqa: PLC0415 - needs TensorFlow, others do not
        measure_sizes,
        sizes_table,
    )

    with progress_bar("sizes") as progress:
        points = measure_sizes([RunFolder(run) for run in options.runs], _read(options), progress)
    print(sizes_table(points))
    word = {"chosen": options.chosen.name, "word": options.why}
    _keep(options, "sizes", {"points": points} | word)


def spread_command(options: argparse.Namespace) -> None:
    """Tells how far seeds lie apart."""
    from model_training.report import spread, spread_table  # noqa: PLC0415 - needs matplotlib

    figures = spread([RunFolder(run) for run in options.runs])
    print(spread_table(figures))
    _keep(options, "spread", figures)


def _draw(figures: dict[str, Any], folder: Path) -> None:
    from model_training.report import draw_figures  # noqa: PLC0415 - needs matplotlib

    for picture in draw_figures(figures, folder):
        print(f"{picture} written")


def _why_no_suite(model: TfliteModel, described: Path) -> str:
    left_out = "robustness and not-a-face are left out"
    if model.output.shape[-1] != len(LABELS):
        return f"{model.path} gives no {len(LABELS)} expressions: {left_out}"
    return f"{described} gives no threshold: {left_out}"


def _keep(
    options: argparse.Namespace, name: str, figures: dict[str, Any], sha256: str | None = None
) -> None:
    if options.json:
        write_description(options.json, figures)
    if options.into:
        add_section(options.into, name, figures, sha256)


def framing_command(options: argparse.Namespace) -> None:
    """Measures how detectors' boxes lie."""
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
    write_description(options.json, figures)
    print(f"{options.json} written")


def card_command(options: argparse.Namespace) -> None:
    """Writes the model card and its pictures."""
    description = read_description(options.description)
    options.out.write_text(render_card(description), encoding="utf-8")
    print(f"{options.out} written")
    if options.pictures:
        _draw(description, options.pictures)


def _run_of(options: argparse.Namespace) -> RunFolder:
    return RunFolder(options.run) if options.run else _run_named_by(options.config)


def _run_named_by(config: Path) -> RunFolder:
    return RunFolder(Path("runs") / read_config(config).name)


def _read(options: argparse.Namespace) -> FaceSet:
    if options.data.suffix == ".csv":
        if options.ferplus is None:
            raise DataError(f"{options.data}: give FER+'s fer2013new.csv too, with --ferplus")
        return read_csv(options.data, options.ferplus)
    return read_npz(options.data)
