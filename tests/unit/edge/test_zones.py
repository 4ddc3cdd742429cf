"""Before which artwork a visitor stood longest."""

import numpy as np

from edge.models import Box, Face
from edge.motion import Motion
from edge.polygon import Polygon
from edge.tracker import Track
from edge.zones import ArtworkZones, Zone

IMAGE = np.zeros((100, 200, 3), np.uint8)
LEFT = Zone("harvest", Polygon(((0.0, 0.0), (0.4, 0.0), (0.4, 1.0), (0.0, 1.0))))
RIGHT = Zone("the-letter", Polygon(((0.6, 0.0), (1.0, 0.0), (1.0, 1.0), (0.6, 1.0))))


def at(x: float) -> Face:
    """A face there."""
    return Face(Box(x - 10, 40, 20, 20), 0.9)


def stay(zones: ArtworkZones, path: list[tuple[float, float]]) -> str | None:
    """Where someone belongs who is at (second, x)."""
    track = Track(at(path[0][1]), path[0][0], path[0][0], Motion(at(0).box, 0.0))
    for now_s, x in path:
        track.face = at(x)
        zones.observe(track, IMAGE, now_s)
    return zones.close(track)


def test_the_longest_stay_names_the_artwork() -> None:
    """Not the first and not the last one."""
    zones = ArtworkZones([LEFT, RIGHT])
    path = [(t / 10, 20.0) for t in range(10)] + [(t / 10, 180.0) for t in range(10, 35)]
    assert stay(zones, path) == "the-letter"
    assert stay(zones, [*path, *((t / 10, 20.0) for t in range(35, 80))]) == "harvest"


def test_outside_all_zones_it_is_the_devices_own() -> None:
    """Also for who was never seen."""
    zones = ArtworkZones([LEFT, RIGHT])
    assert stay(zones, [(t / 10, 100.0) for t in range(10)]) is None
    assert zones.close(Track(at(1), 0, 0, Motion(at(1).box, 0.0))) is None


def test_time_between_the_zones_belongs_to_none() -> None:
    """A short stay in a zone counts for more than a long one in none."""
    zones = ArtworkZones([LEFT, RIGHT])
    assert stay(zones, [*((t / 10, 100.0) for t in range(50)), (5.0, 180.0)]) == "the-letter"


def test_a_gap_counts_for_a_second_at_most() -> None:
    """Where somebody was who was out of sight is not known."""
    zones = ArtworkZones([LEFT, RIGHT])
    path = [(0.0, 20.0), (100.0, 180.0), *((100.0 + t / 10, 180.0) for t in range(1, 16))]
    assert stay(zones, path) == "the-letter"


def test_where_zones_overlap_the_first_counts() -> None:
    """As the configuration lists them."""
    both = Zone("water-lilies", Polygon(((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))))
    assert stay(ArtworkZones([LEFT, both]), [(t / 10, 20.0) for t in range(9)]) == "harvest"
    assert stay(ArtworkZones([both, LEFT]), [(t / 10, 20.0) for t in range(9)]) == "water-lilies"


def test_visitors_do_not_mix_and_nothing_stays_of_them() -> None:
    """Each has a stay of their own."""
    zones = ArtworkZones([LEFT, RIGHT])
    one, two = (Track(at(x), 0, 0, Motion(at(x).box, 0.0)) for x in (20, 180))
    for t in range(10):
        zones.observe(one, IMAGE, t / 10)
        zones.observe(two, IMAGE, t / 10)
    assert (zones.close(one), zones.close(two)) == ("harvest", "the-letter")
    assert not zones._stays
