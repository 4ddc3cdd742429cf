"""Who is not measured: looks before the first measurement, sightings, heirs, masks."""

import numpy as np
import pytest

from edge.exclusion import Exclusions, MarkerRules
from edge.markers import NUMBERS, Marker, MarkerKind
from edge.models import Box, Face, Image
from edge.motion import Motion
from edge.polygon import Polygon
from edge.tracker import Track

IMAGE = np.zeros((720, 1280, 3), np.uint8)
RULES = MarkerRules()
STAFF = NUMBERS[MarkerKind.STAFF]


class Finder:
    """Finds what the test has put there, and keeps count."""

    def __init__(self) -> None:
        self.markers: list[Marker] = []
        self.areas: list[Box] = []
        self.scales: list[float] = []

    def find(self, image: Image, area: Box, scale: float) -> list[Marker]:
        """Those."""
        del image
        self.areas.append(area)
        self.scales.append(scale)
        return self.markers


def track_at(x: float = 600, y: float = 200, size: float = 80, now_s: float = 0.0) -> Track:
    """A face whose centre is there."""
    box = Box(x - size / 2, y - size / 2, size, size)
    return Track(Face(box, 0.9), now_s, now_s, Motion(box, now_s), confirmed=True)


def worn(track: Track, *, number: int = STAFF, aside: float = 0.0, side_mm: float = 64) -> Marker:
    """A marker 35 cm below a face's centre."""
    (x, y), size = track.box.centre, track.box.size
    return Marker(number, x + aside * size, y + 2.2 * size, side_mm / 160 * size)


def look(exclusions: Exclusions, track: Track, looks: int, start_s: float = 0.0) -> list[bool]:
    """The answers to sightings that are as far apart as looks are."""
    pace = RULES.look_every_s + 0.001
    return [exclusions.excludes(track, IMAGE, start_s + i * pace) for i in range(looks)]


def test_nobody_is_measured_before_three_looks_without_a_marker() -> None:
    """The third one clears."""
    finder = Finder()
    assert look(Exclusions(finder=finder), track_at(), 4) == [True, True, False, False]


def test_looks_are_rare_and_rarer_once_a_visitor_is_cleared() -> None:
    """However many frames a second there are: their noise is then another one."""
    finder, track = Finder(), track_at()
    exclusions = Exclusions(finder=finder)
    for i in range(400):
        exclusions.excludes(track, IMAGE, i / 40)
    assert len(finder.areas) in range(3 + 8, 3 + 11)


def test_two_sightings_take_a_wearer_out_for_good() -> None:
    """Even when the marker is hidden from then on; nobody looks for it any more."""
    finder, track = Finder(), track_at()
    exclusions = Exclusions(finder=finder)
    finder.markers = [worn(track)]
    assert look(exclusions, track, 2) == [True, True]
    finder.markers = []
    assert look(exclusions, track, 50, start_s=1.0) == [True] * 50
    assert len(finder.areas) == 2
    assert exclusions.close(track)


def test_one_sighting_is_doubted_for_ten_looks() -> None:
    """It neither excludes nor lets anybody be measured meanwhile; the next one decides."""
    finder, track = Finder(), track_at()
    exclusions = Exclusions(finder=finder)
    finder.markers = [worn(track)]
    look(exclusions, track, 1)
    finder.markers = []
    assert look(exclusions, track, 12, start_s=1.0) == [True] * 9 + [False] * 3
    assert not exclusions.close(track)


def test_a_marker_that_was_hidden_at_first_stops_the_measurement() -> None:
    """At the first sighting, and for good at the second."""
    finder, track = Finder(), track_at()
    exclusions = Exclusions(finder=finder)
    assert look(exclusions, track, 3)[-1] is False
    finder.markers = [worn(track)]
    assert exclusions.excludes(track, IMAGE, 2.0)
    assert exclusions.excludes(track, IMAGE, 2.2)
    assert exclusions.close(track)


@pytest.mark.parametrize(
    "marker",
    [
        worn(track_at(), number=7),
        worn(track_at(), aside=1.6),
        worn(track_at(), aside=-3),
        worn(track_at(), side_mm=20),
        worn(track_at(), side_mm=400),
    ],
    ids=["another number", "the neighbour's", "the next but one's", "far behind", "a poster"],
)
def test_markers_that_are_not_worn_here_mean_nothing(marker: Marker) -> None:
    """Other numbers, other people's, other distances."""
    finder = Finder()
    finder.markers = [marker]
    exclusions, track = Exclusions(finder=finder), track_at()
    assert look(exclusions, track, 3) == [True, True, False]
    assert not exclusions.close(track)


@pytest.mark.parametrize("size", [40, 60, 80, 160, 300])
def test_it_looks_where_lanyards_hang_at_a_scale_that_suits_the_marker(size: float) -> None:
    """From the chin to the hips, within the shoulders; about 40 px for the smallest marker."""
    finder = Finder()
    Exclusions(finder=finder).excludes(track_at(size=size), IMAGE, 0.0)
    (area,), (scale,) = finder.areas, finder.scales
    assert area.y == pytest.approx(200 + 0.6 * size)
    assert area.y + area.height == pytest.approx(200 + 4.5 * size)
    assert (area.x + area.width / 2, area.width) == (600, 3 * size)
    assert scale == pytest.approx(min(3.0, 40 / (0.4 * size)))


UNSEEN = {
    "too far away for the sticker": track_at(size=49),
    "the chest is below the picture": track_at(y=560),
    "the chest is beside the picture": track_at(x=50),
}


@pytest.mark.parametrize("track", UNSEEN.values(), ids=list(UNSEEN))
@pytest.mark.parametrize("measured", [True, False])
def test_who_could_not_be_looked_at_is_treated_as_configured(
    track: Track, *, measured: bool
) -> None:
    """Measured after as many looks, or never; counted both times."""
    exclusions = Exclusions(finder=Finder(), rules=MarkerRules(measure_unseen=measured))
    answers = look(exclusions, track, 20)
    assert answers == [True, True] + [not measured] * 18
    assert not exclusions.close(track)


def test_who_comes_near_enough_later_is_measured_then() -> None:
    """The chest must have been seen three times."""
    exclusions = Exclusions(finder=Finder(), rules=MarkerRules(measure_unseen=False))
    track = track_at(size=45)
    assert look(exclusions, track, 10) == [True] * 10
    track.face = track_at(size=60).face
    assert look(exclusions, track, 4, start_s=5.0) == [True, True, False, False]


def excluded(exclusions: Exclusions, finder: Finder, track: Track, now_s: float) -> None:
    """Lets a wearer be seen until then, and end."""
    finder.markers = [worn(track)]
    look(exclusions, track, 2, start_s=now_s - RULES.look_every_s)
    track.last_s = now_s
    finder.markers = []
    assert exclusions.close(track)


def test_a_wearer_who_had_turned_away_is_still_one() -> None:
    """The tracker has ended the track after two seconds; the next one begins at that place."""
    finder = Finder()
    exclusions = Exclusions(finder=finder)
    excluded(exclusions, finder, track_at(), now_s=10.0)
    heir = track_at(x=640, now_s=13.0)
    assert look(exclusions, heir, 20, start_s=13.0) == [True] * 20
    assert exclusions.close(heir)


@pytest.mark.parametrize(("x", "at_s"), [(700.0, 13.0), (600.0, 15.5)])
def test_who_comes_elsewhere_or_later_is_somebody_else(x: float, at_s: float) -> None:
    """A face further on, or more than five seconds on."""
    finder = Finder()
    exclusions = Exclusions(finder=finder)
    excluded(exclusions, finder, track_at(), now_s=10.0)
    other = track_at(x=x, now_s=at_s)
    assert look(exclusions, other, 3, start_s=at_s) == [True, True, False]


def test_a_wearer_has_one_heir() -> None:
    """The second one at that place is somebody else."""
    finder = Finder()
    exclusions = Exclusions(finder=finder)
    excluded(exclusions, finder, track_at(), now_s=10.0)
    assert exclusions.excludes(track_at(), IMAGE, 12.0)
    second = track_at(x=610)
    assert look(exclusions, second, 3, start_s=12.0) == [True, True, False]


def test_nothing_is_kept_of_who_has_left() -> None:
    """Over a year of visitors."""
    finder = Finder()
    exclusions = Exclusions(finder=finder)
    for i in range(200):
        track = track_at(now_s=10.0 * i)
        if i % 2:
            excluded(exclusions, finder, track, now_s=10.0 * i)
        else:
            look(exclusions, track, 3, start_s=10.0 * i)
            exclusions.close(track)
    assert not exclusions._known
    assert len(exclusions._left) <= 1


def test_without_a_finder_everybody_is_measured_at_once() -> None:
    """And a track that was never asked about is nobody's."""
    exclusions = Exclusions()
    assert look(exclusions, track_at(), 1) == [False]
    assert not exclusions.close(track_at())


def test_a_face_whose_centre_lies_in_a_mask_is_dropped() -> None:
    """Shares of the picture: the left half, here, and a triangle at the right edge."""
    left = Polygon(((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)))
    triangle = Polygon(((1.0, 0.0), (1.0, 1.0), (0.8, 0.5)))
    exclusions = Exclusions(masks=[left, triangle])
    faces = [track_at(x=x, y=360).face for x in (100, 639, 641, 1020, 1026, 1270)]
    assert exclusions.unmasked(faces, IMAGE) == faces[2:4]
