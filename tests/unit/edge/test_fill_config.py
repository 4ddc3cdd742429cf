"""``edge.toml`` is made from the example, whatever stands in that."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import ContractError
from edge import fill_config
from edge.fill_config import fill, find, read_value

TEXT = """\
# About the whole file.

[device]
museum_id = "city-gallery"   # as in museum.toml
[camera]
source = "v4l2" # a camera
# index = 0     # /dev/video0
# A line of prose about index = 3 and more.
zones = [
  "a",
]

[visits]
# min_dwell_s = 1.0  # who is seen for less long
"""
IDENTITY = [
    "--text", "device.museum_id=city-gallery", "--text", "device.artwork_id=harvest",
    "--text", "device.device_id=pi-7", "--text", "broker.endpoint=broker.example",
]  # fmt: skip


def test_values_are_set_where_they_stand_and_comments_stay() -> None:
    """Written ones, commented defaults, and what the table does not show yet."""
    filled = fill(
        TEXT,
        {
            "device.museum_id": "long-hall",
            "camera.index": 2,
            "camera.url": "rtsp://camera.example/1",
            "outbox.file": "/var/lib/x",
        },
    )

    assert 'museum_id = "long-hall"   # as in museum.toml' in filled
    assert "\nindex = 2     # /dev/video0" in filled
    assert "# A line of prose about index = 3 and more." in filled
    assert tomllib.loads(filled) == {
        "device": {"museum_id": "long-hall"},
        "camera": {
            "source": "v4l2",
            "index": 2,
            "zones": ["a"],
            "url": "rtsp://camera.example/1",
        },
        "visits": {},
        "outbox": {"file": "/var/lib/x"},
    }


def test_filling_in_again_changes_nothing() -> None:
    """A second run of the installer finds its own file."""
    values: dict[str, str | float | bool] = {
        "device.museum_id": "long-hall",
        "visits.min_dwell_s": 2.5,
        "camera.realtime": True,
    }
    once = fill(TEXT, values)

    assert fill(once, values) == once
    assert fill(once, {}) == once


@given(st.text(st.characters(codec="utf-8")))
def test_any_text_comes_back_as_it_was(text: str) -> None:
    """Quotes, backslashes, control characters: nothing escapes its string."""
    assert find(fill(TEXT, {"device.museum_id": text}), "device.museum_id") == text


@pytest.mark.parametrize("name", ["museum_id", "a.b.c", "a.", 'x]\n[y.k"', "Device.Id"])
def test_a_name_that_is_none_is_an_error(name: str) -> None:
    """It must be table and key."""
    with pytest.raises(ContractError, match="must be named"):
        fill(TEXT, {name: "x"})


def test_a_place_that_cannot_be_filled_in_is_said() -> None:
    """A list over several lines is left to an editor, never broken."""
    with pytest.raises(ContractError):
        fill(TEXT, {"camera.zones": "x"})


@pytest.mark.parametrize(
    ("typed", "value"),
    [("true", True), ("3", 3), ("-2.5", -2.5), ("v4l2", "v4l2"), ("1.2.3", "1.2.3"), ("", "")],
)
def test_what_is_typed_is_read_as_toml_would(typed: str, value: object) -> None:
    """Numbers and truth values as such."""
    assert read_value(typed) == value


def test_the_example_can_be_filled_in(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The file that ships is the one that the installer starts from."""
    example = repository / "edge" / "edge.example.toml"

    assert fill_config.main([str(example), *IDENTITY, "--set", "camera.index=1"]) == 0
    filled = tomllib.loads(capsys.readouterr().out)

    assert filled["device"]["artwork_id"] == "harvest"
    assert filled["broker"]["endpoint"] == "broker.example"
    assert filled["camera"]["index"] == 1


@pytest.mark.parametrize(
    ("argument", "complaint"),
    [
        ("broker.visits_rule=no rule", "broker.visits_rule"),
        ("camera.source=telescope", "camera.source"),
        ("camera.indx=1", "did you mean index"),
        ("camera", "TABLE.KEY=VALUE"),
    ],
)
def test_what_the_process_would_refuse_is_refused_before_it_is_written(
    repository: Path, argument: str, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line on stderr, nothing on stdout."""
    example = repository / "edge" / "edge.example.toml"

    assert fill_config.main([str(example), *IDENTITY, "--set", argument]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert complaint in err
    assert err.count("\n") == 1


def test_it_needs_nothing_but_the_standard_library(repository: Path) -> None:
    """install.sh runs it, and with it the whole configuration's checks, on a blank machine."""
    code = "import sys; sys.path.insert(0, sys.argv[1]); import edge.fill_config, edge.health"
    blank = subprocess.run(
        [sys._base_executable, "-I", "-S", "-c", code, str(repository)],  # type: ignore[attr-defined]  # outside the venv
        capture_output=True,
        text=True,
        check=False,
    )

    assert blank.returncode == 0, blank.stderr


def test_one_value_can_be_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The prompts of a second run offer what was answered in the first."""
    file = tmp_path / "edge.toml"
    file.write_text(TEXT)

    assert fill_config.main([str(file), "--get", "device.museum_id"]) == 0
    assert capsys.readouterr().out == "city-gallery\n"
    assert fill_config.main([str(file), "--get", "device.artwork_id"]) == 1
    assert fill_config.main([str(tmp_path / "none.toml"), "--get", "device.artwork_id"]) == 2
    file.write_text("[device\n")
    assert fill_config.main([str(file), "--get", "device.artwork_id"]) == 2
