"""A face on a shirt goes where its wearer goes; a child goes where it likes."""

import math
import random

import pytest

from edge.models import Box
from edge.worn import WornPrints


def box(x: float, y: float, size: float) -> Box:
    """Square box centred at x, y."""
    return Box(x - size / 2, y - size / 2, size, size)


def walk(
    lower: tuple[float, float, float],
    *,
    apart: float = 0.0,
    seconds: float = 3.0,
    rate: float = 10.0,
    speed: float = 100.0,
    start_s: float = 0.0,
    prints: WornPrints | None = None,
) -> tuple[bool, WornPrints]:
    """Someone with a face of 100 px walks; another face is below, perhaps on its own feet.

    Args:
        lower: Its place from the upper one's centre and its size, in the upper one's sizes.
        apart: How far it comes and goes by itself, in the same.
        seconds: How long they walk.
        rate: Frames per second.
        speed: In px per second.
        start_s: When they begin to.
        prints: What was known before.
    """
    rng, prints = random.Random(3), prints or WornPrints()  # noqa: S311 - jitter
    worn = False
    for i in range(int(seconds * rate)):
        t = start_s + i / rate
        x, y = 200 + speed * t + rng.gauss(0, 3), 150 + rng.gauss(0, 3)
        own = 100 * apart * math.sin(2.5 * t)
        prints.see("upper", box(x, y, 100 + rng.gauss(0, 2)), t)
        there = box(x + 100 * lower[0] + own, y + 100 * lower[1] + 0.4 * own, 100 * lower[2])
        worn = prints.see("lower", there, t)
    return worn, prints


@pytest.mark.parametrize("rate", [3.0, 10.0])
def test_a_print_on_the_chest_is_found(rate: float) -> None:
    """Whether it is large or small, in the middle or beside it; the wearer is none."""
    for lower in ((0.0, 1.8, 0.8), (0.4, 1.5, 0.4), (-0.3, 2.4, 1.0)):
        worn, prints = walk(lower, rate=rate)
        assert worn
        assert prints.found == 1
        assert not prints.is_worn("upper")


def test_people_who_walk_together_are_two() -> None:
    """Side by side; a child before its parent that steps about; a child on the shoulders."""
    for lower, apart in (((1.3, 0.4, 0.9), 0.0), ((0.2, 1.6, 0.8), 0.5), ((0.0, 1.5, 1.25), 0.0)):
        worn, prints = walk(lower, apart=apart)
        assert not worn
        assert prints.found == 0


def test_people_who_stand_are_not_judged() -> None:
    """One before the other for a while: nothing moves, nothing is known."""
    assert not walk((0.0, 1.6, 0.8), speed=0.0, seconds=20)[0]


def test_a_print_that_was_lost_is_known_at_once() -> None:
    """Detectors see prints off and on; that makes no new print."""
    _, prints = walk((0.0, 1.8, 0.8))
    prints.close("lower")
    worn, prints = walk((0.05, 1.85, 0.8), seconds=0.2, start_s=4.0, prints=prints)
    assert worn
    assert prints.found == 1


def test_a_print_stays_one_when_its_wearer_turns_away() -> None:
    """The wearer's face is gone, the shirt is not."""
    _, prints = walk((0.0, 1.8, 0.8))
    prints.close("upper")
    assert prints.see("lower", box(500, 330, 80), 9.0)


def test_a_face_that_goes_its_own_way_is_a_visitor_again() -> None:
    """A child that was held by the shoulders runs off."""
    _, prints = walk((0.0, 1.5, 0.8))
    for i in range(8):
        t = 3 + i / 10
        prints.see("upper", box(500, 150, 100), t)
        worn = prints.see("lower", box(500 + 40 * i, 300, 80), t)
    assert not worn
