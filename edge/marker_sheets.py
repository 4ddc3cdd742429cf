"""Sheets of markers to print and cut: cards for staff, stickers for visitors."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from edge.markers import SIDES_MM, MarkerKind
from edge.pdf import Page, document

Code = Sequence[Sequence[bool]]
"""A marker's cells, row by row, black border included; True is black."""

_MARK_MM: Final = 4.0
"""Length of a cutting mark; it stands beside the pieces, outside their white margins."""
_GAP_MM: Final = 1.0
_LEADING: Final = 1.3
_MM_PER_POINT: Final = 25.4 / 72


class Paper(StrEnum):
    """Sizes of paper."""

    A4 = "a4"
    LETTER = "letter"


_PAPERS_MM: Final = {Paper.A4: (210.0, 297.0), Paper.LETTER: (215.9, 279.4)}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """What is cut out, millimetres; the marker stands in the middle of its upper part.

    Attributes:
        width: Of the piece.
        height: Of the piece.
        columns: Pieces side by side on a sheet.
        rows: Pieces below each other.
        heading: Size of the first line, points.
        body: Size of the others.
    """

    width: float
    height: float
    columns: int
    rows: int
    heading: float
    body: float


_PIECES: Final = {
    # Fits a holder for A6; white margins of one cell of the marker, which the detector needs.
    MarkerKind.STAFF: _Piece(width=100, height=130, columns=2, rows=2, heading=20, body=10),
    MarkerKind.OPT_OUT: _Piece(width=84, height=88, columns=2, rows=3, heading=11, body=7),
}
WORDS: Final = {
    MarkerKind.STAFF: (
        "STAFF",
        "The camera beside the artwork does not measure",
        "or count whoever wears this card. It is the same",
        "for everybody and does not tell who you are.",
        "Wear it on the chest, facing forward, uncovered.",
    ),
    MarkerKind.OPT_OUT: (
        "Please do not measure me",
        "With this sticker on your chest, uncovered, you are neither",
        "measured nor counted. It does not tell who you are.",
    ),
}


def sheets(
    kind: MarkerKind, code: Code, *, count: int, paper: Paper, words: Sequence[str] | None = None
) -> bytes:
    """A PDF of ``count`` pieces on as many sheets as they need.

    Args:
        kind: Cards or stickers.
        code: The marker's cells.
        count: How many.
        paper: What they are printed on.
        words: Heading and lines below it, for another language; None prints ``WORDS``.

    Raises:
        ValueError: A word cannot be printed in Helvetica.
    """
    piece = _PIECES[kind]
    lines = WORDS[kind] if words is None else tuple(words)
    pages = []
    for start in range(0, count, piece.columns * piece.rows):
        page = Page(*_PAPERS_MM[paper])
        left = (page.width - piece.columns * piece.width) / 2
        top = (page.height - piece.rows * piece.height) / 2
        for i in range(min(count - start, piece.columns * piece.rows)):
            row, column = divmod(i, piece.columns)
            corner = left + column * piece.width, top + row * piece.height
            _draw(page, corner, kind, code, lines)
        _cutting_marks(page, piece, left, top)
        pages.append(page)
    return document(pages, f"Smart Museum markers: {kind.value}")


def _draw(
    page: Page, corner: tuple[float, float], kind: MarkerKind, code: Code, lines: Sequence[str]
) -> None:
    piece, side = _PIECES[kind], SIDES_MM[kind]
    margin = (piece.width - side) / 2
    x, y = corner[0] + margin, corner[1] + margin
    cell = side / len(code)
    page.fill([(x + c * cell, y + r * cell, w * cell, h * cell) for c, r, w, h in runs(code)])
    baseline = y + side + margin / 4
    for i, line in enumerate(lines):
        size = piece.body if i else piece.heading
        baseline += size * _MM_PER_POINT * _LEADING
        page.text(x, baseline, line, size=size, bold=not i)


def runs(code: Code) -> list[tuple[int, int, int, int]]:
    """Black runs (column, row, width, height) along the rows and along the columns.

    Together they leave no seam between black cells, however a printer rounds.
    """
    across = [(c, r, n, 1) for r, row in enumerate(code) for c, n in _runs_of(row)]
    turned = list(zip(*code, strict=True))
    return across + [(c, r, 1, n) for c, column in enumerate(turned) for r, n in _runs_of(column)]


def _runs_of(cells: Sequence[bool]) -> list[tuple[int, int]]:
    """Start and length of each run of black cells."""
    found: list[tuple[int, int]] = []
    for i, black in enumerate(cells):
        if black and found and sum(found[-1]) == i:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        elif black:
            found.append((i, 1))
    return found


def _cutting_marks(page: Page, piece: _Piece, left: float, top: float) -> None:
    """Short lines beside the pieces, where a ruler is laid."""
    right, bottom = left + piece.columns * piece.width, top + piece.rows * piece.height
    for i in range(piece.columns + 1):
        x = left + i * piece.width
        page.line(x, max(0.0, top - _GAP_MM - _MARK_MM), x, top - _GAP_MM)
        page.line(x, bottom + _GAP_MM, x, min(page.height, bottom + _GAP_MM + _MARK_MM))
    for i in range(piece.rows + 1):
        y = top + i * piece.height
        page.line(max(0.0, left - _GAP_MM - _MARK_MM), y, left - _GAP_MM, y)
        page.line(right + _GAP_MM, y, min(page.width, right + _GAP_MM + _MARK_MM), y)
