"""An analysis of an expression log as text that a person can read."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from edge.log_analysis import (
    SENTIMENTS,
    LogAnalysis,
    Problems,
    Tally,
    by_frequency,
    hour_name,
    per_cent,
)

_GAP: Final = "  "
_WIDEST: Final = 40
_NONE: Final = "-"


def log_table(analysis: LogAnalysis) -> str:
    """Sentiments and expressions of all rows, by location and by hour; then what was wrong."""
    overall = analysis.overall
    read = f"{_printable(analysis.log_file)}: {_rows(analysis.rows_read)}"
    blocks = [[f"{read}, {overall.rows:,} with a confidence of {analysis.threshold:g} or more"]]
    if overall.rows:
        blocks.append(_aligned("sentiment", by_frequency(overall.sentiments()), overall.rows))
        blocks.append(_aligned("expression", by_frequency(overall.emotions), overall.rows))
        blocks.append(_parts("location", analysis.by_location))
        blocks.append(_parts("hour", {hour_name(h): t for h, t in analysis.by_hour.items()}))
    else:
        blocks.append(["No row is as sure as that: give a lower --threshold."])
    blocks.append(problem_lines(analysis))
    return "\n\n".join("\n".join(block) for block in blocks if block)


def problem_lines(analysis: LogAnalysis) -> list[str]:
    """What was wrong with the log; nothing if nothing was."""
    return [*_told(analysis.problems), *analysis.notes]


def _aligned(title: str, counts: Mapping[str, int], rows: int) -> list[str]:
    body = [[name, f"{n:,}", f"{per_cent(n, rows):.2f} %"] for name, n in counts.items()]
    return _columns([[title, "rows", "share"], *body])


def _parts(title: str, parts: Mapping[str, Tally]) -> list[str]:
    if not parts:
        return []
    body = [_part(name, tally) for name, tally in parts.items()]
    head = [title, "rows", *(s.lower() for s in SENTIMENTS), "most frequent"]
    return _columns([head, *body])


def _part(name: str, tally: Tally) -> list[str]:
    counts = tally.sentiments()
    shares = [
        f"{per_cent(counts[s], tally.rows):.2f} %" if counts[s] else _NONE for s in SENTIMENTS
    ]
    return [name, f"{tally.rows:,}", *shares, next(iter(by_frequency(tally.emotions)))]


def _told(problems: Problems) -> list[str]:
    if not problems.count:
        return []
    kinds = {
        "left out": problems.left_out,
        "not told by hour": problems.without_hour,
        "not told by location": problems.without_location,
    }
    lines = ["; ".join(f"{_rows(n)} {kind}" for kind, n in kinds.items() if n)]
    lines += [f"{_GAP}line {line}: {problem}" for line, problem in problems.first]
    more = problems.count - len(problems.first)
    return [*lines, f"{_GAP}and {more:,} more"] if more else lines


def _columns(table: Sequence[Sequence[str]]) -> list[str]:
    """Aligned: the first and the last column to the left when they hold words, the rest right."""
    table = [[_clean(cell) for cell in row] for row in table]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return [_GAP.join(_padded(row, widths)).rstrip() for row in table]


def _padded(row: Sequence[str], widths: Sequence[int]) -> Iterable[str]:
    last = len(row) - 1
    for i, (cell, width) in enumerate(zip(row, widths, strict=True)):
        is_word = i == 0 or (i == last and not cell.endswith("%"))
        yield cell.ljust(width) if is_word else cell.rjust(width)


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def _clean(text: str) -> str:
    """Printable and not too long."""
    text = _printable(text)
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"


def _printable(text: str) -> str:
    """What a log says must not steer the terminal."""
    return "".join(c if c.isprintable() else "?" for c in text)
