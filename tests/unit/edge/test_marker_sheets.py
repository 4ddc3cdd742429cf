"""Printed markers: exact sizes, and a camera that reads them again."""

import re
import shutil
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.__main__ import main
from edge.adapters.aruco_finder import ArucoFinder, cells
from edge.marker_sheets import WORDS, Paper, runs, sheets
from edge.markers import CELLS, NUMBERS, SIDES_MM, MarkerKind
from edge.models import Box

_RECTANGLE = re.compile(rb"(-?[\d.]+) (-?[\d.]+) (-?[\d.]+) (-?[\d.]+) re")
_DPI = 50
PAPERS = {Paper.A4: (210.0, 297.0), Paper.LETTER: (215.9, 279.4)}


def sheet(kind: MarkerKind, *, count: int = 1, paper: Paper = Paper.A4) -> bytes:
    """The PDF."""
    return sheets(kind, cells(NUMBERS[kind]), count=count, paper=paper)


@pytest.mark.parametrize("kind", MarkerKind)
@pytest.mark.parametrize("paper", Paper)
def test_a_marker_is_as_large_as_it_says(kind: MarkerKind, paper: Paper) -> None:
    """To a hundredth of a millimetre, with a white margin of a cell, within the paper."""
    boxes = np.array([[float(n) for n in m] for m in _RECTANGLE.findall(sheet(kind, paper=paper))])
    boxes *= 25.4 / 72
    left, bottom = boxes[:, 0].min(), boxes[:, 1].min()
    right, top = (boxes[:, 0] + boxes[:, 2]).max(), (boxes[:, 1] + boxes[:, 3]).max()
    side = SIDES_MM[kind]
    assert right - left == pytest.approx(side, abs=0.01)
    assert top - bottom == pytest.approx(side, abs=0.01)
    width, height = PAPERS[paper]
    cell = side / CELLS
    assert cell - 0.01 <= left
    assert right <= width - cell
    assert bottom >= cell
    assert top <= height - cell


@pytest.mark.parametrize("kind", MarkerKind)
def test_runs_cover_the_black_cells_and_nothing_else(kind: MarkerKind) -> None:
    """Along rows and columns."""
    code = cells(NUMBERS[kind])
    painted = np.zeros((CELLS, CELLS), bool)
    for x, y, width, height in runs(code):
        painted[y : y + height, x : x + width] = True
    assert painted.tolist() == code


@pytest.mark.parametrize("kind", MarkerKind)
def test_markers_have_a_black_border_and_are_told_apart_however_turned(kind: MarkerKind) -> None:
    """In 21 cells from the other one, in 16 from itself."""
    code = np.array(cells(NUMBERS[kind]))
    assert code[[0, -1]].all()
    assert code[:, [0, -1]].all()
    for other in MarkerKind:
        for turns in range(4):
            turned = np.rot90(np.array(cells(NUMBERS[other])), turns)
            if (other, turns) != (kind, 0):
                assert (code != turned).sum() >= (16 if other is kind else 21)


@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="no pdftoppm (poppler-utils) here")
@pytest.mark.parametrize("paper", Paper)
@pytest.mark.parametrize(("kind", "count"), [(MarkerKind.STAFF, 5), (MarkerKind.OPT_OUT, 8)])
def test_what_is_printed_is_found_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: MarkerKind, count: int, paper: Paper
) -> None:
    """As many as were asked for, of the right number and size, on as few sheets as it takes."""
    file = tmp_path / "markers.pdf"
    code = main(
        ["markers", "--kind", kind, "--count", str(count), "--paper", paper, "--out", str(file)]
    )
    assert code == 0
    assert f"{count} markers of {SIDES_MM[kind]:g} mm" in capsys.readouterr().out
    command = ["pdftoppm", "-r", str(_DPI), "-gray", str(file), str(tmp_path / "page")]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stderr == "", "poppler has nothing to complain about"
    pages = [cv2.imread(str(f), cv2.IMREAD_GRAYSCALE) for f in sorted(tmp_path.glob("page*"))]
    assert len(pages) == 2
    found = [
        marker
        for page in pages
        for marker in ArucoFinder().find(page, Box(0, 0, page.shape[1], page.shape[0]), 1.0)
    ]
    assert [m.number for m in found] == [NUMBERS[kind]] * count
    for marker in found:
        assert marker.side * 25.4 / _DPI == pytest.approx(SIDES_MM[kind], abs=0.8)


def test_words_are_the_museums_own_if_it_says_so(tmp_path: Path) -> None:
    """The languages of Western Europe; brackets and backslashes are printed as they are."""
    file = tmp_path / "m.pdf"
    words = ["--line", "Für Gäste (10 %)", "--line", "C:\\"]
    assert main(["markers", "--kind", "optout", "--out", str(file), "--count", "1", *words]) == 0
    content = file.read_bytes()
    assert "(Für Gäste \\(10 %\\)) Tj".encode("cp1252") in content
    assert b"(C:\\\\) Tj" in content
    assert WORDS[MarkerKind.OPT_OUT][0].encode() not in content


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--count", "0"], "--count: must lie in 1 to 1000"),
        (["--line", "ご遠慮"], "--line: cannot be printed in Helvetica"),
        (["--out", "/nowhere/m.pdf"], "/nowhere/m.pdf: cannot be written: No such file"),
    ],
)
def test_what_cannot_be_printed_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    arguments: list[str], said: str,
) -> None:  # fmt: skip
    """Exit code 2, and no file."""
    monkeypatch.chdir(tmp_path)
    assert main(["markers", "--kind", "staff", *arguments]) == 2
    assert said in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
