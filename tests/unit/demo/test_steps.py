"""What the demo does to the folder that it is given."""

from pathlib import Path

import pytest

from demo.errors import DemoError
from demo.steps import make_empty


def test_a_folder_with_somebodys_files_is_left_alone(tmp_path: Path) -> None:
    """A slip with --out must not delete anything."""
    precious = tmp_path / "thesis.txt"
    precious.write_text("years of work", "utf-8")
    with pytest.raises(DemoError, match="holds what no demo wrote"):
        make_empty(tmp_path)
    assert precious.read_text("utf-8") == "years of work"


def test_a_file_in_the_folders_place_is_left_alone(tmp_path: Path) -> None:
    """The message says what is wrong."""
    file = tmp_path / "out"
    file.write_text("x", "utf-8")
    with pytest.raises(DemoError, match="is a file"):
        make_empty(file)
    assert file.is_file()


def test_an_earlier_demos_folder_is_emptied(tmp_path: Path) -> None:
    """New, empty and used folders of the demo all end up empty but for the marker."""
    out = tmp_path / "deep" / "out"
    make_empty(out)
    (out / "summary.json").write_text("{}", "utf-8")
    make_empty(out)
    assert len(list(out.iterdir())) == 1
