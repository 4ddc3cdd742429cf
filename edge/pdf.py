"""A PDF writer for what ``museum-edge markers`` prints: black rectangles, lines and Helvetica.

A page is a list of drawing operators of PDF 1.4 (ISO 32000-1, 7.3 and 8.4 to 9.4); lengths are in
millimetres from the upper left corner. Helvetica is one of the fonts that every reader brings.
"""

from dataclasses import dataclass, field
from typing import Final

_POINTS_PER_MM: Final = 72 / 25.4
_HAIRLINE_MM: Final = 0.15
_ENCODING: Final = "cp1252"
"""``WinAnsiEncoding``: the languages of Western Europe."""


@dataclass(slots=True)
class Page:
    """One page.

    Attributes:
        width: Millimetres.
        height: Millimetres.
    """

    width: float
    height: float
    _operators: list[bytes] = field(default_factory=list)

    def fill(self, rectangles: list[tuple[float, float, float, float]]) -> None:
        """Fills (x, y, width, height) in black, as one shape: no seams where they overlap."""
        path = " ".join(
            f"{_pt(x)} {_pt(self.height - y - height)} {_pt(width)} {_pt(height)} re"
            for x, y, width, height in rectangles
        )
        self._operators.append(f"{path} f".encode())

    def line(self, x1: float, y1: float, x2: float, y2: float, *, grey: float = 0.5) -> None:
        """Draws a hairline; ``grey`` is 0 for black and 1 for white."""
        start = f"{_pt(x1)} {_pt(self.height - y1)} m"
        end = f"{_pt(x2)} {_pt(self.height - y2)} l"
        self._operators.append(f"{grey:g} G {_pt(_HAIRLINE_MM)} w {start} {end} S".encode())

    def text(self, x: float, y: float, text: str, *, size: float, bold: bool = False) -> None:
        """Writes one line with its baseline at ``y``; ``size`` in points.

        Raises:
            ValueError: The text holds a character that Helvetica has not.
        """
        try:
            encoded = text.encode(_ENCODING)
        except UnicodeEncodeError as exc:
            missing = text[exc.start : exc.end]
            raise ValueError(f"cannot be printed in Helvetica: {missing!r}") from exc
        for special in (b"\\", b"(", b")"):
            encoded = encoded.replace(special, b"\\" + special)
        font = "F2" if bold else "F1"
        head = f"BT /{font} {size:g} Tf {_pt(x)} {_pt(self.height - y)} Td ("
        self._operators.append(head.encode() + encoded + b") Tj ET")

    @property
    def content(self) -> bytes:
        """The page's operators."""
        return b"\n".join(self._operators)


def document(pages: list[Page], title: str) -> bytes:
    """The PDF file of some pages."""
    fonts = [
        f"<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>".encode()
        for name in ("Helvetica", "Helvetica-Bold")
    ]
    first = 6
    kids = " ".join(f"{first + 2 * i} 0 R" for i in range(len(pages)))
    # /PrintScaling: readers offer "actual size" rather than "fit to page" (ISO 32000-1, 12.2).
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /ViewerPreferences << /PrintScaling /None >> >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        *fonts,
        b"<< /Title (" + title.encode("ascii", "replace") + b") >>",
    ]
    for i, page in enumerate(pages):
        box = f"/MediaBox [0 0 {_pt(page.width)} {_pt(page.height)}]"
        resources = "/Resources << /Font << /F1 3 0 R /F2 4 0 R >> >>"
        stream = f"/Contents {first + 2 * i + 1} 0 R"
        objects += [
            f"<< /Type /Page /Parent 2 0 R {box} {resources} {stream} >>".encode(),
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(page.content), page.content),
        ]
    return _file(objects)


def _file(objects: list[bytes]) -> bytes:
    """Objects numbered from 1, the first the catalogue, the fifth the information."""
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info 5 0 R >>\n" % (len(objects) + 1)
    out += b"startxref\n%d\n%%%%EOF\n" % start
    return bytes(out)


def _pt(millimetres: float) -> str:
    return f"{millimetres * _POINTS_PER_MM:.4f}"
