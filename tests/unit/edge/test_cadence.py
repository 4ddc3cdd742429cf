"""The detector's cadence, against a camera and a processor of known speeds."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.cadence import Cadence, CadenceRules

BUSY_S = 1e-4
"""What a frame without detection takes."""


@dataclass
class Oven:
    """A board of a given temperature."""

    celsius: float | None = 50.0
    slow: bool | None = False

    def temperature_c(self) -> float | None:
        """As set."""
        return self.celsius

    def throttled(self) -> bool | None:
        """As set."""
        return self.slow

    def clock_synced(self) -> bool | None:
        """Not known."""
        return None


@dataclass
class Run:
    """What a simulated camera saw.

    Attributes:
        detected: Moments of the frames that the detector looked at.
        taken: Number of frames that were not lost.
        every: The cadence after each frame.
    """

    detected: list[float] = field(default_factory=list)
    taken: int = 0
    every: list[int] = field(default_factory=list)


def simulate(
    cadence: Cadence, *, rate: float, detection_s: float, seconds: float, from_s: float = 0.0
) -> Run:
    """A camera that gives the newest frame, to a loop whose frames take ``detection_s`` or none."""
    run, free_s = Run(), from_s
    for i in range(round(rate * seconds)):
        now_s = from_s + i / rate
        if now_s < free_s - 1e-9:
            continue  # overwritten by the next one before the loop came back
        due = cadence.is_due(now_s)
        busy_s = detection_s if due else BUSY_S
        cadence.note(now_s, busy_s)
        free_s = now_s + busy_s
        run.taken += 1
        run.every.append(cadence.every)
        if due:
            run.detected.append(now_s)
    return run


def per_s(moments: list[float], after_s: float) -> float:
    """Rate of events after a moment."""
    late = [m for m in moments if m >= after_s]
    return (len(late) - 1) / (late[-1] - late[0])


def test_a_fast_pi_looks_at_every_frame() -> None:
    """12 ms of 67: nothing is left out."""
    run = simulate(Cadence(frames_per_s=15), rate=15, detection_s=0.012, seconds=20)
    assert len(run.detected) == run.taken == 300


def test_a_slow_one_keeps_its_frame_rate() -> None:
    """50 ms of 67 are too many; every second frame is looked at, and none is lost."""
    run = simulate(Cadence(frames_per_s=15), rate=15, detection_s=0.050, seconds=20)
    assert run.every[-1] == 2
    assert run.taken == 300
    assert per_s(run.detected, 5) == pytest.approx(7.5, rel=0.02)


def test_one_that_cannot_keep_up_is_relieved() -> None:
    """90 ms of 67: frames are lost until n has grown, although no interval is a true one."""
    run = simulate(Cadence(frames_per_s=15), rate=15, detection_s=0.090, seconds=20)
    assert run.every[-1] == 3
    assert per_s(run.detected, 5) == pytest.approx(5, rel=0.05)


@given(
    st.sampled_from([5.0, 6.0, 10.0, 12.0, 15.0, 24.0, 25.0, 30.0, 60.0]),
    st.floats(0.001, 0.15),
    st.floats(10, 60),
)
def test_five_detections_a_second_are_always_made(
    rate: float, detection_s: float, hint: float
) -> None:
    """However slow the detector and hot the Pi, where the camera gives as many frames in time."""
    cadence = Cadence(frames_per_s=hint, board=Oven(celsius=95.0))
    run = simulate(cadence, rate=rate, detection_s=detection_s, seconds=60)
    gaps = [b - a for a, b in zip(run.detected, run.detected[1:], strict=False) if a > 30]
    # A frame is looked at when the next one would be too late: with those that were lost
    # meanwhile, at most one interval after the fifth of a second or the detection itself.
    assert max(gaps) <= max(0.2, detection_s) + 1.3 / rate
    if detection_s < 1 / rate:
        assert per_s(run.detected, 30) >= 5 * 0.93


def test_it_does_not_swing() -> None:
    """Costs that lie right at the threshold change n once."""
    run = simulate(Cadence(frames_per_s=15), rate=15, detection_s=0.034, seconds=120)
    changes = sum(a != b for a, b in zip(run.every, run.every[1:], strict=False))
    assert changes == 1


def test_it_recovers() -> None:
    """When the load is gone, every frame is looked at again."""
    cadence = Cadence(frames_per_s=15)
    simulate(cadence, rate=15, detection_s=0.080, seconds=20)
    assert cadence.every > 1
    simulate(cadence, rate=15, detection_s=0.010, seconds=20, from_s=20)
    assert cadence.every == 1


def test_one_slow_frame_changes_nothing() -> None:
    """The first one loads libraries, a later one is held up by the disk."""
    cadence = Cadence(frames_per_s=15)
    simulate(cadence, rate=15, detection_s=0.300, seconds=0.1)
    run = simulate(cadence, rate=15, detection_s=0.010, seconds=10, from_s=0.4)
    cadence.note(11.0, 0.1)
    assert set(run.every) == {1}
    assert cadence.every == 1


@pytest.mark.parametrize(("celsius", "slow"), [(76.0, False), (50.0, True), (None, True)])
def test_heat_slows_it_and_coolness_frees_it(celsius: float | None, slow: bool) -> None:  # noqa: FBT001 - a parameter of the table
    """Step by step, up to the fewest detections, and back."""
    oven = Oven(celsius, slow)
    cadence = Cadence(frames_per_s=15, board=oven)
    run = simulate(cadence, rate=15, detection_s=0.005, seconds=60)
    assert cadence.every == 3
    assert sorted(set(run.every)) == [1, 2, 3]
    oven.celsius, oven.slow = 72.0, False
    simulate(cadence, rate=15, detection_s=0.005, seconds=60, from_s=60)
    assert cadence.every == 3  # not yet
    oven.celsius = 60.0
    simulate(cadence, rate=15, detection_s=0.005, seconds=60, from_s=120)
    assert cadence.every == 1


def test_a_camera_that_was_away_is_looked_at_at_once() -> None:
    """The first frame after a gap counts, and the gap is no frame rate."""
    cadence = Cadence(frames_per_s=15, rules=CadenceRules(busy_share=0.05))
    simulate(cadence, rate=15, detection_s=0.030, seconds=10)
    assert cadence.every == 3
    assert cadence.is_due(100.0)
    cadence.note(100.0, 0.030)
    assert not cadence.is_due(100.0 + 1 / 15)
