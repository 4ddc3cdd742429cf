"""Statistics of an expression log, in one pass and bounded memory, however long the log is."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from io import TextIOWrapper
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import Any, Final, TextIO

from edge.errors import LogFileError
from edge.expression_log import CONFIDENCE, EMOTION, LOCATION, TIMESTAMP
from edge.log_fields import (
    Header,
    Memo,
    emotion_of,
    fields_of,
    hour_of,
    iso_hour,
    location_of,
    read_header,
)

POSITIVE: Final = frozenset({"Happy"})
NEGATIVE: Final = frozenset({"Angry", "Disgust", "Fear", "Sad"})
NEUTRAL: Final = frozenset({"Neutral", "Surprise"})
SENTIMENTS: Final = ("Positive", "Negative", "Neutral", "Other")
"""``Other`` holds what is in none of the three: Contempt, Uncertain, and labels nobody knows."""

MOST_NAMED: Final = 20
"""Problems that are told one by one; the rest is counted."""
MOST_LOCATIONS: Final = 5000
MOST_LABELS: Final = 100
FURTHER: Final = "(further)"
"""What locations and labels beyond these bounds are counted under."""
_LONGEST_LINE: Final = 65_536
_MOST_CELLS: Final = 20_000
_SHOWN_CHARS: Final = 40

_Cell = tuple[int | None, str | None, str]
"""Hour, location, label."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How often each label occurred in one part of the log.

    Attributes:
        emotions: Rows per label, in the order in which the labels turned up.
    """

    emotions: Counter[str] = field(default_factory=Counter)

    @property
    def rows(self) -> int:
        """Number of rows."""
        return self.emotions.total()

    def sentiments(self) -> Counter[str]:
        """Rows per sentiment, in the order in which the sentiments turned up."""
        counts: Counter[str] = Counter()
        for label, rows in self.emotions.items():
            counts[sentiment_of_word(label)] += rows
        return counts


@dataclass(slots=True)
class Problems:
    """Rows of which not everything could be used.

    Attributes:
        left_out: Rows that are in no figure.
        without_hour: Rows that are in every figure but those by hour.
        without_location: Rows that are in every figure but those by location.
        above_one: Rows with a confidence of more than 1, which are counted as they are.
        first: Number of the line (the header is line 1) and what is wrong, of the first 20.
    """

    left_out: int = 0
    without_hour: int = 0
    without_location: int = 0
    above_one: int = 0
    first: list[tuple[int, str]] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Problems in all."""
        return self.left_out + self.without_hour + self.without_location

    def leave_out(self, line: int, problem: str) -> None:
        """Notes a row that cannot be used."""
        self.left_out += 1
        self.name(line, problem)

    def name(self, line: int, problem: str) -> None:
        """Names a line, if it is one of the first."""
        if len(self.first) < MOST_NAMED:
            self.first.append((line, problem))


@dataclass(frozen=True, slots=True, kw_only=True)
class LogAnalysis:
    """What an expression log says.

    Attributes:
        log_file: The log, as it was named.
        threshold: Rows of at least this confidence were counted.
        rows_read: Rows with a label and a confidence.
        overall: All rows of enough confidence.
        by_location: The same by location, in the order of the names.
        by_hour: The same by hour of the day, 0 … 23, in that order.
        problems: Rows that could not be used in full.
        notes: What else a reader should know, one sentence each.
    """

    log_file: str
    threshold: float
    rows_read: int
    overall: Tally
    by_location: Mapping[str, Tally]
    by_hour: Mapping[int, Tally]
    problems: Problems
    notes: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """The analysis with the keys that programs which read such analyses know.

        Labels and sentiments stand in the order of their frequency. As such programs had it,
        ``total_rows_read`` leaves out rows without a label or a confidence, and ``rows_analyzed``
        those without a readable time, although ``total_valid_detections`` has them.
        ``broken_rows`` is there only if there are any, ``error`` only if no row has enough
        confidence.
        """
        document: dict[str, Any] = {
            "metadata": {
                "log_file": self.log_file,
                "confidence_threshold": self.threshold,
                "total_rows_read": self.rows_read,
                "rows_analyzed": self.overall.rows - self.problems.without_hour,
            },
            "overall_sentiment_summary": _summary(self.overall),
            "overall_emotion_counts": by_frequency(self.overall.emotions),
            "analysis_by_location": {k: _part(v) for k, v in self.by_location.items()},
            "analysis_by_hour": {hour_name(k): _part(v) for k, v in self.by_hour.items()},
        }
        if self.problems.count:
            document["broken_rows"] = {
                "left_out": self.problems.left_out,
                "without_hour": self.problems.without_hour,
                "without_location": self.problems.without_location,
                "first": [{"line": n, "problem": p} for n, p in self.problems.first],
            }
        if not self.overall.rows:
            document["error"] = "No data meets threshold"
        return document


def analyse_log(file: Path, threshold: float) -> LogAnalysis:
    """Reads a log once, from its beginning to its end.

    Needs some 30 MB whatever the log's size. Bytes that are no UTF-8 are shown by their numbers.

    Args:
        file: A CSV file with the columns Emotion and Confidence, and for the figures by hour and
            location Timestamp and CameraLocation.
        threshold: Lowest confidence that counts.

    Raises:
        LogFileError: The file cannot be read or has no such columns.
    """
    try:
        with file.open("rb") as raw:  # once: it may be a pipe
            encoding = _encoding(raw.peek(2)[:2])
            with TextIOWrapper(raw, encoding, errors="backslashreplace", newline="") as stream:
                return _analyse(stream, str(file), threshold)
    except OSError as exc:
        raise LogFileError(str(file), f"cannot be read: {exc.strerror or exc}") from exc


def sentiment_of_word(word: str) -> str:
    """The sentiment that a label of the log counts towards."""
    for sentiment, words in zip(SENTIMENTS, (POSITIVE, NEGATIVE, NEUTRAL), strict=False):
        if word in words:
            return sentiment
    return SENTIMENTS[-1]


def by_frequency(counts: Mapping[str, int]) -> dict[str, int]:
    """The most frequent first; equals stay in their order."""
    return dict(sorted(counts.items(), key=lambda item: -item[1]))


def per_cent(part: int, whole: int) -> float:
    """Share in per cent with two decimals, a half rounded to even as numpy does."""
    return round(part / whole * 100 * 100) / 100


def hour_name(hour: int) -> str:
    """``14:00 - 14:59``."""
    return f"{hour:02d}:00 - {hour:02d}:59"


def _summary(tally: Tally) -> dict[str, Any]:
    counts = by_frequency(tally.sentiments())
    return {
        "total_valid_detections": tally.rows,
        "sentiment_counts": counts,
        "sentiment_percentages": {k: per_cent(v, tally.rows) for k, v in counts.items()},
    }


def _part(tally: Tally) -> dict[str, Any]:
    return {"overall_sentiment": _summary(tally), "emotion_counts": by_frequency(tally.emotions)}


def _encoding(start: bytes) -> str:
    return "utf-16" if start in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"


def _analyse(stream: TextIO, file: str, threshold: float) -> LogAnalysis:
    lines = _lines(stream)
    first = next(lines, "")
    header = read_header(first, file)
    reader = _Reader(header, first, threshold)
    reader.read(lines)
    return LogAnalysis(
        log_file=file,
        threshold=threshold,
        rows_read=reader.rows,
        overall=reader.overall,
        by_location=dict(sorted(reader.by_location.items())),
        by_hour=dict(sorted(reader.by_hour.items())),
        problems=reader.problems,
        notes=tuple(_notes(header, reader, threshold)),
    )


def _lines(stream: TextIO) -> Iterator[str]:
    """The lines, cut to a bound: a damaged file may be one line of gigabytes."""
    while line := stream.readline(_LONGEST_LINE):
        yield line
        while len(line) == _LONGEST_LINE and line[-1] not in "\r\n":
            line = stream.readline(_LONGEST_LINE)


def _notes(header: Header, reader: "_Reader", threshold: float) -> Iterable[str]:
    if header.timestamp is None:
        yield f"there is no column {TIMESTAMP}, so nothing is told by hour"
    if header.location is None:
        yield f"there is no column {LOCATION}, so nothing is told by location"
    if reader.problems.above_one and threshold <= 1:
        yield (
            f"{reader.problems.above_one} rows have a confidence of more than 1; "
            "if the log holds per cent, give --threshold 60"
        )
    if FURTHER in chain(reader.by_location, reader.overall.emotions):
        yield (
            f"only the first {MOST_LOCATIONS} locations and {MOST_LABELS} labels are told apart; "
            "are the columns what their names say?"
        )


class _Reader:
    """Goes through the rows. Cells are counted first, so that a row costs one addition."""

    def __init__(self, header: Header, first: str, threshold: float) -> None:
        self._header = header
        self._first = first.lstrip("\ufeff").strip()
        self._threshold = threshold
        self._cells: Counter[_Cell] = Counter()
        self.rows = 0
        self.overall = Tally()
        self.by_location: dict[str, Tally] = {}
        self.by_hour: dict[int, Tally] = {}
        self.problems = Problems()

    def read(self, lines: Iterable[str]) -> None:
        """Counts all rows; ``lines`` begin after the header, with or without line ends."""
        header, threshold, cells = self._header, self._threshold, self._cells
        separator, width, number = header.separator, header.width, header.number
        confidence_and_label = itemgetter(header.confidence, header.emotion)
        labels, hour_at, location_at = Memo(emotion_of), self._hour_at(), self._location_at()
        for line_number, line in enumerate(lines, start=2):
            fields = fields_of(line, separator)
            if fields is None or len(fields) != width:
                self._misfit(line_number, line, fields)
                continue
            text, label = confidence_and_label(fields)
            word = labels[label]
            try:
                confidence = number(text)
            except ValueError:
                self._no_number(line_number, line, text)
                continue
            if word is None or confidence != confidence:  # noqa: PLR0124 - only NaN differs from itself
                problem = f"no {CONFIDENCE}" if word else f"no {EMOTION}"
                self.problems.leave_out(line_number, problem)
                continue
            self.rows += 1
            if confidence >= threshold:
                if confidence > 1:
                    self.problems.above_one += 1
                cells[hour_at(line_number, fields), location_at(line_number, fields), word] += 1
                if len(cells) > _MOST_CELLS:
                    self._sum_up()
        self._sum_up()

    def _hour_at(self) -> Callable[[int, list[str]], int | None]:
        column, problems = self._header.timestamp, self.problems
        if column is None:
            return lambda _line, _fields: None

        def hour_at(line: int, fields: list[str]) -> int | None:
            moment = fields[column]
            hour = iso_hour(moment)
            if hour is None:
                hour = hour_of(moment)
                if hour is None:
                    problems.without_hour += 1
                    problems.name(line, f"{TIMESTAMP} {_shown(moment)} is no time of day")
            return hour

        return hour_at

    def _location_at(self) -> Callable[[int, list[str]], str | None]:
        column, problems, locations = self._header.location, self.problems, Memo(location_of)
        if column is None:
            return lambda _line, _fields: None

        def location_at(line: int, fields: list[str]) -> str | None:
            location = locations[fields[column]]
            if location is None:
                problems.without_location += 1
                problems.name(line, f"no {LOCATION}")
            return location

        return location_at

    def _misfit(self, number: int, line: str, fields: list[str] | None) -> None:
        if not line.strip():
            return  # blank lines are no rows
        if fields is None:
            problem = "a quotation mark is out of place"
        else:
            problem = f"{len(fields)} fields, not {self._header.width}"
        self.problems.leave_out(number, problem)

    def _no_number(self, number: int, line: str, text: str) -> None:
        if line.strip() == self._first:
            return  # two logs were put together, headers and all
        told = f"{CONFIDENCE} {_shown(text)} is no number" if text.strip() else f"no {CONFIDENCE}"
        self.problems.leave_out(number, told)

    def _sum_up(self) -> None:
        """Moves the cells into the figures; their number is bounded, whatever the log holds."""
        for (hour, location, label), rows in self._cells.items():
            words = self.overall.emotions
            word = label if label in words or len(words) < MOST_LABELS else FURTHER
            words[word] += rows
            if hour is not None:
                self.by_hour.setdefault(hour, Tally()).emotions[word] += rows
            if location is not None:
                known = location in self.by_location or len(self.by_location) < MOST_LOCATIONS
                place = location if known else FURTHER
                self.by_location.setdefault(place, Tally()).emotions[word] += rows
        self._cells.clear()


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN_CHARS else text[:_SHOWN_CHARS] + "…")
