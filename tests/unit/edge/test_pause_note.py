"""The note of what was switched: survives, is replaced whole, and is a pause when damaged."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.visit import LATEST_MS
from edge.adapters.pause_note import PauseNote
from edge.errors import SwitchError
from edge.switches import Switch, Switches

SWITCHES = st.none() | st.builds(Switch, until_ms=st.none() | st.integers(0, LATEST_MS))


@given(paused=SWITCHES, count_only=SWITCHES)
def test_what_is_noted_is_read_back(paused: Switch | None, count_only: Switch | None) -> None:
    """Each switch by itself."""
    switches = Switches(paused=paused, count_only=count_only)
    assert Switches.decode(switches.encode()) == switches


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"\0" * 60,
        b"[]",
        b"{}",
        b'{"paused": null}',
        b'{"paused": null, "count_only": null, "reason": "a school"}',
        b'{"paused": true, "count_only": null}',
        b'{"paused": {"until_ms": true}, "count_only": null}',
        b'{"paused": {"until_ms": 1e5}, "count_only": null}',
        b'{"paused": {"until_ms": -1}, "count_only": null}',
        b'{"paused": {}, "count_only": null}',
        b"[" * 5000,
        b"\xff",
    ],
)
def test_a_damaged_note_is_a_pause_without_an_end(note: bytes) -> None:
    """Never the reverse: what a power cut has left must not open the camera."""
    read = Switches.decode(note)
    assert read.damaged
    assert read.paused == Switch(until_ms=None)


@given(note=st.binary(max_size=200))
def test_no_bytes_are_read_as_anything_but_a_note_or_a_pause(note: bytes) -> None:
    """Whatever lies there."""
    read = Switches.decode(note)
    assert read.damaged or json.loads(note).keys() == {"paused", "count_only"}


def test_no_note_is_no_switch(tmp_path: Path) -> None:
    """Nor is one that somebody has removed."""
    note = PauseNote(tmp_path / "watch.json")
    assert note.read() == Switches()
    note.write(Switches(paused=Switch()))
    assert note.read().paused == Switch()
    (tmp_path / "watch.json").unlink()
    assert note.read() == Switches()


def test_another_process_reads_it_at_once(tmp_path: Path) -> None:
    """One that has read an older one, too."""
    writer, reader = PauseNote(tmp_path / "watch.json"), PauseNote(tmp_path / "watch.json")
    for until_ms in range(20):
        switches = Switches(paused=Switch(until_ms=until_ms))
        writer.write(switches)
        assert reader.read() == switches
    assert [p.name for p in tmp_path.iterdir()] == ["watch.json"], "nothing is left beside it"


def test_the_service_may_read_what_root_has_written(tmp_path: Path) -> None:
    """Whatever the umask of the shell that sudo was called from."""
    before = os.umask(0o077)
    try:
        PauseNote(tmp_path / "watch.json").write(Switches())
    finally:
        os.umask(before)
    assert (tmp_path / "watch.json").stat().st_mode & 0o777 == 0o644


def test_a_link_in_its_place_is_replaced_and_not_followed(tmp_path: Path) -> None:
    """Root writes into a folder that is the service's."""
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    (tmp_path / "watch.json").symlink_to(victim)
    PauseNote(tmp_path / "watch.json").write(Switches(paused=Switch()))
    assert victim.read_text() == "untouched"
    assert not (tmp_path / "watch.json").is_symlink()


def test_a_note_that_cannot_be_read_is_a_pause(tmp_path: Path) -> None:
    """Said once; and over when it can be read again."""
    file = tmp_path / "watch.json"
    file.mkdir()
    note = PauseNote(file)
    assert note.read().paused == Switch()
    assert note.read().damaged
    file.rmdir()
    assert note.read() == Switches()


def test_where_it_cannot_be_written_one_line_says_so(tmp_path: Path) -> None:
    """The folder is missing, say."""
    with pytest.raises(SwitchError, match="cannot be written: No such file"):
        PauseNote(tmp_path / "gone" / "watch.json").write(Switches())
