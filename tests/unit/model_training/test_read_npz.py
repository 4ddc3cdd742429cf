from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from model_training.errors import DataError
from model_training.faces import FaceSet
from model_training.read_npz import read_npz

Change = Callable[[NDArray[Any]], NDArray[Any]]


def _arrays(faces: FaceSet) -> dict[str, NDArray[Any]]:
    return {
        "images": faces.images,
        "usage": faces.usage,
        "ferplus_votes": faces.votes,
        "fer2013_label": faces.fer2013_label,
    }


def _write(path: Path, arrays: dict[str, NDArray[Any]]) -> Path:
    np.savez(path, **arrays)
    return path


def test_a_written_set_reads_back_the_same(tmp_path: Path, few_faces: FaceSet) -> None:
    """All four arrays and the file's name arrive."""
    read = read_npz(_write(tmp_path / "faces.npz", _arrays(few_faces)))
    assert (read.images == few_faces.images).all()
    assert (read.votes == few_faces.votes).all()
    assert (read.fer2013_label == few_faces.fer2013_label).all()
    assert read.source == "faces.npz"
    assert [len(read.part(part)) for part in ("training", "public", "private")] == [48, 24, 0]


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("images", lambda a: a[:, :47], "'images' has shape"),
        ("images", lambda a: a.astype(np.float32), "'images' holds float32"),
        ("usage", lambda a: a[:-1], "'usage' has shape"),
        ("usage", lambda a: np.where(np.arange(len(a)) == 5, 3, a).astype(np.uint8), "row 5: 3"),
        ("ferplus_votes", lambda a: a[:, :8], "'ferplus_votes' has shape"),
        ("fer2013_label", lambda a: np.full_like(a, 7), "'fer2013_label', row 0: 7"),
    ],
)
def test_a_wrong_array_is_named(
    tmp_path: Path, few_faces: FaceSet, name: str, change: Change, message: str
) -> None:
    """The error names file, array and row."""
    arrays = _arrays(few_faces)
    arrays[name] = change(arrays[name])
    path = _write(tmp_path / "faces.npz", arrays)
    with pytest.raises(DataError, match=message) as caught:
        read_npz(path)
    assert str(path) in str(caught.value)


def test_a_missing_array_is_named(tmp_path: Path, few_faces: FaceSet) -> None:
    """The error says which array is missing and what there is."""
    arrays = _arrays(few_faces)
    del arrays["ferplus_votes"]
    with pytest.raises(DataError, match=r"'ferplus_votes' is missing; it holds images"):
        read_npz(_write(tmp_path / "faces.npz", arrays))


@pytest.mark.parametrize("content", [b"", b"no archive at all", b"PK\x03\x04 cut off"])
def test_a_file_that_is_no_npz_is_refused(tmp_path: Path, content: bytes) -> None:
    """Garbage gives the package's own error, not numpy's."""
    path = tmp_path / "faces.npz"
    path.write_bytes(content)
    with pytest.raises(DataError, match="not a readable"):
        read_npz(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The path is in the message."""
    with pytest.raises(DataError, match=r"nowhere\.npz: there is no such file"):
        read_npz(tmp_path / "nowhere.npz")
