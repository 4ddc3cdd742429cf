"""What the fields of an expression log mean, however the log was written."""

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Generic, TypeVar

from edge.errors import LogFileError
from edge.expression_log import (
    COLUMNS,
    CONFIDENCE,
    EMOTION,
    HEADER,
    LOCATION,
    TIMESTAMP,
    canonical_word,
)

T = TypeVar("T")

SEPARATORS: Final = ",;\t|"
_DATE_CHARS: Final = len("2026-04-05")
_HOUR_CHARS: Final = len("2026-04-05 14")
_MEMO_SIZE: Final = 4096
_MEMO_CHARS: Final = 256
"""Longer fields are not remembered, so that no log can fill the memory."""

# What pandas.read_csv, with which such logs were read so far, takes for "no value".
_MISSING: Final = frozenset(
    (
        "",
        "#N/A",
        "#N/A N/A",
        "#NA",
        "-1.#IND",
        "-1.#QNAN",
        "-NaN",
        "-nan",
        "1.#IND",
        "1.#QNAN",
        "<NA>",
        "N/A",
        "NA",
        "NULL",
        "NaN",
        "None",
        "n/a",
        "nan",
        "null",
    )
)

_MINUTES: Final = re.compile(r":[0-5]\d(?::[0-5]\d(?:[.,]\d+)?)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?")
_ANY_MOMENT: Final = re.compile(
    r"(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4}),?[T ]+"
    r"(\d{1,2})[:.]([0-5]\d)(?:[:.][0-5]\d(?:[.,]\d+)?)?"
    r"(?: ?([AaPp])\.?[Mm]\.?)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?"
)
_NOON: Final = 12
_CENTURY: Final = 2000
_LAST_OF_TWO_DIGITS: Final = 99
_HOURS: Final = 24


class Memo(dict[str, T], Generic[T]):
    """Remembers what a function made of a text, for a bounded number of texts.

    A dictionary with a hook for what is missing, because a look-up in it costs a tenth of a call.
    """

    def __init__(self, make: Callable[[str], T]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: str) -> T:
        """Makes and keeps the value of a new text."""
        value = self._make(key)
        if len(key) <= _MEMO_CHARS:
            if len(self) >= _MEMO_SIZE:
                self.clear()
            self[key] = value
        return value


@dataclass(frozen=True, slots=True)
class Header:
    """Where the columns are.

    Attributes:
        separator: What stands between two fields.
        width: Number of fields in a row.
        timestamp: Index of the column, or None where the log has none.
        location: Index of the column, or None where the log has none.
        emotion: Index of the column.
        confidence: Index of the column.
        number: Makes a number of a confidence's text; ``ValueError`` where it is none.
    """

    separator: str
    width: int
    timestamp: int | None
    location: int | None
    emotion: int
    confidence: int
    number: Callable[[str], float]


def read_header(line: str, file: str) -> Header:
    """Finds the columns in the first line of a log, in any order, case and usual separator.

    Args:
        line: The line.
        file: Name of the log, for messages.

    Raises:
        LogFileError: A column is not there without which nothing can be counted.
    """
    if not line.strip():
        raise LogFileError(file, f"{CONFIDENCE}: the first line must name the columns: {HEADER}")
    separator = max(SEPARATORS, key=line.count)
    names = [_plain(name) for name in fields_of(line, separator) or []]
    found = {c: names.index(_plain(c)) if _plain(c) in names else None for c in COLUMNS}
    emotion, confidence = found[EMOTION], found[CONFIDENCE]
    if emotion is None or confidence is None:
        absent = ", ".join(c for c in (EMOTION, CONFIDENCE) if found[c] is None)
        raise LogFileError(
            file, f"{absent}: no such column; the first line must name the columns: {HEADER}"
        )
    return Header(
        separator=separator,
        width=len(names),
        timestamp=found[TIMESTAMP],
        location=found[LOCATION],
        emotion=emotion,
        confidence=confidence,
        number=float if separator == "," else _number_with_comma,
    )


def fields_of(line: str, separator: str) -> list[str] | None:
    """The fields of one line, quoted or not; None where a quotation mark is out of place."""
    line = line.rstrip("\r\n")
    if '"' not in line:
        return line.split(separator)
    try:
        return next(csv.reader([line], delimiter=separator, strict=True))
    except csv.Error:
        return None


def hour_of(moment: str) -> int | None:
    """Hour of the day, 0 … 23, as written; None where there is no date with a time of day.

    ISO 8601 is taken in all its forms; beside it day/month/year and month/day/year with any of
    ``-/.``, 24 hours or AM and PM. A time zone at the end is allowed and changes nothing.
    """
    hour = iso_hour(moment)
    if hour is not None:
        return hour
    moment = moment.strip()
    if len(moment) > _DATE_CHARS:
        try:
            return datetime.fromisoformat(moment).hour
        except ValueError:
            pass
    match = _ANY_MOMENT.fullmatch(moment)
    if match is None or not _is_date(int(match[1]), int(match[3]), int(match[4])):
        return None
    return _in_24_hours(int(match[5]), match[7])


def iso_hour(moment: str) -> int | None:
    """The same for ``2026-04-05 14:15:16.789``, the usual form, quickly; None for any other."""
    return _iso_hours[moment[:_HOUR_CHARS]] if _MINUTES.fullmatch(moment, _HOUR_CHARS) else None


def emotion_of(label: str) -> str | None:
    """The log's word for a label; None where there is none."""
    word = canonical_word(label)
    return None if word in _MISSING or len(word) > _MEMO_CHARS else word


def location_of(name: str) -> str | None:
    """A location's name without surrounding blanks; None where there is none."""
    name = name.strip()
    return None if name in _MISSING or len(name) > _MEMO_CHARS else name


def _hour_of_iso_start(start: str) -> int | None:
    if start[4:5] != "-" or start[10:11] not in ("T", " "):
        return None
    try:
        return datetime.fromisoformat(start).hour
    except ValueError:
        return None


_iso_hours: Final = Memo(_hour_of_iso_start)


def _plain(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())


def _number_with_comma(text: str) -> float:
    return float(text.replace(",", "."))


def _in_24_hours(hour: int, half: str | None) -> int | None:
    if half is None:
        return hour if hour < _HOURS else None
    if not 1 <= hour <= _NOON:
        return None
    return hour % _NOON + (_NOON if half in "Pp" else 0)


def _is_date(first: int, second: int, third: int) -> bool:
    year, rest = (first, third) if first > _LAST_OF_TWO_DIGITS else (third, first)
    year += _CENTURY if year <= _LAST_OF_TWO_DIGITS else 0
    return any(_exists(year, month, day) for month, day in ((second, rest), (rest, second)))


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def same_columns(line: str) -> bool:
    """Whether a first line names exactly the usual columns in their usual order."""
    return (fields_of(line, ",") or []) == list(COLUMNS)
