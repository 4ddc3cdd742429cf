"""The gallery film's script: who is where when, and the truth file."""

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workload.choreography import Pose, choreograph, truth_of
from workload.errors import WorkloadError
from workload.gallery import PORTRAIT_FRAME

seeds = st.integers(min_value=0, max_value=2**31)
lengths = st.floats(min_value=43, max_value=90)

few = settings(max_examples=15)
"""Each example walks through a whole film."""


def truth(seconds: float, seed: int) -> dict[str, Any]:
    """The truth file's content."""
    return truth_of(choreograph(seconds, seed), 12.0)


@few
@given(seconds=lengths, seed=seeds)
def test_five_visits_at_different_sizes(seconds: float, seed: int) -> None:
    """Every seed and length tells the same story: five visits of visitors near and far."""
    found = truth(seconds, seed)
    assert found["visits"] == len(found["people"]) == 5
    assert len({p["size_px"] for p in found["people"]}) >= 3
    assert all(p["leave_s"] - p["enter_s"] > 2 for p in found["people"])


@few
@given(seconds=lengths, seed=seeds)
def test_nobody_is_there_for_nine_seconds_in_the_middle(seconds: float, seed: int) -> None:
    """The one empty span is long enough to kill and restart a camera process in it."""
    found = truth(seconds, seed)
    ((start, end),) = found["empty"]
    assert end - start >= 9
    assert all(p["leave_s"] < start or p["enter_s"] > end for p in found["people"])


@few
@given(seed=seeds)
def test_somebody_is_covered_only_briefly(seed: int) -> None:
    """A face that another visitor or the pillar covers is back within a second and a half."""
    hidden = [span for p in truth(44.0, seed)["people"] for span in p["hidden"]]
    assert len(hidden) >= 2
    assert all(end - start < 1.5 for start, end in hidden)


def test_one_visitor_leaves_and_comes_back_after_five_seconds() -> None:
    """The last two visits are the same person, more than five seconds apart."""
    first, second = truth(44.0, 7)["people"][-2:]
    assert first["who"] == second["who"]
    assert second["enter_s"] - first["leave_s"] > 5


@few
@given(seed=seeds)
def test_two_visitors_pass_each_other(seed: int) -> None:
    """Once, the far visitor goes from the left of the near one to the right."""
    choreography = choreograph(44.0, seed)
    far_is_left = []
    for i in range(44 * 12):
        poses = [p for _, p, _ in choreography.visible(i / 12)]
        if i / 12 < 18 and len(poses) == 2:
            far_is_left.append(poses[0].x < poses[1].x)
    assert [side for side, _ in itertools.groupby(far_is_left)] == [True, False]


@few
@given(seconds=lengths, seed=seeds)
def test_nobody_passes_in_front_of_the_wall_portrait(seconds: float, seed: int) -> None:
    """No head, hat included, reaches the frame."""
    choreography = choreograph(seconds, seed)
    left, _, right, bottom = PORTRAIT_FRAME
    for i in range(int(seconds * 12)):
        for _, pose in choreography.poses(i / 12):
            beside = pose.x + pose.size_px < left or pose.x - pose.size_px > right
            assert beside or top_of_hat(pose) > bottom


def top_of_hat(pose: Pose) -> float:
    """The upper end of the taller of the two, px."""
    return pose.y - 1.22 * pose.size_px


@few
@given(seed=seeds)
def test_standing_visitors_sway(seed: int) -> None:
    """Nobody who stands is as still as a portrait: within two seconds a face moves visibly."""
    choreography = choreograph(44.0, seed)
    for moment in (6.0, 12.5, 30.5):
        for walker, _, covered in choreography.visible(moment):
            spots = [walker.pose(moment + k / 12, moment + k / 12) for k in range(24)]
            xs = [p.x for p in spots if p is not None]
            assert covered or max(xs) - min(xs) >= 0.02 * walker.size_px


@few
@given(seed=seeds)
def test_paths_are_smooth(seed: int) -> None:
    """From one frame to the next a face moves by less than a third of its width."""
    choreography = choreograph(44.0, seed)
    for walker in choreography.walkers:
        poses = [walker.pose(i / 12, i / 12) for i in range(44 * 12)]
        for before, after in itertools.pairwise(poses):
            if before and after and before.in_view:
                assert abs(after.x - before.x) < walker.size_px / 3


def test_a_longer_film_waits_while_everybody_stands() -> None:
    """Asking for more seconds changes standing times, not the order of events."""
    short, long = truth(43.0, 7), truth(63.0, 7)
    assert [p["who"] for p in short["people"]] == [p["who"] for p in long["people"]]
    assert long["duration_s"] == 63.0
    assert long["people"][0]["leave_s"] == pytest.approx(
        short["people"][0]["leave_s"] + 10, abs=0.1
    )


@pytest.mark.parametrize("seconds", [0.0, 42.9, 601.0, float("nan")])
def test_impossible_lengths_are_refused(seconds: float) -> None:
    """The error says which lengths are possible."""
    with pytest.raises(WorkloadError, match="43 to 600 seconds"):
        choreograph(seconds, 7)
