"""Reads the original `fer2013.csv` together with FER+'s `fer2013new.csv`."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from model_training.errors import DataError
from model_training.faces import FER2013_LABELS, FRAME_PX, PARTS, VOTE_COLUMNS, FaceSet

_USAGE: Final = dict(zip(("Training", "PublicTest", "PrivateTest"), range(len(PARTS)), strict=True))
_FACE_COLUMNS: Final = ("emotion", "pixels", "Usage")
_PIXELS: Final = FRAME_PX * FRAME_PX
_MAX_GREY: Final = 255
# A row of 48 x 48 numbers is longer than the csv module's limit would allow at three digits each.
_FIELD_LIMIT: Final = 1_000_000


def read_csv(faces_file: Path, votes_file: Path) -> FaceSet:
    """Reads both files; row i of one belongs to row i of the other.

    Raises:
        DataError: a file is missing, lacks a column, or a row holds a wrong value; the message
            names file, row (1 is the first after the header) and field.
    """
    images: list[NDArray[np.uint8]] = []
    labels: list[int] = []
    usage: list[int] = []
    for row, fields in _rows(faces_file, _FACE_COLUMNS):
        labels.append(_number(faces_file, row, "emotion", fields, len(FER2013_LABELS) - 1))
        images.append(_pixels(faces_file, row, fields["pixels"]))
        usage.append(_usage(faces_file, row, fields["Usage"]))
    votes: list[list[int]] = []
    for row, fields in _rows(votes_file, ("Usage", *VOTE_COLUMNS)):
        if row <= len(usage) and _usage(votes_file, row, fields["Usage"]) != usage[row - 1]:
            raise DataError(
                f"{votes_file}: row {row}: Usage is {fields['Usage']!r}, "
                f"but {faces_file.name} has another there: the files do not belong together"
            )
        votes.append([_number(votes_file, row, name, fields, _MAX_GREY) for name in VOTE_COLUMNS])
    if len(votes) != len(images):
        raise DataError(
            f"{votes_file}: {len(votes)} rows, but {faces_file.name} has {len(images)}: "
            "the files do not belong together"
        )
    if not images:
        raise DataError(f"{faces_file}: no rows after the header")
    return FaceSet(
        images=np.stack(images),
        usage=np.array(usage, dtype=np.uint8),
        votes=np.array(votes, dtype=np.uint8),
        fer2013_label=np.array(labels, dtype=np.uint8),
        source=f"{faces_file.name} with {votes_file.name}",
    )


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    csv.field_size_limit(_FIELD_LIMIT)
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file, skipinitialspace=True)
            header = reader.fieldnames or []
            for name in columns:
                if name not in header:
                    raise DataError(
                        f"{path}: column {name!r} is missing; it has {', '.join(header) or 'none'}"
                    )
            for row, fields in enumerate(reader, start=1):
                for name in columns:
                    if fields[name] is None:
                        raise DataError(f"{path}: row {row}: field {name!r} is missing")
                yield row, fields
    except FileNotFoundError as error:
        raise DataError(f"{path}: there is no such file") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: not a readable .csv file ({error})") from error


def _number(path: Path, row: int, name: str, fields: dict[str, str], largest: int) -> int:
    text = fields[name].strip()
    if not text.isdecimal() or int(text) > largest:
        raise DataError(
            f"{path}: row {row}: {name} is {text!r}, expected a whole number from 0 to {largest}"
        )
    return int(text)


def _usage(path: Path, row: int, text: str) -> int:
    if text not in _USAGE:
        raise DataError(
            f"{path}: row {row}: Usage is {text!r}, expected one of {', '.join(_USAGE)}"
        )
    return _USAGE[text]


def _pixels(path: Path, row: int, text: str) -> NDArray[np.uint8]:
    try:
        values = np.array(text.split(), dtype=np.int64)
    except ValueError as error:
        raise DataError(f"{path}: row {row}: pixels holds something that is no number") from error
    if values.size != _PIXELS:
        raise DataError(
            f"{path}: row {row}: pixels holds {values.size} values, "
            f"expected {_PIXELS} ({FRAME_PX} x {FRAME_PX})"
        )
    if values.min() < 0 or values.max() > _MAX_GREY:
        raise DataError(f"{path}: row {row}: pixels holds values outside 0 to {_MAX_GREY}")
    return values.astype(np.uint8).reshape(FRAME_PX, FRAME_PX)
