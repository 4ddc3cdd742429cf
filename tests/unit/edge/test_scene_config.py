"""``[watch]``, ``[scene]``, ``[markers]`` of ``edge.toml``: what is accepted, and what is not."""

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import ConfigError
from contracts.museums import OpeningHours
from edge.config import (
    EdgeConfig,
    MarkersConfig,
    Measuring,
    PlannedHours,
    Restriction,
    SceneConfig,
    Unseen,
    WatchConfig,
    load_config,
)
from edge.polygon import Polygon

HEAD = """
[device]
museum_id = "city-gallery"
artwork_id = "harvest"
device_id = "pi-1"
[camera]
source = "v4l2"
"""
GOOD = """
[watch]
mode = "count-only"
time_zone = "Europe/Rome"
trust_clock = true
[watch.opening_hours]
tuesday = "10:00-17:00"
saturday = "10:00-04:00"
[[watch.plan]]
mode = "paused"
tuesday = "13:00-14:00"
[[watch.plan]]
mode = "count-only"
tuesday = "10:00-12:00"
[scene]
[[scene.masks]]
polygon = [[0.0, 0.5], [0.25, 0.5], [0.25, 1.0], [0.0, 1.0]]
[[scene.zones]]
artwork_id = "the-letter"
polygon = [[0, 0], [1, 0], [1, 1]]
[markers]
enabled = false
smallest_mm = 80
if_unseen = "count"
"""


def load(folder: Path, text: str) -> EdgeConfig:
    """Reads ``text`` behind the sections that have to be there."""
    file = folder / "edge.toml"
    file.write_text(HEAD + text)
    return load_config(file)


def test_all_of_it_is_read(tmp_path: Path) -> None:
    """Hours are written as in museum.toml; a section's rows are lists."""
    config = load(tmp_path, GOOD)
    assert config.watch == WatchConfig(
        mode=Measuring.COUNT_ONLY,
        time_zone="Europe/Rome",
        trust_clock=True,
        opening_hours=OpeningHours(tuesday="10:00-17:00", saturday="10:00-04:00"),
        plan=(
            PlannedHours(mode=Restriction.PAUSED, tuesday="13:00-14:00"),
            PlannedHours(mode=Restriction.COUNT_ONLY, tuesday="10:00-12:00"),
        ),
    )
    assert config.watch.zone == ZoneInfo("Europe/Rome")
    assert config.scene.masks[0].polygon[1] == (0.25, 0.5)
    assert config.scene.zones[0].artwork_id == "the-letter"
    assert config.markers == MarkersConfig(enabled=False, smallest_mm=80.0, if_unseen=Unseen.COUNT)


def test_without_the_sections_it_always_watches_and_looks_for_markers(tmp_path: Path) -> None:
    """Defaults."""
    config = load(tmp_path, "")
    assert (config.watch, config.scene) == (WatchConfig(), SceneConfig())
    assert config.markers.enabled


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Europe/Rome", "Europe/Roma", ["watch.time_zone", "Europe/Roma", "tzdata"]),
        ("Europe/Rome", "../etc/passwd", ["watch.time_zone"]),
        ('time_zone = "Europe/Rome"', "", ["watch.time_zone", "missing"]),
        ('tuesday = "10:00-17:00"', 'tuesday = "10-17"', ["watch.opening_hours.tuesday"]),
        ('tuesday = "10:00-17:00"', 'tusday = "closed"', ["opening_hours.tusday", "tuesday"]),
        ('mode = "paused"', 'mode = "closed"', ["watch.plan[0].mode", "paused, count-only"]),
        ('mode = "paused"', "", ["watch.plan[0].mode", "missing"]),
        ('mode = "count-only"\ntime', 'mode = "paused"\ntime', ["watch.mode", "full, count-only"]),
        ("[0.25, 1.0], [0.0, 1.0]", "", ["scene.masks[0].polygon", "3 to 100 corners"]),
        ("[0.25, 1.0]", "[320, 1.0]", ["scene.masks[0].polygon[2]", "0 to 1"]),
        ("[0.25, 1.0]", "[0.2, 1.0, 0.3]", ["scene.masks[0].polygon[2]", "[x, y]"]),
        ("[[0, 0], [1, 0], [1, 1]]", "[[0, 0], [1, 0], [0.5, 0]]", ["scene.zones[0].polygon"]),
        ('"the-letter"', '"The Letter"', ["scene.zones[0].artwork_id"]),
        ("smallest_mm = 80", "smallest_mm = 8", ["markers.smallest_mm", "30 to 200"]),
        ('"count"', '"no"', ["markers.if_unseen", "measure, count"]),
    ],
)
def test_mistakes_are_named(tmp_path: Path, old: str, new: str, said: list[str]) -> None:
    """File, key, and what is allowed."""
    assert GOOD.count(old) == 1
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, GOOD.replace(old, new))
    assert "edge.toml" in str(caught.value)
    assert all(word in str(caught.value) for word in said), caught.value


def test_the_examples_tables_can_be_used(repository: Path, tmp_path: Path) -> None:
    """What the example shows indented is good, too, once its zone is filled in."""
    text = (repository / "edge" / "edge.example.toml").read_text()
    shown = re.sub(r"(?m)^#   ", "", text).replace('# time_zone = ""', 'time_zone = "Europe/Rome"')
    file = tmp_path / "edge.toml"
    file.write_text(shown)
    config = load_config(file)
    assert config.watch.opening_hours is not None
    assert [len(x) for x in (config.watch.plan, config.scene.masks, config.scene.zones)] == [1] * 3


@given(x=st.floats(0, 1), y=st.floats(0, 1))
def test_a_polygon_holds_what_lies_within_its_edges(x: float, y: float) -> None:
    """An L, told by two rectangles; its edges belong to either side."""
    shape = Polygon(((0.1, 0.1), (0.4, 0.1), (0.4, 0.6), (0.9, 0.6), (0.9, 0.9), (0.1, 0.9)))
    edges = {0.1, 0.4, 0.6, 0.9}
    if x in edges or y in edges:
        return
    inside = (0.1 < x < 0.4 and 0.1 < y < 0.9) or (0.1 < x < 0.9 and 0.6 < y < 0.9)
    assert shape.contains(x, y) is inside
