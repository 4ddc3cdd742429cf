"""Films in a loop repeat themselves, people don't."""

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.loops import Trace, loop_s
from edge.models import Box

STEP_S = 0.2


def times(seconds: float) -> NDArray[np.float64]:
    """Every fifth of a second."""
    return np.arange(0, seconds, STEP_S)


def jitter(n: int, seed: int, sigma: float = 0.01) -> NDArray[np.float64]:
    """A detector's."""
    return np.random.default_rng(seed).normal(0, sigma, (n, 3))


def film(seconds: float, loop: float) -> NDArray[np.float64]:
    """A face on a screen: no simple motion, but the same in each loop."""
    part = 2 * np.pi * (times(seconds) % loop) / loop
    x = 0.15 * np.sin(part) + 0.05 * np.sin(5 * part + 1)
    y = 0.05 * np.sin(3 * part) + 0.03 * np.sin(2 * part)
    return np.stack([5 + x, 3 + y, 1 + 0.02 * np.sin(2 * part)], axis=1)


def standing(seconds: float, seed: int) -> NDArray[np.float64]:
    """Postural sway: noise of the second order, a few centimetres now and then."""
    rng = np.random.default_rng(seed)
    place, speed, places = np.zeros(3), np.zeros(3), []
    for _ in times(seconds):
        speed += STEP_S * (-1.2 * speed - 1.5 * place) + rng.normal(0, 0.05, 3) * STEP_S**0.5
        place = place + STEP_S * speed
        places.append(place)
    return np.asarray(np.array(places) + np.array([5, 3, 1]), np.float64)


@pytest.mark.parametrize("loop", [6.0, 12.0, 20.0, 33.4])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_loop_is_found(loop: float, seed: int) -> None:
    """Once it has been shown four times, whatever its length."""
    places = film(4.3 * loop, loop)
    found = loop_s(places + jitter(len(places), seed))
    assert found == pytest.approx(loop, abs=3 * STEP_S)


@pytest.mark.parametrize("seed", range(60))
def test_a_visitor_who_stands_for_minutes_is_no_film(seed: int) -> None:
    """However they sway, they never repeat it."""
    assert loop_s(standing(180, seed) + jitter(900, seed)) is None


def test_a_portrait_is_no_film() -> None:
    """A detector's jitter is no motion."""
    assert loop_s(5 + jitter(900, 1)) is None


def test_who_rocks_to_and_fro_is_no_film() -> None:
    """A swing of two seconds whose pace varies by a twentieth, as people's does."""
    rng = np.random.default_rng(4)
    phase = np.cumsum(2 * np.pi * STEP_S / 2.0 * (1 + rng.normal(0, 0.15, 900)))
    places = np.stack([5 + 0.2 * np.sin(phase), np.full(900, 3.0), np.ones(900)], axis=1)
    assert loop_s(places + jitter(900, 2)) is None


def test_a_step_aside_is_no_film() -> None:
    """Somebody stands here for a minute, there for another."""
    places = np.full((600, 3), 3.0)
    places[300:, 0] += 0.8
    assert loop_s(places + jitter(600, 3)) is None


def test_a_trace_tells_the_film_and_where_it_is_shown() -> None:
    """From boxes at 10 frames/s; a gap begins it anew."""
    trace, found = Trace(), None
    for i in range(600):
        x, y, size = 60 * film(600 / 10, 10.0)[i // 2]
        if trace.add(Box(x - size / 2, y - size / 2, size, size), i / 10):
            found = i / 10
            break
    assert found is not None
    assert 40 <= found <= 51
    assert 60 < trace.area.width < 95
    assert not trace.add(Box(0, 0, 60, 60), found + 5)
    assert trace.area == Box(0, 0, 60, 60)
