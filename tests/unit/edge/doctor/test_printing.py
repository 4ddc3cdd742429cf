"""What people see of doctor while it works and when it is done."""

import io

from edge.commands.doctor import _Printer
from edge.doctor.report import Outcome, warned


class Screen(io.TextIOWrapper):
    """A terminal whose content can be read back."""

    def __init__(self, encoding: str, *, is_terminal: bool = True) -> None:
        self.content = io.BytesIO()
        self._is_terminal = is_terminal
        super().__init__(self.content, encoding=encoding)

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return self._is_terminal


HOT = Outcome(name="temperature", finding=warned("81.0 °C", "give it air"), took_ms=1)


def test_a_terminal_shows_what_goes_on_and_then_forgets_it() -> None:
    """Most of all, that somebody has to stand before the camera now."""
    screen = Screen("utf-8")
    printer = _Printer(screen, seconds=6)
    printer.begin("camera")
    printer.end(HOT)

    shown = screen.content.getvalue().decode()
    assert "camera: look at the artwork from the mark, for 9 s" in shown
    assert shown.endswith("\r\x1b[K! temperature    81.0 °C\n" + 17 * " " + "-> give it air\n")


def test_a_file_gets_the_lines_only() -> None:
    """No control characters, and no letters that it can't hold."""
    screen = Screen("ascii", is_terminal=False)
    printer = _Printer(screen, seconds=6)
    printer.begin("camera")
    printer.end(HOT)

    assert screen.content.getvalue().decode().splitlines()[0] == "[warn] temperature    81.0 ?C"
