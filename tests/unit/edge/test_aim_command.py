"""``museum-edge aim`` on a film: lines for a pipe, a page for a terminal, nothing kept."""

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.__main__ import main

CONFIG = """
[device]
museum_id = "city-gallery"
artwork_id = "water-lilies"
device_id = "pi-1"
[camera]
source = "images"
path = "clip"
frames_per_s = 10
{more}
"""


def configure(folder: Path, more: str = "", pictures: int = 35) -> Path:
    """A film of a bright room without anybody."""
    (folder / "clip").mkdir()
    picture = np.full((120, 160, 3), 128, np.uint8)
    picture[::8] = 200
    for number in range(pictures):
        cv2.imwrite(str(folder / "clip" / f"{number:03}.png"), picture)
    (folder / "edge.toml").write_text(CONFIG.format(more=more))
    return folder / "edge.toml"


def test_a_pipe_gets_a_line_a_second(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And one at the film's end; nothing is written to the disk."""
    config = configure(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    assert main(["aim", "--config", str(config)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line[:11] for line in lines] == [f"{t:7.1f} s  " for t in (0, 1, 2, 3, 3.4)]
    assert "10.0 frames/s  brightness 54%" in lines[-1]
    assert "no face" in lines[-1]
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("pictures", [3, 35])
def test_once_prints_one_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], pictures: int
) -> None:
    """Also of a film that is shorter than a second."""
    config = configure(tmp_path, pictures=pictures)
    assert main(["aim", "--config", str(config), "--once"]) == 0
    out = capsys.readouterr().out
    assert out.count("camera ") == 1
    assert "160x120, 10.0 frames/s, faces by haar" in out
    assert "! no face" in out
    assert "\x1b" not in out


def test_it_ends_after_so_many_seconds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of the film."""
    assert main(["aim", "--config", str(configure(tmp_path)), "--seconds", "2"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("    2.0 s")


def test_a_missing_film_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line, exit code 2."""
    config = configure(tmp_path)
    config.write_text(config.read_text().replace('"clip"', '"none"'))
    assert main(["aim", "--config", str(config)]) == 2
    err = capsys.readouterr().err
    assert err.startswith("museum-edge: camera ")
    assert "none" in err
    assert "pause" not in err


def test_a_missing_camera_may_be_a_busy_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The service holds it, as a rule."""
    config = configure(tmp_path)
    config.write_text(config.read_text().replace('"images"', '"v4l2"\nindex = 63'))
    assert main(["aim", "--config", str(config), "--once"]) == 2
    assert "museum-edge pause" in capsys.readouterr().err


@pytest.mark.parametrize("seconds", ["0", "-1", "x", "inf"])
def test_seconds_are_a_number(seconds: str, capsys: pytest.CaptureFixture[str]) -> None:
    """More than none."""
    with pytest.raises(SystemExit):
        main(["aim", f"--seconds={seconds}"])
    assert "must be a number of seconds" in capsys.readouterr().err


def test_a_terminal_is_drawn_in_place_and_given_back(tmp_path: Path) -> None:
    """Ctrl-C ends it in good order: cursor and page are as before, the last report stays."""
    config = configure(tmp_path, pictures=300)
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "edge", "aim", "--config", str(config)],
        stdout=theirs,
        stderr=subprocess.PIPE,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )
    os.close(theirs)
    drawn = b""
    while drawn.count(b"\x1b[H") < 3:
        drawn += os.read(ours, 65_536)
    process.send_signal(signal.SIGINT)
    while True:
        try:
            piece = os.read(ours, 65_536)
        except OSError:  # Linux: the other end has closed
            break
        drawn += piece
        if not piece:
            break
    os.close(ours)
    assert process.wait(20) == 0
    text = drawn.decode()
    assert text.startswith("\x1b[?1049h\x1b[?25l\x1b[H")
    left = text.partition("\x1b[?25h\x1b[?1049l")[2]
    assert left.count("camera ") == 1
    assert "┌──" in left
    assert process.stderr is not None
    assert b"Traceback" not in process.stderr.read()
    process.stderr.close()
