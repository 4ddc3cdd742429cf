"""A face is expected where it is going."""

import pytest

from edge.models import Box
from edge.motion import LONGEST_EXTRAPOLATION_S, NARROWEST_GATE, WIDEST_GATE, Motion


def box(x: float, size: float = 100.0) -> Box:
    """Square box centred at x, 0."""
    return Box(x - size / 2, -size / 2, size, size)


def walking(speed: float, rate: float = 10.0) -> Motion:
    """Someone who has walked for two seconds, now at x = 0."""
    motion = Motion(box(-2 * speed), 0.0)
    for i in range(1, int(2 * rate) + 1):
        motion.update(box(-2 * speed + speed * i / rate), i / rate)
    return motion


@pytest.mark.parametrize("rate", [4.0, 10.0, 30.0])
def test_a_walk_goes_on(rate: float) -> None:
    """Half a second ahead at constant speed, whatever the frame rate."""
    assert walking(200, rate).expect(2.5).centre[0] == pytest.approx(100, abs=8)


def test_a_long_absence_is_a_stop() -> None:
    """Nobody is expected to walk on unseen for ever."""
    motion = walking(200)
    assert motion.expect(60).centre == motion.expect(2 + LONGEST_EXTRAPOLATION_S).centre


def test_the_search_widens_with_time_and_narrows_with_knowledge() -> None:
    """Within its bounds, in face sizes."""
    motion = walking(0)
    gates = [motion.gate(2 + s) / 100 for s in (0.1, 0.3, 0.5, 5.0)]
    assert gates == sorted(gates)
    assert gates[0] == NARROWEST_GATE
    assert gates[-1] == WIDEST_GATE
    assert Motion(box(0), 0.0).gate(0.25) > motion.gate(2.25)


def test_distance_does_not_matter() -> None:
    """A face half as large, half as fast, is searched for half as far."""
    near, far = Motion(box(0, 200), 0.0), Motion(box(0, 100), 0.0)
    near.update(box(40, 200), 0.2)
    far.update(box(20, 100), 0.2)
    assert near.gate(0.5) == pytest.approx(2 * far.gate(0.5))
    assert near.expect(0.5).centre[0] == pytest.approx(2 * far.expect(0.5).centre[0])


def test_size_and_shape_are_smoothed() -> None:
    """One odd box changes the expected one only in part."""
    motion = walking(0)
    motion.update(Box(-40, -80, 80, 160), 2.1)
    expected = motion.expect(2.1)
    assert 100 < expected.height < 160
    assert 80 < expected.width < 100


def test_a_face_cut_by_a_pillar_keeps_its_size() -> None:
    """What is seen of it shrinks from one sighting to the next; it is looked for further on."""
    motion = walking(150)
    motion.update(box(15 - 16, 68), 2.2)
    assert motion.expect(2.2).size == pytest.approx(100, rel=0.05)
    assert abs(motion.expect(2.8).centre[0] - 120) < motion.gate(2.8) / 2


def test_who_is_that_small_after_all_is_believed_in_time() -> None:
    """The first box was too large; three seconds later nothing is left of it."""
    motion = Motion(box(0, 150), 0.0)
    for i in range(1, 31):
        motion.update(box(0, 100), i / 10)
    assert motion.expect(3.0).size == pytest.approx(100, rel=0.05)
