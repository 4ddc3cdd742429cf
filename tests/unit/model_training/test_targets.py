from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from model_training.faces import UNKNOWN_FER2013_LABEL
from model_training.read_npz import read_npz
from model_training.targets import (
    argmax_rule,
    majority_rule,
    no_idea,
    original_labels,
    people_targets,
    vote_shares,
)
from tests.unit.model_training.conftest import make_faces

vote_rows = st.lists(st.integers(0, 10), min_size=10, max_size=10)


def _votes(*rows: list[int]) -> NDArray[np.uint8]:
    return np.array(rows, dtype=np.uint8)


def _majority_by_the_book(row: list[int]) -> int | None:
    """Steps 1 to 4 of the published rule, one image at a time."""
    counted = [0 if votes == 1 else votes for votes in row]
    winner = counted.index(max(counted))
    if not max(counted) > 0.5 * sum(counted):
        return None
    return winner if winner < 8 else None


@pytest.mark.parametrize(
    ("row", "label"),
    [
        ([6, 4, 0, 0, 0, 0, 0, 0, 0, 0], 0),
        ([5, 5, 0, 0, 0, 0, 0, 0, 0, 0], None),  # exactly half is no majority
        ([0, 0, 5, 1, 1, 1, 1, 1, 0, 0], 2),  # single votes do not count
        ([3, 0, 0, 3, 0, 0, 2, 2, 0, 0], None),
        ([2, 0, 0, 0, 0, 0, 0, 0, 8, 0], None),  # unknown won
        ([0, 0, 0, 0, 0, 0, 0, 0, 0, 10], None),  # not a face won
        ([1, 1, 1, 1, 1, 1, 1, 1, 1, 1], None),  # nothing is left
        ([0, 0, 0, 0, 0, 0, 0, 9, 1, 0], 7),
    ],
)
def test_majority_rule_keeps_only_clear_expressions(row: list[int], label: int | None) -> None:
    """An image is kept when an expression has more than half of the votes that count."""
    judged = majority_rule(_votes(row))
    assert judged.kept.tolist() == [label is not None]
    assert judged.labels.tolist() == ([] if label is None else [label])


@given(st.lists(vote_rows, min_size=1, max_size=20))
def test_majority_rule_equals_the_published_steps(rows: list[list[int]]) -> None:
    """The vectorised rule gives what the steps give image by image."""
    judged = majority_rule(_votes(*rows))
    expected = [_majority_by_the_book(row) for row in rows]
    assert judged.kept.tolist() == [label is not None for label in expected]
    assert judged.labels.tolist() == [label for label in expected if label is not None]


@given(st.lists(vote_rows, min_size=1, max_size=20))
def test_vote_shares_are_distributions(rows: list[list[int]]) -> None:
    """Whatever the votes, each row of targets is non-negative and sums to one."""
    shares = vote_shares(_votes(*rows))
    assert shares.shape == (len(rows), 8)
    assert (shares >= 0).all()
    np.testing.assert_allclose(shares.sum(axis=1), 1.0, rtol=1e-5)


def test_vote_shares_leave_out_single_votes() -> None:
    """A lone vote counts as a slip."""
    shares = vote_shares(_votes([6, 3, 1, 0, 0, 0, 0, 0, 0, 0]))
    np.testing.assert_allclose(shares[0, :3], [6 / 9, 3 / 9, 0.0], rtol=1e-6)


def test_vote_shares_spread_unknown_evenly() -> None:
    """Where people could not tell, the target says so."""
    shares = vote_shares(_votes([2, 0, 0, 0, 0, 0, 0, 0, 4, 4]))
    np.testing.assert_allclose(shares[0], [0.3] + [0.1] * 7, rtol=1e-6)


def test_argmax_rule_takes_the_first_of_equals_and_drops_only_empty_rows() -> None:
    """Ties go to the first expression; unknown votes are not looked at."""
    judged = argmax_rule(
        _votes([0, 3, 0, 3, 0, 0, 0, 0, 4, 0], [0, 0, 0, 0, 0, 0, 0, 0, 5, 5], [0] * 7 + [1, 9, 0])
    )
    assert judged.kept.tolist() == [True, False, True]
    assert judged.labels.tolist() == [1, 7]


@pytest.mark.parametrize(
    ("part", "majority", "argmax"), [("training", 25060, 28559), ("public", 3199, 3579)]
)
def test_rules_keep_the_published_numbers_of_images(
    shared_data: Path, part: str, majority: int, argmax: int
) -> None:
    """The sample counts are those that Microsoft's own code gives on this file."""
    faces = read_npz(shared_data / "fer2013plus.npz")
    chosen = faces.part("training" if part == "training" else "public")
    assert majority_rule(chosen.votes).kept.sum() == majority
    assert argmax_rule(chosen.votes).kept.sum() == argmax


def test_people_say_votes_and_the_original_label() -> None:
    """An unknown original label becomes a row that weighs nothing."""
    faces = make_faces(16, 0)
    faces.fer2013_label[3] = UNKNOWN_FER2013_LABEL
    targets = people_targets(faces)
    np.testing.assert_allclose(targets.expression, vote_shares(faces.votes))
    assert targets.fer2013[3].tolist() == [0.0] * 7
    known = np.arange(16) != 3
    assert (targets.fer2013[known].argmax(axis=1) == faces.fer2013_label[known]).all()
    assert targets.fer2013.sum() == 15
    assert original_labels(faces.fer2013_label).kept.tolist() == known.tolist()


def test_targets_mix_image_by_image_and_stand_behind_each_other() -> None:
    """A quarter of the teachers is a quarter of each row; patterns come last and know nothing."""
    people, teachers = people_targets(make_faces(16, 0)), no_idea(16)
    mixed = people.mixed_with(teachers, 0.25)
    np.testing.assert_allclose(mixed.expression, 0.75 * people.expression + 0.25 / 8, rtol=1e-6)
    np.testing.assert_array_equal(mixed.fer2013, people.fer2013)
    doubted = people.mixed_with(people_targets(make_faces(16, 0, seed=4)), 0.25)
    np.testing.assert_allclose(doubted.fer2013.sum(axis=1), 1.0, rtol=1e-6)
    both = mixed.followed_by(no_idea(2))
    assert both.expression.shape == (18, 8)
    assert both.expression[-2:].tolist() == [[0.125] * 8] * 2
    assert both.fer2013[-2:].tolist() == [[0.0] * 7] * 2
