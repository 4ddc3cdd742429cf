import json
import sys
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from model_training.errors import DataError
from model_training.faces import FaceSet
from model_training.metrics import wilson_interval
from model_training.not_a_face import (
    KINDS,
    lowest_threshold,
    not_a_face_figures,
    not_a_face_table,
    voted_not_a_face,
)
from model_training.patterns import HELD_OUT, TRAINED
from model_training.photographs import PHOTOGRAPHS
from tests.unit.model_training.conftest import silent


def _answers(top: NDArray[np.float64]) -> NDArray[np.float32]:
    answers = np.repeat(((1 - top) / 7)[:, None], 8, axis=1)
    answers[:, 3] = top
    return answers.astype(np.float32)


def _by_contrast(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Surer the more contrast there is: 0.125 to 1."""
    spread = images.std(axis=(1, 2)) / 128
    return _answers(0.125 + 0.875 * np.clip(spread, 0, 1))


class Knowing:
    """A model that is sure of the given pictures and of nothing else."""

    def __init__(self, known: NDArray[np.uint8], seen: list[NDArray[np.uint8]]) -> None:
        self._known = {one.tobytes() for one in known}
        self._seen = seen

    def __call__(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Returns 0.9 for what is known, 0.3 for the rest."""
        self._seen.append(images)
        known = np.array([one.tobytes() in self._known for one in images])
        return _answers(np.where(known, 0.9, 0.3))


@pytest.fixture(scope="module")
def with_no_faces(few_faces: FaceSet) -> FaceSet:
    """The few faces, of which the last three were voted to be none."""
    votes = few_faces.votes.copy()
    votes[-3:] = [0, 0, 0, 0, 0, 0, 0, 0, 2, 8]
    return FaceSet(few_faces.images, few_faces.usage, votes, few_faces.fer2013_label, "made")


@pytest.fixture(scope="module")
def by_contrast(with_no_faces: FaceSet) -> dict[str, Any]:
    """Figures of a model that is sure of contrast."""
    return not_a_face_figures(_by_contrast, with_no_faces, 0.3, silent, per_family=20)


def test_a_perfect_model_is_unsure_of_all_but_faces(with_no_faces: FaceSet) -> None:
    """Everything that is no face ends as uncertain, no face does, and 0.31 is enough for it."""
    seen: list[NDArray[np.uint8]] = []
    real = with_no_faces.images[:-3]
    figures = not_a_face_figures(Knowing(real, seen), with_no_faces, 0.5, silent, per_family=5)
    assert figures["faces"] == {"n": len(real), "kept": 1.0}
    assert figures["total"]["uncertain"] == 1.0
    assert figures["total"]["mean_confidence"] == pytest.approx(0.3, abs=1e-3)
    for kind in ("all", "held_out"):
        assert figures["thresholds"][kind] == {"threshold": 0.31, kind: 1.0, "faces_kept": 1.0}
    np.testing.assert_array_equal(seen[0], real)
    drawn = np.concatenate(seen[1:])
    assert len(drawn) == figures["total"]["n"]
    again: list[NDArray[np.uint8]] = []
    not_a_face_figures(Knowing(real, again), with_no_faces, 0.5, silent, per_family=5)
    np.testing.assert_array_equal(drawn, np.concatenate(again[1:]))


def test_a_model_that_is_always_sure_never_abstains(few_faces: FaceSet) -> None:
    """No threshold helps; that is said as None, and in words."""
    figures = not_a_face_figures(
        lambda images: _answers(np.ones(len(images))), few_faces, 0.9, silent, per_family=5
    )
    assert figures["total"]["uncertain"] == 0.0
    assert figures["thresholds"] == {"all": None, "held_out": None}
    assert "95% of all uncertain: at no threshold up to 0.99" in not_a_face_table(figures)


def test_every_family_is_shown_and_counted(by_contrast: dict[str, Any]) -> None:
    """Families, shuffled faces, photographs and voted pictures, each with its own n."""
    kinds = by_contrast["kinds"]
    assert kinds.keys() == KINDS.keys()
    assert kinds["trained"]["families"].keys() == {*TRAINED, "shuffled"}
    assert kinds["held_out"]["families"].keys() == {*HELD_OUT, "phase_shuffled"}
    assert kinds["photographed"]["families"].keys() == set(PHOTOGRAPHS)
    assert kinds["ferplus"]["families"]["voted_not_a_face"]["n"] == 3
    for kind in ("trained", "held_out", "photographed"):
        families = kinds[kind]["families"].values()
        assert {one["n"] for one in families} == {20}
        assert kinds[kind]["total"]["n"] == 20 * len(families)
    assert by_contrast["total"]["n"] == sum(kind["total"]["n"] for kind in kinds.values())
    assert by_contrast["skipped"] == []


def test_totals_pool_pictures(by_contrast: dict[str, Any]) -> None:
    """A total is the mean of its families weighted by n, with the interval of its own n."""
    for kind in by_contrast["kinds"].values():
        families, total = list(kind["families"].values()), kind["total"]
        weights = [one["n"] for one in families]
        for key in ("uncertain", "mean_confidence"):
            mean = np.average([one[key] for one in families], weights=weights)
            assert total[key] == pytest.approx(mean, abs=1e-4)
        interval = wilson_interval(round(total["uncertain"] * total["n"]), total["n"])
        assert total["uncertain_95"] == pytest.approx(interval, abs=1e-4)
    assert 0.1 < by_contrast["total"]["uncertain"] < 0.9


def test_the_curve_runs_through_the_figures(by_contrast: dict[str, Any]) -> None:
    """More is uncertain and fewer faces are kept the higher the threshold; 0.3 is the total."""
    curve = by_contrast["curve"]
    assert [point["threshold"] for point in curve] == [step / 100 for step in range(100)]
    for kind in (*KINDS, "all"):
        assert (np.diff([point[kind] for point in curve]) >= 0).all()
    assert (np.diff([point["faces_kept"] for point in curve]) <= 0).all()
    at = curve[30]
    assert at["all"] == pytest.approx(by_contrast["total"]["uncertain"], abs=1e-4)
    assert at["faces_kept"] == pytest.approx(by_contrast["faces"]["kept"], abs=1e-4)
    for kind, found in by_contrast["kinds"].items():
        assert at[kind] == pytest.approx(found["total"]["uncertain"], abs=1e-4)


def test_figures_survive_json_and_are_told(by_contrast: dict[str, Any]) -> None:
    """JSON without NaN; every family and kind has its line."""
    assert json.loads(json.dumps(by_contrast, allow_nan=False)) == by_contrast
    first_words = {line.split()[0] for line in not_a_face_table(by_contrast).splitlines() if line}
    assert first_words >= {*KINDS, *TRAINED, *HELD_OUT, *PHOTOGRAPHS, "all"}


def test_what_cannot_be_shown_is_none_and_said(
    few_faces: FaceSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without scikit-image and without voted pictures there are shares of nothing."""
    monkeypatch.setitem(sys.modules, "skimage.data", None)
    figures = not_a_face_figures(_by_contrast, few_faces, 0.3, silent, per_family=5)
    for kind in ("photographed", "ferplus"):
        total = figures["kinds"][kind]["total"]
        assert total == {
            "n": 0,
            "uncertain": None,
            "uncertain_95": [0.0, 1.0],
            "mean_confidence": None,
        }
        assert {point[kind] for point in figures["curve"]} == {None}
    json.dumps(figures, allow_nan=False)
    assert "left out: photographs: scikit-image is not installed" in not_a_face_table(figures)


def test_the_lowest_threshold_is_the_first_that_reaches_the_target() -> None:
    """Exactly the target is enough; a kind without pictures has none."""
    curve = [
        {"threshold": 0.1, "all": 0.2, "none": None, "faces_kept": 1.0},
        {"threshold": 0.2, "all": 0.6, "none": None, "faces_kept": 0.9},
        {"threshold": 0.3, "all": 0.7, "none": None, "faces_kept": 0.8},
    ]
    assert lowest_threshold(curve, "all", 0.6) == {
        "threshold": 0.2,
        "all": 0.6,
        "faces_kept": 0.9,
    }
    assert lowest_threshold(curve, "all", 0.71) is None
    assert lowest_threshold(curve, "none", 0.1) is None


@pytest.mark.parametrize(
    ("row", "none"),
    [
        ([0, 0, 0, 0, 0, 0, 0, 0, 0, 10], True),
        ([2, 2, 0, 0, 0, 0, 0, 0, 0, 5], True),
        ([5, 0, 0, 0, 0, 0, 0, 0, 0, 5], False),  # half is no majority
        ([1, 1, 1, 1, 1, 1, 0, 0, 0, 4], True),  # single votes do not count
        ([9, 0, 0, 0, 0, 0, 0, 0, 0, 1], False),
        ([0, 0, 0, 0, 0, 0, 0, 0, 10, 0], False),
        ([0] * 10, False),
    ],
)
def test_no_face_is_what_most_votes_call_so(row: list[int], none: bool) -> None:  # noqa: FBT001 - a table's column
    """More than half of the votes that count."""
    assert voted_not_a_face(np.array([row], dtype=np.uint8)).tolist() == [none]


def test_a_part_without_faces_is_refused(few_faces: FaceSet) -> None:
    """There is nothing to shuffle and no face to keep."""
    nobody = few_faces.pick(np.zeros(len(few_faces), dtype=np.bool_))
    with pytest.raises(DataError, match="no image"):
        not_a_face_figures(_by_contrast, nobody, 0.3, silent)
