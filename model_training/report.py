"""What came out of a run, in words and pictures; and what several seeds of it have in common."""

from __future__ import annotations

import statistics
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from model_training import pictures
from model_training.errors import RunError
from model_training.run_folder import RunFolder

SPREAD_COLUMNS: Final = ("public_majority", "public_argmax", "public_fer2013")
"""The log's columns that `spread` looks at."""

_RULES: Final = {
    "majority": "majority rule",
    "argmax": "argmax rule",
    "fer2013": "FER2013's own labels",
}
_TITLES: Final = {
    "curves": "Loss and accuracies over the epochs",
    "confusion": "What was answered for each label of people's",
    "reliability": "How often answers of each confidence are right",
    "coverage": "Agreement with people over the share of faces that get an answer",
    "shares": "Shares of the votes and of the model's answers",
    "robustness": "Accuracy under distortions",
    "sizes": "Accuracy over time of one face, networks of several sizes",
}
_BEST_BY: Final = "_majority"
_BEST: Final = (
    "Best by {} was epoch {} with {}. That is said for information: the last epoch is kept "
    "whatever the others gave, so that the watched part chose none."
)


def write_report(run: RunFolder, description: Mapping[str, Any], out: Path) -> list[Path]:
    """Writes `report.md` and its pictures; returns the files written, the report last.

    Args:
        run: a run with at least one finished epoch.
        description: content of `expression.json`, or empty before the run was exported; whatever
            it holds figures for is told and drawn.
        out: folder that gets the files.

    Raises:
        RunError: the folder holds no run, or one without a finished epoch; or the description is
            of another run.
        DataError: figures that belong together do not fit each other.
    """
    log = _finished(run)
    _check_same_run(run, description)
    out.mkdir(parents=True, exist_ok=True)
    curves = out / "curves.png"
    pictures.training_curves(log, curves)
    lines = [*_about(run, log), "", _shown(curves)]
    drawn = draw_figures(description, out)
    if description:
        lines += ["", f"## Exported as {description['version']}", "", *main_figures(description)]
    for path in drawn:
        lines += ["", _shown(path)]
    report = out / "report.md"
    report.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return [curves, *drawn, report]


def _check_same_run(run: RunFolder, description: Mapping[str, Any]) -> None:
    if not description:
        return
    trained = description["trained"]
    described = trained["config"]["name"], trained["seed"]
    here = _settings(run)["name"], run.about()["seed"]
    if described != here:
        raise RunError(
            f"{run.path} is a run of {here[0]}, seed {here[1]}; the description is of "
            f"{described[0]}, seed {described[1]}"
        )


def draw_figures(figures: Mapping[str, Any], out: Path) -> list[Path]:
    """Draws whatever a description, or an evaluation, has figures for; returns the files.

    These are `confusion`, `reliability`, `coverage`, `shares`, `robustness` and `sizes`, as PNG.

    Args:
        figures: of `describe.describe` or `evaluate.evaluate`, with `sizes` beside them where these
            were measured.
        out: folder that gets the files.

    Raises:
        DataError: figures that belong together do not fit each other.
    """
    metrics = figures.get("metrics", figures)
    out.mkdir(parents=True, exist_ok=True)
    drawn: list[Path] = []

    def new(name: str) -> Path:
        drawn.append(out / f"{name}.png")
        return drawn[-1]

    rule = next((name for name in _RULES if name in metrics), None)
    if rule is not None:
        judged = metrics[rule]
        pictures.confusion(judged, list(judged["per_class"]), new("confusion"))
        if "reliability" in judged:
            pictures.reliability(judged, new("reliability"), _RULES[rule])
    if figures.get("abstention"):
        pictures.coverage(figures["abstention"], new("coverage"), _not_faces(metrics))
    if "gap_95" in metrics.get("shares", {}):
        pictures.shares(metrics["shares"], new("shares"))
    if "robustness" in metrics:
        robustness = metrics["robustness"]
        pictures.robustness(robustness, robustness.get("baseline"), new("robustness"))
    if "sizes" in figures:
        sizes = figures["sizes"]
        pictures.size_against_speed(
            sizes["points"], sizes["chosen"], new("sizes"), "the slowest runtime"
        )
    return drawn


def _not_faces(metrics: Mapping[str, Any]) -> list[dict[str, float]] | None:
    """Those of the kinds that training never sees: the others would look better than they are."""
    if "not_a_face" not in metrics:
        return None
    return [
        {"threshold": one["threshold"], "uncertain": one["held_out"]}
        for one in metrics["not_a_face"]["curve"]
    ]


def _shown(picture: Path) -> str:
    return f"![{_TITLES[picture.stem]}]({picture.name})"


def _finished(run: RunFolder) -> list[dict[str, str]]:
    run.about()
    log = run.read_log()
    if not log:
        raise RunError(f"{run.path} has no finished epoch yet")
    return log


def _settings(run: RunFolder) -> dict[str, Any]:
    """The configuration as plain TOML: runs older than some key have a report all the same."""
    return tomllib.loads(run.config.read_text(encoding="utf-8"))


def _recipe(run: RunFolder) -> dict[str, Any]:
    """The settings that decide what is learnt; on how many threads does not."""
    return {key: value for key, value in _settings(run).items() if key != "threads"}


def _about(run: RunFolder, log: Sequence[Mapping[str, str]]) -> list[str]:
    about, settings = run.about(), _settings(run)
    minutes = sum(float(row["seconds"]) for row in log) / 60
    last = log[-1]
    fitted = f"{about['data']}, part {about['fitted_part']}, {about['fitted_images']:,} images"
    lines = [
        f"# Run of {settings['name']}, seed {about['seed']}",
        "",
        f"- Configuration: {settings['name']}",
        f"- Seed: {about['seed']}",
        f"- Git commit: {about['git_commit']}",
        f"- Fitted on: {fitted}",
        f"- Epochs: {last['epoch']} of {settings['training']['epochs']}",
        f"- Minutes: {minutes:.1f}",
    ]
    if "note" in about:
        lines.append(f"- Note: {about['note']}")
    lines += ["", "The last epoch, whose averaged weights are what the run gives:", ""]
    lines += [f"- {key}: {value}" for key, value in last.items()]
    for column in last:
        if column.endswith(_BEST_BY):
            best = max(log, key=lambda row: float(row.get(column) or "-inf"))
            lines += ["", _BEST.format(column, best["epoch"], best[column])]
    return lines


def main_figures(description: Mapping[str, Any]) -> list[str]:
    """Returns a description's main figures in words, as a Markdown list."""
    metrics, abstention = description["metrics"], description["abstention"]
    data = metrics["data"]
    lines = [f"- Judged on: {data['source']}, part {data['part']}, {data['images']:,} images"]
    for rule, what in _RULES.items():
        if rule in metrics:
            one = metrics[rule]
            accuracy = f"{one['accuracy']:.2%}{_between(one.get('accuracy_95'), '.2%')}"
            macro_f1 = f"{one['macro_f1']:.3f}{_between(one.get('macro_f1_95'), '.3f')}"
            lines.append(
                f"- By {what}: {accuracy} of {one['n']:,} images, macro-F1 {macro_f1}, "
                f"ECE {one['ece']:.3f}"
            )
    answered = (
        f"{abstention['kept']:.1%} are answered, of these {abstention['agreement']:.1%} agree"
    )
    lines += [
        f"- Mean shares are off by {metrics['shares']['mean_absolute_error']:.2%}",
        f"- Uncertain below a confidence of {abstention['abstain_below']}: {answered}",
    ]
    if "robustness" in metrics:
        mean = metrics["robustness"]["mean"]
        lines.append(f"- Under distortions: {mean['accuracy']:.2%} right on average")
    if "not_a_face" in metrics:
        unseen = metrics["not_a_face"]["kinds"]["held_out"]["total"]
        lines.append(f"- Of unknown kinds of non-faces {unseen['uncertain']:.1%} are uncertain")
    return lines


def _between(bounds: Sequence[float] | None, form: str) -> str:
    return f" ({bounds[0]:{form}} to {bounds[1]:{form}})" if bounds else ""


def spread(runs: Sequence[RunFolder]) -> dict[str, Any]:
    """Tells how far the seeds of one configuration lie apart, by the last epoch of each.

    Returns:
        `config` (its name), `seeds`, `epochs`, and under `figures` for each of `SPREAD_COLUMNS`
        the `mean`, the sample standard deviation `sd`, and `n`, the number of runs.

    Raises:
        RunError: fewer than two runs; or runs of other configurations (the number of threads
            aside), of the same seed, that ended after different epochs, or that lack one of the
            columns.
    """
    if len(runs) < 2:  # noqa: PLR2004 - one run has no spread
        raise RunError("A spread needs at least two runs")
    first, last_rows = runs[0], [_finished(run)[-1] for run in runs]
    seeds: list[int] = []
    for run, row in zip(runs, last_rows, strict=True):
        if _recipe(run) != _recipe(first):
            raise RunError(f"{run.path} is a run of another configuration than {first.path}")
        if row["epoch"] != last_rows[0]["epoch"]:
            raise RunError(
                f"{run.path} ended after epoch {row['epoch']}, {first.path} after "
                f"{last_rows[0]['epoch']}: let both finish"
            )
        seed = run.about()["seed"]
        if seed in seeds:
            raise RunError(f"{run.path} has the seed {seed} of {runs[seeds.index(seed)].path}")
        seeds.append(seed)
    return {
        "config": _settings(first)["name"],
        "seeds": seeds,
        "epochs": int(last_rows[0]["epoch"]),
        "figures": {column: _spread_of(column, runs, last_rows) for column in SPREAD_COLUMNS},
    }


def _spread_of(
    column: str, runs: Sequence[RunFolder], rows: Sequence[Mapping[str, str]]
) -> dict[str, float]:
    for run, row in zip(runs, rows, strict=True):
        if column not in row:
            raise RunError(f"{run.log_csv} has no column {column}")
    values = [float(row[column]) for row in rows]
    return {"mean": statistics.mean(values), "sd": statistics.stdev(values), "n": len(values)}


def spread_table(figures: Mapping[str, Any]) -> str:
    """Returns a spread as text for a terminal."""
    seeds = ", ".join(map(str, figures["seeds"]))
    lines = [
        f"{figures['config']}, seeds {seeds}, after epoch {figures['epochs']}",
        "",
        f"{'accuracy':18}{'mean':>8}{'sd':>8}{'n':>4}",
    ]
    lines += [
        f"{column:18}{one['mean']:8.2%}{one['sd']:8.2%}{one['n']:4}"
        for column, one in figures["figures"].items()
    ]
    return "\n".join(lines)
