from pathlib import Path

import numpy as np
import pytest

from model_training.errors import DataError
from model_training.faces import PARTS, VOTE_COLUMNS, FaceSet
from model_training.read_csv import read_csv

_USAGE = ("Training", "PublicTest", "PrivateTest")


def _face_lines(faces: FaceSet) -> list[str]:
    rows = zip(faces.fer2013_label, faces.images, faces.usage, strict=True)
    return ["emotion,pixels,Usage"] + [
        f"{label},{' '.join(map(str, image.ravel()))},{_USAGE[usage]}"
        for label, image, usage in rows
    ]


def _vote_lines(faces: FaceSet) -> list[str]:
    rows = zip(faces.usage, faces.votes, strict=True)
    return [",".join(("Usage", "Image name", *VOTE_COLUMNS))] + [
        f"{_USAGE[usage]},fer{row:07}.png,{','.join(map(str, votes))}"
        for row, (usage, votes) in enumerate(rows)
    ]


@pytest.fixture
def faces(few_faces: FaceSet) -> FaceSet:
    """Six images of the training part, then six of the public part."""
    return few_faces.pick(np.arange(42, 54))


@pytest.fixture
def files(tmp_path: Path, faces: FaceSet) -> tuple[Path, Path]:
    """Both files as a user downloads them."""
    pixels, votes = tmp_path / "fer2013.csv", tmp_path / "fer2013new.csv"
    pixels.write_text("\n".join(_face_lines(faces)) + "\n", encoding="utf-8")
    votes.write_text("\n".join(_vote_lines(faces)) + "\n", encoding="utf-8")
    return pixels, votes


def _edit(path: Path, line: int, old: str, new: str) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert old in lines[line]
    lines[line] = lines[line].replace(old, new, 1)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_both_files_give_the_same_set_as_the_arrays(
    files: tuple[Path, Path], faces: FaceSet
) -> None:
    """Images, labels, votes and parts arrive in file order."""
    read = read_csv(*files)
    assert (read.images == faces.images).all()
    assert (read.votes == faces.votes).all()
    assert (read.fer2013_label == faces.fer2013_label).all()
    assert [len(read.part(part)) for part in PARTS] == [6, 6, 0]


@pytest.mark.parametrize(
    ("line", "old", "new", "message"),
    [
        (0, "pixels", "picture", r"fer2013\.csv: column 'pixels' is missing"),
        (3, " ", ",", r"row 3: "),
        (2, "Training", "Train", r"row 2: Usage is 'Train', expected one of Training, PublicTest"),
        (1, " ", " 7 ", r"row 1: pixels holds 2305 values, expected 2304"),
        (4, " ", " x ", r"row 4: pixels holds something that is no number"),
        (4, " ", " 256", r"row 4: pixels holds values outside 0 to 255"),
        (5, "5,", "9,", r"row 5: emotion is '9', expected a whole number from 0 to 6"),
    ],
)
def test_a_bad_face_row_is_named(
    files: tuple[Path, Path], line: int, old: str, new: str, message: str
) -> None:
    """The error names file, row and field."""
    if line == 5:
        old = files[0].read_text(encoding="utf-8").splitlines()[5][:2]
    _edit(files[0], line, old, new)
    with pytest.raises(DataError, match=message):
        read_csv(*files)


@pytest.mark.parametrize(
    ("line", "old", "new", "message"),
    [
        (0, "NF", "None", r"fer2013new\.csv: column 'NF' is missing"),
        (
            2,
            "Training",
            "PublicTest",
            r"row 2: Usage is 'PublicTest', but fer2013\.csv has another",
        ),
        (3, ",0,", ",-1,", r"row 3: \w+ is '-1'"),
        (3, ",0,", ",many,", r"row 3: \w+ is 'many'"),
    ],
)
def test_a_bad_vote_row_is_named(
    files: tuple[Path, Path], line: int, old: str, new: str, message: str
) -> None:
    """The error names file, row and field, and says when the files do not belong together."""
    _edit(files[1], line, old, new)
    with pytest.raises(DataError, match=message):
        read_csv(*files)


def test_files_of_different_length_do_not_belong_together(files: tuple[Path, Path]) -> None:
    """A vote file that ends early is refused with both counts."""
    lines = files[1].read_text(encoding="utf-8").splitlines()
    files[1].write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"11 rows, but fer2013\.csv has 12"):
        read_csv(*files)


def test_a_row_that_ends_early_is_named(files: tuple[Path, Path]) -> None:
    """A missing last field is an error, not an empty value."""
    _edit(files[0], 6, ",Training", "")
    with pytest.raises(DataError, match=r"row 6: field 'Usage' is missing"):
        read_csv(*files)
