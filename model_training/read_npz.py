"""Reads `fer2013plus.npz`: FER2013 images with both label sets in one file."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from model_training.errors import DataError
from model_training.faces import (
    FER2013_LABELS,
    FRAME_PX,
    PARTS,
    UNKNOWN_FER2013_LABEL,
    VOTE_COLUMNS,
    FaceSet,
)

_ROW_SHAPES: Final[dict[str, tuple[int, ...]]] = {
    "images": (FRAME_PX, FRAME_PX),
    "usage": (),
    "ferplus_votes": (len(VOTE_COLUMNS),),
    "fer2013_label": (),
}


def read_npz(path: Path) -> FaceSet:
    """Reads the four arrays and checks shapes, types and values.

    Raises:
        DataError: the file is missing, is no npz, lacks an array, or holds a wrong shape or value.
    """
    arrays = _load(path)
    rows = len(arrays["images"])
    for name, shape in _ROW_SHAPES.items():
        _check_array(path, name, arrays[name], (rows, *shape))
    _check_values(path, "usage", arrays["usage"], set(range(len(PARTS))))
    known = set(range(len(FER2013_LABELS))) | {UNKNOWN_FER2013_LABEL}
    _check_values(path, "fer2013_label", arrays["fer2013_label"], known)
    return FaceSet(
        images=arrays["images"],
        usage=arrays["usage"],
        votes=arrays["ferplus_votes"],
        fer2013_label=arrays["fer2013_label"],
        source=path.name,
    )


def _load(path: Path) -> dict[str, NDArray[Any]]:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            missing = [name for name in _ROW_SHAPES if name not in archive.files]
            if missing:
                raise DataError(
                    f"{path}: array {missing[0]!r} is missing; it holds {', '.join(archive.files)}"
                )
            return {name: archive[name] for name in _ROW_SHAPES}
    except FileNotFoundError as error:
        raise DataError(f"{path}: there is no such file") from error
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, AttributeError) as error:
        raise DataError(f"{path}: not a readable .npz file ({error})") from error


def _check_array(path: Path, name: str, array: NDArray[Any], shape: tuple[int, ...]) -> None:
    if array.dtype != np.uint8:
        raise DataError(f"{path}: array {name!r} holds {array.dtype}, expected uint8")
    if array.shape != shape:
        raise DataError(f"{path}: array {name!r} has shape {array.shape}, expected {shape}")


def _check_values(path: Path, name: str, array: NDArray[Any], allowed: set[int]) -> None:
    wrong = np.flatnonzero(~np.isin(array, sorted(allowed)))
    if len(wrong):
        row = int(wrong[0])
        raise DataError(
            f"{path}: array {name!r}, row {row}: {array[row]} is unknown, "
            f"expected one of {sorted(allowed)}"
        )
