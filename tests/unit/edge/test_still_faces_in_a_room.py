"""Still faces where cameras shake, posters swing, prints walk and screens loop."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from edge.models import Box, Face, Image
from edge.still_faces import Liveness, StillFaces, StillnessRules
from edge.tracker import Track, Tracker
from tests.support.pictures import shifted, smooth_noise

ROOM = smooth_noise(240, 320, seed=3)
HEAD = smooth_noise(240, 320, seed=8, grain_px=5)
SIZE = 60.0
Way = Callable[[float], tuple[float, float]]
HERE = (160.0, 110.0)


def picture(at: tuple[float, float], *, sheet: float = 0.75) -> Image:
    """A room with a face at a place, to a fraction of a pixel.

    Args:
        at: Its centre, px.
        sheet: How far what moves with it reaches, in face sizes: a head, or a whole poster.
    """
    image = ROOM.copy()
    left, top = (math.floor(c - h) for c, h in zip(at, HERE, strict=True))
    moved = shifted(HEAD, at[0] - HERE[0] - left, at[1] - HERE[1] - top)
    moved = np.roll(moved, (top, left), (0, 1))
    x, y, reach = round(at[0]), round(at[1]), round(sheet * SIZE)
    piece = np.s_[max(0, y - reach) : y + reach, max(0, x - reach) : x + reach]
    image[piece] = moved[piece]
    return image


def watch(
    way: Way,
    *,
    seconds: float,
    rate: float = 10.0,
    shake_px: float = 0.0,
    sheet: float = 0.75,
    judge: StillFaces | None = None,
    start_s: float = 0.0,
) -> tuple[Liveness, StillFaces, list[Liveness]]:
    """Follows one face through a shaking, noisy camera; the final word and all before it."""
    rng, tracker, judge = np.random.default_rng(2), Tracker(), judge or StillFaces()
    states, last = [], None
    for i in range(round(seconds * rate)):
        x, y = way(i / rate)
        image = picture((x, y), sheet=sheet)
        dx, dy = shake_px * rng.uniform(-1, 1, 2)
        image = shifted(image, float(dx), float(dy))
        noisy = np.clip(image + rng.normal(0, 2, image.shape), 0, 255).astype(np.uint8)
        off = rng.normal(0, 0.6, 3)
        side = SIZE + off[2]
        box = Box(x + dx + off[0] - side / 2, y + dy + off[1] - side / 2, side, side)
        for track in tracker.update([Face(box, 0.9)], start_s + i / rate).seen:
            states.append(judge.observe(track, track.face, noisy, start_s + i / rate))
            track.pinned = states[-1] is Liveness.STILL
            last = track
    assert last is not None
    return judge.close(last), judge, states


def still(_: float) -> tuple[float, float]:
    """On the wall."""
    return HERE


def swaying(sizes: float) -> Way:
    """As people stand: slowly, by so many face sizes RMS."""
    amplitude = sizes * SIZE

    def way(t: float) -> tuple[float, float]:
        x = math.sin(1.9 * t) + 0.6 * math.sin(3.1 * t + 1) + 0.7 * math.sin(0.8 * t + 2)
        return HERE[0] + amplitude * x, HERE[1] + 0.4 * amplitude * math.sin(1.3 * t)

    return way


@pytest.mark.parametrize("rate", [4.0, 10.0])
def test_a_shaking_camera_brings_no_portrait_to_life(rate: float) -> None:
    """Up to a pixel at every frame."""
    state, judge, states = watch(still, seconds=8, rate=rate, shake_px=1.0)
    assert state is Liveness.STILL
    assert Liveness.ALIVE not in states
    assert judge.suppressed == 1


@pytest.mark.parametrize("rate", [4.0, 10.0])
def test_a_shaking_camera_hides_no_visitor(rate: float) -> None:
    """Who sways by two millimetres lives, in the same shaking picture."""
    state, judge, _ = watch(swaying(0.0125), seconds=8, rate=rate, shake_px=1.0)
    assert state is Liveness.ALIVE
    assert judge.suppressed == 0


def test_who_stands_very_still_for_a_minute_lives_throughout() -> None:
    """A millimetre and a half of sway, no step: known after a second, and never in doubt again."""
    state, judge, states = watch(swaying(0.009), seconds=60, rate=4)
    assert state is Liveness.ALIVE
    assert judge.suppressed == 0
    assert Liveness.STILL not in states
    assert states.index(Liveness.ALIVE) <= 15


def test_a_poster_in_a_draught_is_still() -> None:
    """It swings as far as a visitor sways, but takes its surroundings along."""
    way = swaying(0.02)
    assert watch(way, seconds=6)[0] is Liveness.ALIVE
    state, judge, states = watch(way, seconds=6, sheet=2.0)
    assert state is Liveness.STILL
    assert Liveness.ALIVE not in states
    assert judge.suppressed == 1


def test_a_gust_is_forgotten() -> None:
    """What moved for two seconds and then never again is still after all, and no visit."""
    sway = swaying(0.02)
    state, judge, states = watch(lambda t: sway(t) if t < 2 else HERE, seconds=30, rate=5)
    assert Liveness.ALIVE in states
    assert state is Liveness.STILL
    assert judge.suppressed == 1


def test_a_gust_in_a_short_track_is_forgotten_too() -> None:
    """The final word looks at the whole life of the track."""
    sway = swaying(0.02)
    state, _, states = watch(lambda t: sway(t) if t < 1.5 else HERE, seconds=14, rate=5)
    assert states[-1] is Liveness.ALIVE
    assert state is Liveness.STILL


def test_a_visitors_track_that_a_portrait_took_over_ends_still() -> None:
    """Somebody walks up to a portrait and is gone: what stays there for ever is no visitor."""
    state, judge, states = watch(
        lambda t: (min(HERE[0], 60 + 50 * t), HERE[1]),
        seconds=26,
        rate=4,
        judge=StillFaces(StillnessRules(calm_walker_s=20)),
    )
    assert Liveness.ALIVE in states
    assert state is Liveness.STILL
    assert judge.suppressed == 1


@pytest.mark.parametrize("seconds", [1.7, 2.4])
def test_a_short_stay_at_three_frames_a_second_counts(seconds: float) -> None:
    """Somebody turns round, looks, and turns away: few looks, but they agree."""
    assert watch(swaying(0.02), seconds=seconds, rate=3)[0] is Liveness.ALIVE
    assert watch(still, seconds=seconds, rate=3)[0] is Liveness.UNKNOWN


def test_the_map_survives_a_night() -> None:
    """The lamps are off for fifteen hours; in the morning the portrait is known at once."""
    _, judge, _ = watch(still, seconds=5)
    state, judge, states = watch(still, seconds=1, judge=judge, start_s=15 * 3600.0)
    assert set(states) == {Liveness.STILL}
    assert state is Liveness.STILL
    assert judge.suppressed == 1


def boxes(
    judge: StillFaces, tracks: list[Track], places: list[tuple[float, float, float]], now_s: float
) -> list[Liveness]:
    """One frame of faces whose tracks are known; the picture shows nothing."""
    states = []
    for track, (x, y, size) in zip(tracks, places, strict=True):
        face = Face(Box(x - size / 2, y - size / 2, size, size), 0.9)
        if track.last_s < now_s:
            track.see(face, now_s, half_hidden=False)
        states.append(judge.observe(track, face, np.full((240, 320), 128, np.uint8), now_s))
    return states


def begin(places: list[tuple[float, float, float]]) -> list[Track]:
    """Tracks of faces at moment 0."""
    faces = [Face(Box(x - s / 2, y - s / 2, s, s), 0.9) for x, y, s in places]
    return sorted(Tracker().update(faces, 0.0).seen, key=lambda t: t.box.y)


def test_a_print_on_a_shirt_walks_and_is_nobody() -> None:
    """Its wearer is a visitor."""
    judge, tracks = StillFaces(), begin([(60, 60, 50), (62, 150, 40)])
    for i in range(40):
        states = boxes(judge, tracks, [(60 + 5 * i, 60, 50), (62 + 5 * i, 150, 40)], i / 10)
    assert states == [Liveness.ALIVE, Liveness.WORN]
    assert [judge.state(t) for t in tracks] == states
    assert judge.suppressed == 1
    assert [judge.close(t) for t in tracks] == states


def test_a_screen_that_loops_is_found_and_kept_in_mind() -> None:
    """A face that moves by half its size, the same every twelve seconds, is alive at first."""
    judge, tracks = StillFaces(), begin([(100, 100, 50)])

    def place(t: float) -> tuple[float, float, float]:
        part = 2 * math.pi * t / 12
        return 100 + 14 * math.sin(part) + 4 * math.sin(5 * part), 100 + 5 * math.sin(3 * part), 50

    states = [boxes(judge, tracks, [place(i / 5)], i / 5)[0] for i in range(350)]
    assert Liveness.ALIVE in states
    assert states[-1] is Liveness.STILL
    assert judge.close(tracks[0]) is Liveness.STILL
    later = begin([place(2.0)])
    assert {boxes(judge, later, [place(i / 5)], 80 + i / 5)[0] for i in range(50)} == {
        Liveness.STILL
    }
    assert judge.suppressed == 1
    # Somebody who turned round before the screen walks off.
    walked = [boxes(judge, later, [(105 + 6 * i, 100, 50)], 100 + i / 10)[0] for i in range(20)]
    assert walked[-1] is Liveness.ALIVE
