import json
import math
import shutil
from pathlib import Path
from typing import Any

import pytest

from model_training import pictures
from model_training.errors import DataError, RunError
from model_training.report import (
    draw_figures,
    main_figures,
    spread,
    spread_table,
    write_report,
)
from model_training.run_folder import RunFolder
from tests.unit.model_training.made_figures import (
    ABSTENTION,
    NOT_FACES,
    SHARES,
    judged,
    robustness,
    size,
)

_ABOUT: dict[str, Any] = {
    "data": "faces.npz",
    "fitted_part": "training",
    "fitted_images": 28561,
    "git_commit": "0123abc",
}
_MAJORITY = (0.5, 0.9, 0.8)


def _run(folder: Path, seed: int = 1, majority: tuple[float, ...] = _MAJORITY) -> RunFolder:
    """A run of four planned epochs, with a log row for each accuracy."""
    folder.mkdir()
    config = folder.with_suffix(".toml")
    config.write_text('name = "made"\n[training]\nepochs = 4\n', encoding="utf-8")
    run = RunFolder(folder)
    run.start(config, _ABOUT | {"seed": seed})
    for epoch, accuracy in enumerate(majority, start=1):
        run.append_log(
            {
                "epoch": epoch,
                "loss": 2 / epoch,
                "seconds": 600.0,
                "public_majority": accuracy,
                "public_argmax": accuracy - 0.1,
                "public_fer2013": accuracy - 0.2,
            }
        )
    return run


def _description() -> dict[str, Any]:
    return {
        "version": "2.0.0+89abcdef",
        "metrics": {
            "data": {"source": "faces.npz", "part": "public", "images": 400},
            "majority": judged(),
            "argmax": judged(3),
            "shares": SHARES,
        },
        "abstention": ABSTENTION,
        "trained": {"config": {"name": "made"}, "seed": 1},
    }


def test_a_run_that_was_not_exported_has_its_curves_and_its_words(tmp_path: Path) -> None:
    """The page says how the run was made, its last epoch, and that the best one chose nothing."""
    run = _run(tmp_path / "run", seed=5)
    written = write_report(run, {}, tmp_path / "report")
    assert [path.name for path in written] == ["curves.png", "report.md"]
    assert all(path.is_file() for path in written)
    page = written[-1].read_text(encoding="utf-8").splitlines()
    assert page[0] == "# Run of made, seed 5"
    for line in (
        "- Git commit: 0123abc",
        "- Fitted on: faces.npz, part training, 28,561 images",
        "- Epochs: 3 of 4",
        "- Minutes: 30.0",
        "- public_majority: 0.8",
    ):
        assert line in page
    (best,) = [line for line in page if line.startswith("Best by")]
    assert best.startswith("Best by public_majority was epoch 2 with 0.9.")
    assert "the last epoch is kept" in best


def test_the_page_of_an_exported_run_shows_every_picture_it_wrote(tmp_path: Path) -> None:
    """Whatever the description has figures for is drawn, shown once, and told with intervals."""
    description = _description()
    written = write_report(_run(tmp_path / "run"), description, tmp_path / "report")
    *drawn, report = written
    names = ["curves", "confusion", "reliability", "coverage", "shares"]
    assert [path.name for path in drawn] == [f"{name}.png" for name in names]
    page = report.read_text(encoding="utf-8")
    assert [page.count(f"]({path.name})") for path in drawn] == [1] * len(drawn)
    assert "## Exported as 2.0.0+89abcdef" in page
    one = description["metrics"]["majority"]
    (low, high), (f1_low, f1_high) = one["accuracy_95"], one["macro_f1_95"]
    assert (
        f"- By majority rule: {one['accuracy']:.2%} ({low:.2%} to {high:.2%}) of 400 images, "
        f"macro-F1 {one['macro_f1']:.3f} ({f1_low:.3f} to {f1_high:.3f}), ECE {one['ece']:.3f}"
    ) in page
    assert "- By argmax rule: " in page
    assert "0.4: 90.0% are answered, of these 85.0% agree" in page
    assert "distortions" not in page


def test_the_page_tells_what_distortions_and_non_faces_give() -> None:
    """One line each, where the description has them."""
    description = _description()
    description["metrics"]["robustness"] = robustness()
    description["metrics"]["not_a_face"] = {
        "curve": [{"threshold": 0.4, "held_out": 0.7}],
        "kinds": {"held_out": {"total": {"uncertain": 0.7}}},
    }
    lines = main_figures(description)
    assert "- Under distortions: 70.00% right on average" in lines
    assert "- Of unknown kinds of non-faces 70.0% are uncertain" in lines


def test_a_description_of_another_run_is_refused(tmp_path: Path) -> None:
    """Figures of one seed do not stand under the curves of another."""
    with pytest.raises(RunError, match="is a run of made, seed 2; the description is of made, se"):
        write_report(_run(tmp_path / "run", seed=2), _description(), tmp_path / "report")


def test_a_run_without_an_epoch_has_no_report(tmp_path: Path) -> None:
    """There is nothing to say yet, and the message says so."""
    with pytest.raises(RunError, match="no finished epoch yet"):
        write_report(_run(tmp_path / "run", majority=()), {}, tmp_path / "report")
    with pytest.raises(RunError, match="holds no training run"):
        write_report(RunFolder(tmp_path / "nothing"), {}, tmp_path / "report")


def test_an_evaluation_is_drawn_as_a_description_is(tmp_path: Path) -> None:
    """Figures of a judged file stand at the top; what was not measured is not drawn."""
    figures = {"majority": judged(), "abstention": None}
    drawn = draw_figures(figures, tmp_path / "new" / "folder")
    assert [path.name for path in drawn] == ["confusion.png", "reliability.png"]
    assert all(path.is_file() for path in drawn)


def test_figures_from_before_there_were_bins_and_gaps_are_drawn_without(tmp_path: Path) -> None:
    """An older description has fewer pictures, not an error."""
    old = _description()
    for rule in ("majority", "argmax"):
        for key in ("reliability", "macro_f1_95"):
            del old["metrics"][rule][key]
    old["metrics"]["shares"] = {key: SHARES[key] for key in SHARES if key != "gap_95"}
    written = write_report(_run(tmp_path / "run"), old, tmp_path / "report")
    names = ["curves.png", "confusion.png", "coverage.png", "report.md"]
    assert [path.name for path in written] == names


def test_what_other_commands_measured_is_drawn_too(tmp_path: Path) -> None:
    """Robustness beside its baseline, and sizes with the chosen one among them."""
    points = [size("tiny", 0.1, 0.8), size("made", 0.3, 0.86)]
    figures: dict[str, Any] = {
        "metrics": {"robustness": robustness() | {"baseline": robustness(0.2)}},
        "sizes": {"points": points, "chosen": "made"},
    }
    assert [path.name for path in draw_figures(figures, tmp_path)] == [
        "robustness.png",
        "sizes.png",
    ]
    expected = tmp_path / "expected.png"
    pictures.robustness(robustness(), robustness(0.2), expected)
    assert (tmp_path / "robustness.png").read_bytes() == expected.read_bytes()
    figures["metrics"]["robustness"]["baseline"]["distortions"].pop("noise")
    with pytest.raises(DataError, match="other distortions"):
        draw_figures(figures, tmp_path)


def test_non_faces_stand_below_the_coverage_where_they_were_measured(tmp_path: Path) -> None:
    """The kinds that training never sees are drawn, not those it does."""
    curve = [
        {"threshold": one["threshold"], "held_out": one["uncertain"], "trained": 1.0}
        for one in NOT_FACES
    ]
    draw_figures({"abstention": ABSTENTION, "not_a_face": {"curve": curve}}, tmp_path)
    expected = tmp_path / "expected.png"
    pictures.coverage(ABSTENTION, expected, NOT_FACES)
    assert (tmp_path / "coverage.png").read_bytes() == expected.read_bytes()


def test_the_spread_is_that_of_the_last_epochs(tmp_path: Path) -> None:
    """Mean and sample standard deviation over three seeds, counted by hand."""
    runs = [
        _run(tmp_path / f"run{seed}", seed, (0.1 * seed, accuracy))
        for seed, accuracy in ((1, 0.80), (2, 0.82), (3, 0.87))
    ]
    figures = spread(runs)
    assert (figures["config"], figures["seeds"], figures["epochs"]) == ("made", [1, 2, 3], 2)
    sd = math.sqrt((0.03**2 + 0.01**2 + 0.04**2) / 2)
    for column, mean in (("majority", 0.83), ("argmax", 0.73), ("fer2013", 0.63)):
        assert figures["figures"][f"public_{column}"] == pytest.approx(
            {"mean": mean, "sd": sd, "n": 3}
        )
    assert json.loads(json.dumps(figures)) == figures
    lines = spread_table(figures).splitlines()
    assert lines[0] == "made, seeds 1, 2, 3, after epoch 2"
    assert lines[3].split() == ["public_majority", "83.00%", "3.61%", "3"]


def test_a_spread_does_not_ask_on_how_many_threads_a_seed_was_trained(tmp_path: Path) -> None:
    """Two machines may share the seeds of one recipe."""
    runs = [_run(tmp_path / f"run{seed}", seed) for seed in (1, 2)]
    for threads, run in enumerate(runs, start=1):
        text = run.config.read_text(encoding="utf-8")
        run.config.write_text(f"threads = {threads}\n{text}", encoding="utf-8")
    assert spread(runs)["seeds"] == [1, 2]


def test_a_spread_needs_runs_that_differ_by_the_seed_alone(tmp_path: Path) -> None:
    """One run, a seed twice, another configuration or another length: each is refused by name."""
    first = _run(tmp_path / "first", 1)
    with pytest.raises(RunError, match="at least two runs"):
        spread([first])
    shutil.copytree(first.path, tmp_path / "copy")
    with pytest.raises(RunError, match=r"copy has the seed 1 of .*first"):
        spread([first, RunFolder(tmp_path / "copy")])
    shorter = _run(tmp_path / "shorter", 2, _MAJORITY[:2])
    with pytest.raises(RunError, match=r"shorter ended after epoch 2, .*first after 3"):
        spread([first, shorter])
    other = _run(tmp_path / "other", 3)
    with other.config.open("a", encoding="utf-8") as file:
        file.write("batch = 64\n")
    with pytest.raises(RunError, match=r"other is a run of another configuration than .*first"):
        spread([first, other])


def test_a_log_without_the_watched_part_gives_no_spread(tmp_path: Path) -> None:
    """The message names the log and the column."""
    runs = [_run(tmp_path / "first", 1), _run(tmp_path / "second", 2)]
    log = runs[1].log_csv
    log.write_text(log.read_text("utf-8").replace("public_argmax", "argmax"), encoding="utf-8")
    with pytest.raises(RunError, match=r"second/log\.csv has no column public_argmax"):
        spread(runs)
