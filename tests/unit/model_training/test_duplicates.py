import json
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from model_training.duplicates import (
    NEAR,
    accuracy_of,
    accuracy_without_twins,
    alike,
    duplicate_audit,
    duplicates_table,
    near_pairs,
    perceptual_hashes,
    without_twins,
)
from model_training.errors import ModelTrainingError
from model_training.faces import UNKNOWN_FER2013_LABEL, FaceSet
from tests.unit.model_training.conftest import make_faces, silent


@pytest.fixture(scope="module", autouse=True)
def _hashing() -> None:
    pytest.importorskip("imagehash", reason="ImageHash is not installed")


@pytest.fixture
def twins() -> FaceSet:
    """Ten Training and six PublicTest images of noise.

    Public 0 has the bytes of Training 3, Public 1 is Training 4 with one pixel a little brighter;
    Training 5 is Training 6; Public 2 is Public 3.
    """
    faces = make_faces(10, 6)
    images = np.random.default_rng(8).integers(0, 256, faces.images.shape, dtype=np.uint8)
    images[5], images[12] = images[6], images[13]
    images[10], images[11] = images[3], images[4]
    images[11, 20, 20] ^= 8
    return replace(faces, images=images)


@given(st.integers(0, 2**32 - 1), st.integers(0, 40), st.integers(0, 30))
@example(seed=3, distance=20, rows=600)
def test_near_pairs_are_those_of_a_plain_comparison(seed: int, distance: int, rows: int) -> None:
    """All pairs within the limit with their distance, none twice, in one chunk or two."""
    hashes = np.random.default_rng(seed).random((rows, 64)) < 0.5
    bits = (hashes[:, None] != hashes[None]).sum(axis=2)
    first, second = np.nonzero(np.triu(bits <= distance, k=1))
    expected = {(int(i), int(j), int(bits[i, j])) for i, j in zip(first, second, strict=True)}
    found = near_pairs(hashes, distance)
    assert len(found) == len(expected)
    assert {(i, j, apart) for i, j, apart in found.tolist()} == expected


def test_a_hash_stays_through_light_and_changes_with_the_picture() -> None:
    """Dimmed by a third a picture keeps its hash nearly; another one is far off."""
    rng = np.random.default_rng(1)
    coarse = rng.integers(0, 256, (2, 6, 6)).repeat(8, axis=1).repeat(8, axis=2)
    one, other = coarse.astype(np.uint8)
    dimmed = (one * 0.67 + 10).astype(np.uint8)
    hashes = perceptual_hashes(np.stack([one, dimmed, other]), silent)
    assert hashes.shape == (3, 64)
    assert (hashes[0] != hashes[1]).sum() <= NEAR
    assert (hashes[0] != hashes[2]).sum() > 16


def test_the_audit_counts_twins_where_they_are(twins: FaceSet) -> None:
    """Pairs, images and differing labels, within the parts and across."""
    figures = duplicate_audit(twins, alike(twins, silent))
    exact, near = figures["exact"], figures["near"]
    assert [exact[where]["pairs"] for where in ("training", "public", "across")] == [1, 1, 1]
    assert [near[where]["pairs"] for where in ("training", "public", "across")] == [1, 1, 2]
    assert exact["training"]["twins"] == {"training": 2, "public": 0}
    assert near["across"]["twins"] == {"training": 2, "public": 2}
    # Images take the eight expressions in turn, so that rows 3 and 10, and 4 and 11, differ.
    assert near["across"]["labels"]["majority"] == {"n": 2, "differ": 2}
    assert figures["by_distance"]["6"] == {"pairs": 4, "public_with_twin_in_training": 2}
    assert json.loads(json.dumps(figures)) == figures


def test_pairs_without_both_labels_are_not_compared(twins: FaceSet) -> None:
    """An unknown original label, or an image no rule keeps, leaves the pair out of n."""
    twins.fer2013_label[3] = UNKNOWN_FER2013_LABEL
    twins.votes[3], twins.votes[11] = 0, twins.votes[4]
    labels = duplicate_audit(twins, alike(twins, silent))["near"]["across"]["labels"]
    assert labels["fer2013"]["n"] == 1
    assert labels["majority"] == {"n": 1, "differ": 0}
    assert labels["argmax"] == {"n": 1, "differ": 0}


def test_without_twins_looks_at_training_only(twins: FaceSet) -> None:
    """Two public images that are alike stay; those that Training has go."""
    pairs = alike(twins, silent)
    assert without_twins(twins, pairs, "public").tolist() == [False, False, *[True] * 4]
    in_training = np.flatnonzero(~without_twins(twins, pairs, "training"))
    assert in_training.tolist() == [5, 6]


def test_accuracy_without_twins_splits_the_judged_images(twins: FaceSet) -> None:
    """Answers right but for one twin: images with and without twins add up to all."""
    public = twins.part("public")
    answers = np.eye(8, dtype=np.float32)[public.votes[:, :8].argmax(axis=1)]
    answers[0] = np.roll(answers[0], 1)
    mask = np.array([False, False, True, True, True, True])
    majority = accuracy_without_twins(answers, public, mask)["majority"]
    assert (majority["all"]["n"], majority["all"]["accuracy"]) == (6, 5 / 6)
    assert (majority["without_twins"]["n"], majority["without_twins"]["accuracy"]) == (4, 1.0)
    assert (majority["twins"]["n"], majority["twins"]["accuracy"]) == (2, 0.5)


def test_no_image_has_no_accuracy() -> None:
    """Nothing to judge is no 0 %."""
    assert accuracy_of(np.zeros(0, dtype=np.bool_)) == {
        "n": 0,
        "accuracy": None,
        "accuracy_95": [0.0, 1.0],
    }


def test_the_table_says_what_the_figures_say(twins: FaceSet) -> None:
    """Numbers of the audit, with the share of PublicTest, and of an accuracy beside it."""
    figures = duplicate_audit(twins, alike(twins, silent))
    assert "accuracy" not in duplicates_table(figures)
    public = twins.part("public")
    answers = np.eye(8, dtype=np.float32)[public.votes[:, :8].argmax(axis=1)]
    figures["accuracy"] = accuracy_without_twins(answers, public, np.ones(6, dtype=np.bool_))
    table = duplicates_table(figures)
    assert "majority, without twins    6 100.00%" in table
    assert "argmax, twins              0      -" in table
    assert "10 images of Training, 6 of PublicTest" in table
    assert "2 (33.3%)" in table
    across = next(line for line in table.splitlines() if "across" in line and "2/2" in line)
    assert across.split()[1:4] == ["2", "2", "2"]


def test_without_imagehash_the_message_says_what_to_install(
    twins: FaceSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One plain error, with the command."""
    monkeypatch.setitem(sys.modules, "imagehash", None)
    with pytest.raises(ModelTrainingError, match="pip install -r model_training/requirements"):
        alike(twins, silent)
