import json
import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from contracts.expressions import LABELS
from model_training.distortions import DISTORTIONS
from model_training.errors import DataError
from model_training.faces import FaceSet
from model_training.robustness import robustness_figures, robustness_table
from model_training.targets import majority_rule
from tests.unit.model_training.conftest import silent


def _sure(expression: NDArray[np.int64]) -> NDArray[np.float32]:
    return np.eye(8, dtype=np.float32)[expression]


def _by_brightness(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Right on the clean faces of `make_faces`, and on whatever leaves their brightness alone."""
    steps = np.rint((images.mean(axis=(1, 2)) - 27) / 28).astype(np.int64)
    return _sure(np.clip(steps, 0, 7))


class RightOn:
    """A model that never looks: right on the given rows, wrong on all others."""

    def __init__(self, faces: FaceSet, rows: slice) -> None:
        labels = majority_rule(faces.votes).labels
        answers = (labels + 1) % 8
        answers[rows] = labels[rows]
        self._answers = _sure(answers)

    def __call__(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Returns the answers for all faces."""
        assert len(images) == len(self._answers)
        return self._answers


@pytest.fixture(scope="module")
def by_brightness(few_faces: FaceSet) -> dict[str, Any]:
    """Figures of a model that is sensitive to light alone."""
    return robustness_figures(_by_brightness, few_faces.part("public"), silent)


def test_what_a_model_does_not_look_at_costs_it_nothing(by_brightness: dict[str, Any]) -> None:
    """A model that looks at brightness alone loses nothing by tilting, and most in the dark."""
    found = by_brightness["distortions"]
    assert by_brightness["clean"] == {"accuracy": 1.0, "macro_f1": 1.0, "mean_confidence": 1.0}
    for name in ("rotated", "shifted", "scaled", "small face", "blur", "motion blur"):
        for figures in found[name]["strengths"].values():
            assert figures["accuracy"] == figures["accuracy_kept"] == 1.0
    dark = [figures["accuracy"] for figures in found["low light"]["strengths"].values()]
    assert dark == sorted(dark, reverse=True)
    assert dark[-1] <= 0.25


def test_the_mean_is_that_of_the_means(by_brightness: dict[str, Any]) -> None:
    """Distortions weigh alike, however many strengths they have."""
    means = []
    for one in DISTORTIONS:
        figures = by_brightness["distortions"][one.name]
        assert list(figures["strengths"]) == [f"{strength:g}" for strength in one.strengths]
        mean = np.mean([at["accuracy"] for at in figures["strengths"].values()])
        assert figures["mean"]["accuracy"] == pytest.approx(mean, abs=1e-4)
        means.append(mean)
    assert by_brightness["mean"]["accuracy"] == pytest.approx(np.mean(means), abs=1e-4)
    assert 0.3 < by_brightness["mean"]["accuracy"] < 0.95


def test_figures_survive_json(by_brightness: dict[str, Any]) -> None:
    """All of it is JSON without NaN."""
    assert json.loads(json.dumps(by_brightness, allow_nan=False)) == by_brightness


def test_accuracy_kept_is_relative_to_the_same_models_clean_one(few_faces: FaceSet) -> None:
    """Half right everywhere keeps everything; the clean accuracy is no yardstick of 1."""
    public = few_faces.part("public")
    figures = robustness_figures(RightOn(public, slice(0, 12)), public, silent)
    assert figures["clean"]["accuracy"] == 0.5
    assert figures["mean"] == {
        "accuracy": 0.5,
        "macro_f1": figures["clean"]["macro_f1"],
        "mean_confidence": 1.0,
        "accuracy_kept": 1.0,
    }
    never = robustness_figures(RightOn(public, slice(0, 0)), public, silent)
    assert never["mean"]["accuracy_kept"] is None


def test_only_images_of_the_majority_rule_count(few_faces: FaceSet) -> None:
    """Ambiguous images are neither shown nor counted."""
    votes = few_faces.votes.copy()
    votes[:6] = [5, 5, 0, 0, 0, 0, 0, 0, 0, 0]
    faces = FaceSet(few_faces.images, few_faces.usage, votes, few_faces.fer2013_label, "made")
    shown = []

    def predict(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        shown.append(len(images))
        return np.full((len(images), len(LABELS)), 0.125, dtype=np.float32)

    figures = robustness_figures(predict, faces, silent)
    assert figures["n"] == len(few_faces) - 6
    assert set(shown) == {figures["n"]}
    assert len(shown) == 1 + sum(len(one.strengths) for one in DISTORTIONS)
    assert figures["mean"]["mean_confidence"] == 0.125


def test_the_table_sets_a_baseline_beside_with_the_paired_difference(few_faces: FaceSet) -> None:
    """Of 24 images one model is right on 18, the other on the last 12: 25 points, paired."""
    public = few_faces.part("public")
    ours, baseline = RightOn(public, slice(0, 18)), RightOn(public, slice(12, 24))
    figures = robustness_figures(ours, public, silent, baseline)
    lines = robustness_table(figures).splitlines()
    # 12 images are won, 6 lost, 6 undecided.
    gains = np.array([1.0] * 12 + [-1.0] * 6 + [0.0] * 6)
    half = 100 * 1.96 * gains.std() / math.sqrt(24)
    expected = f"+25.00 ({25 - half:+.2f} to {25 + half:+.2f})"
    rows = {line[:21].rstrip(): line for line in lines[3:]}
    assert rows["clean"].split()[1] == "75.00%"
    for name in ("clean", f"{'blur':12}{'0.75':>9}", "mean"):
        assert "75.00%" in rows[name]
        assert "50.00%" in rows[name]
        assert rows[name].endswith(expected)
    assert len(rows) == 2 + sum(len(one.strengths) for one in DISTORTIONS)


def test_the_mean_row_pairs_images_over_all_distortions(few_faces: FaceSet) -> None:
    """The last row's difference is that of the two means."""
    public = few_faces.part("public")
    alone = robustness_figures(_by_brightness, public, silent)
    figures = robustness_figures(_by_brightness, public, silent, RightOn(public, slice(0, 6)))
    assert {key: figures[key] for key in alone} == alone
    won = figures["mean"]["accuracy"] - figures["baseline"]["mean"]["accuracy"]
    assert figures["gain"]["mean"]["points"] == pytest.approx(100 * won, abs=0.02)


def test_the_table_stands_alone_without_a_baseline(by_brightness: dict[str, Any]) -> None:
    """One row for clean faces, each strength and the mean; no word of a baseline."""
    text = robustness_table(by_brightness)
    assert len(text.splitlines()) == 3 + 2 + sum(len(one.strengths) for one in DISTORTIONS)
    assert "baseline" not in text


def test_a_part_without_judgeable_images_is_refused(few_faces: FaceSet) -> None:
    """There is nothing to say about no image."""
    nobody = few_faces.pick(np.zeros(len(few_faces), dtype=np.bool_))
    with pytest.raises(DataError, match="no image"):
        robustness_figures(_by_brightness, nobody, silent)
