"""One visitor is one track, whoever crosses, hides or flickers."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.models import Box, Face
from edge.tracker import Track, Tracker, TrackingRules, TrackingStep

RATE = 10.0


def face(x: float, y: float = 300.0, size: float = 100.0, score: float = 0.9) -> Face:
    """A face whose centre is at x, y."""
    return Face(Box(x - size / 2, y - size / 2, size, size), score)


def follow(frames: list[list[Face]], rate: float = RATE) -> tuple[list[TrackingStep], list[Track]]:
    """Plays frames at a rate; the steps, and all tracks that were believed, as they ended."""
    tracker = Tracker()
    steps = [tracker.update(faces, i / rate) for i, faces in enumerate(frames)]
    ended = [t for step in steps for t in step.ended] + tracker.finish()
    return steps, [t for t in ended if t.confirmed]


FACES = st.builds(
    face,
    st.floats(0, 1280),
    st.floats(0, 720),
    st.floats(20, 300),
    st.floats(0, 1),
)
FILMS = st.lists(st.lists(FACES, max_size=5), max_size=12)


@given(FILMS)
def test_a_detection_belongs_to_one_track(film: list[list[Face]]) -> None:
    """What a track saw is one of the frame's detections, and no two tracks share one."""
    tracker = Tracker()
    for i, faces in enumerate(film):
        seen = [t.face for t in tracker.update(faces, i / RATE).seen]
        assert all(any(f is g for g in faces) for f in seen)
        assert len({id(f) for f in seen}) == len(seen)


@given(FILMS)
def test_every_track_ends_once_under_its_own_id(film: list[list[Face]]) -> None:
    """Ids are never reused; a track that began ends exactly once and is never seen again."""
    tracker, begun, ended = Tracker(), set[str](), list[str]()
    for i, faces in enumerate(film):
        step = tracker.update(faces, i * 0.7)
        ended += [t.track_id for t in step.ended]
        assert not {t.track_id for t in step.seen} & set(ended)
        begun |= {t.track_id for t in step.seen}
    ended += [t.track_id for t in tracker.finish()]
    assert len(ended) == len(set(ended))
    assert set(ended) == begun
    assert not tracker.tracks


@given(FILMS, st.randoms(use_true_random=False))
def test_the_order_of_detections_is_irrelevant(
    film: list[list[Face]], shuffler: random.Random
) -> None:
    """A detector that lists its faces in another order gives the same tracks."""
    shuffled = [shuffler.sample(faces, len(faces)) for faces in film]

    def summary(frames: list[list[Face]]) -> list[tuple[float, float, int, float]]:
        return sorted((t.first_s, t.last_s, t.sightings, t.box.x) for t in follow(frames)[1])

    assert summary(film) == summary(shuffled)


@given(
    st.lists(st.floats(-3, 3), min_size=1, max_size=4),
    st.sampled_from([4.0, 6.0, 10.0, 15.0, 30.0]),
    st.integers(0, 2**32 - 1),
)
def test_people_who_walk_apart_are_counted_exactly(
    speeds: list[float], rate: float, seed: int
) -> None:
    """Straight paths in lanes of their own, up to 3 faces a second, with a detector's jitter."""
    rng = random.Random(seed)  # noqa: S311 - jitter, not secrets
    frames = [
        [
            face(
                640 + speed * 100 * i / rate + rng.gauss(0, 3),
                200 + 320 * lane + rng.gauss(0, 3),
                100 * math.exp(rng.gauss(0, 0.03)),
            )
            for lane, speed in enumerate(speeds)
        ]
        for i in range(int(3 * rate))
    ]
    _, tracks = follow(frames, rate)
    assert len(tracks) == len(speeds)
    assert all(t.sightings == len(frames) for t in tracks)


@pytest.mark.parametrize("rate", [5.0, 8.0, 12.0, 25.0])
@pytest.mark.parametrize("gap", [0.0, 0.35, 0.7])
def test_visitors_who_cross_keep_their_tracks(rate: float, gap: float) -> None:
    """Two people pass each other; the far one is hidden for a while; both come out as they were."""
    frames = []
    for i in range(int(4 * rate)):
        t = i / rate
        near, far = face(200 + 220 * t, size=130), face(1080 - 220 * t, size=100, score=0.8)
        hidden = gap > 0 and abs(t - 2.0) <= gap / 2
        frames.append([near] if hidden or near.box.iou(far.box) > 0.45 else [near, far])
    _, tracks = follow(frames, rate)
    assert len(tracks) == 2
    near_track, far_track = sorted(tracks, key=lambda t: -t.box.size)
    assert near_track.box.centre[0] > 900
    assert far_track.box.centre[0] < 400
    assert near_track.sightings == len(frames)


@pytest.mark.parametrize(("away_s", "visits"), [(0.5, 1), (1.5, 1), (1.9, 1), (2.6, 2), (5.0, 2)])
def test_who_is_back_within_two_seconds_never_left(away_s: float, visits: int) -> None:
    """A gap up to the bridging time is one track, a longer one two."""
    there = [[face(600)]] * 20
    _, tracks = follow([*there, *([[]] * (round(away_s * RATE) - 1)), *there])
    assert len(tracks) == visits


def test_who_walks_out_and_turns_back_is_one_track() -> None:
    """Someone leaves the picture at its edge and comes back there a second and a half later."""
    out = [[face(1000 + 25 * i)] for i in range(11)]
    back = [[face(1250 - 25 * i)] for i in range(11)]
    _, tracks = follow([*out, *([[]] * 14), *back])
    assert len(tracks) == 1


def test_a_new_visitor_elsewhere_is_no_return() -> None:
    """Someone leaves; a second later someone is at the other end of the room."""
    _, tracks = follow([*([[face(100)]] * 15), *([[]] * 9), *([[face(1100)]] * 15)])
    assert len(tracks) == 2


def test_a_much_larger_face_is_someone_else() -> None:
    """A visitor steps in front of another one's place, far nearer to the camera."""
    _, tracks = follow([*([[face(600, size=60)]] * 15), *([[face(600, size=180)]] * 15)])
    assert len(tracks) == 2


def test_weak_detections_continue_tracks_but_never_begin_one() -> None:
    """A half-hidden face is followed; a weak stray is not."""
    weak = [[face(600, score=0.4)]] * 30
    assert follow(weak)[1] == []
    _, tracks = follow([[face(600)], [face(600)], [face(600)], *weak])
    assert [t.sightings for t in tracks] == [33]


def test_a_double_detection_is_one_face() -> None:
    """A second, weaker box inside the first begins no track."""
    _, tracks = follow([[face(600), face(605, 310, 60, 0.7)]] * 20)
    assert len(tracks) == 1


def test_flickers_are_not_believed() -> None:
    """A stray detection now and then, out of the blue, is no track."""
    frames: list[list[Face]] = [[face(600)] if i % 10 == 0 else [] for i in range(60)]
    assert follow(frames)[1] == []


def test_seen_share_counts_the_frames_of_the_stay() -> None:
    """Seen in every second frame of the stay, the frames after it aside."""
    frames: list[list[Face]] = [[face(600)] if i % 2 == 0 else [] for i in range(21)]
    _, tracks = follow([*frames, *([[]] * 5)])
    assert [(t.sightings, t.frames) for t in tracks] == [(11, 21)]


def test_rules_can_be_changed() -> None:
    """A longer bridge makes one visit of two."""
    tracker = Tracker(TrackingRules(bridge_s=6.0))
    frames = [*([[face(600)]] * 10), *([[]] * 40), *([[face(600)]] * 10)]
    ended = [t for i, f in enumerate(frames) for t in tracker.update(f, i / RATE).ended]
    assert len([*ended, *tracker.finish()]) == 1


@pytest.mark.parametrize("lost_frame", [None, 11, 13])
def test_a_half_hidden_face_neither_drags_its_track_off_nor_splits_the_visit(
    lost_frame: int | None,
) -> None:
    """Coming out from behind somebody, a visitor shows a sliver first and is still one visitor."""
    tracker = Tracker()
    ids: set[str] = set()
    for i in range(24):
        centre = 400 + 114 * i / RATE
        whole = Face(Box(centre - 48, 300, 96, 120), 0.9)
        # What can be seen of it: the leading edge, small, off centre and hardly a face.
        sliver = Face(Box(centre + 10, 318, 62, 84), 0.35)
        step = tracker.update([] if i == lost_frame else [sliver if i == 12 else whole], i / RATE)
        ids |= {track.track_id for track in step.seen}
    assert len(ids) == 1


def test_a_face_that_is_known_not_to_move_is_held_to_its_place() -> None:
    """Step by step, a visitor who passes drags no portrait along; it waits for minutes."""
    tracker = Tracker()
    portrait = tracker.update([face(600)], 0.0).seen[0]
    for i in range(1, 10):
        tracker.update([face(600)], i / RATE)
    portrait.pinned = True
    pin = portrait.pin
    assert pin is not None
    for i in range(40):
        tracker.update([face(610 + 9 * i)], 1 + i / RATE)
    assert portrait.box.iou(pin) > 0.5
    assert len(tracker.tracks) == 2
    seen = tracker.update([face(601)], 200.0).seen
    assert seen == [portrait]
    portrait.pinned = False
    assert portrait.pin is None
