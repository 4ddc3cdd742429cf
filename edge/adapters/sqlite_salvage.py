"""Reads what can still be read out of a damaged outbox."""

import mmap
import re
import sqlite3
import urllib.parse
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final, NamedTuple

from contracts.visit import Visit
from edge.clock import is_provisional
from edge.errors import InvalidMessageError
from edge.validation import decode_visit

_VISIT: Final = re.compile(rb'\{"visit_id":"[0-9a-f-]{36}",[^{}\x00]{50,4000}\}')
"""A visit as it lies in a page of the file; visits are so small that a page holds them whole."""
_MOST_ROWS: Final = 2**62
_NOWHERE: Final = "unknown"
"""The start of the machine of a visit that has lost its own; nothing can date it."""


class SavedRow(NamedTuple):
    """One row of a damaged outbox.

    Attributes:
        row: Its number, or None where that is lost.
        payload: A visit that keeps the contract.
        queued_at: ms since 1970 UTC.
        boot: As in ``Undated``; None if dated.
        offset_ms: The same.
    """

    row: int | None
    payload: bytes
    queued_at: int
    boot: str | None
    offset_ms: int | None


def saved_rows(file: Path) -> Iterator[SavedRow]:
    """The visits of a damaged file: first what SQLite still reads, in order, then what is left.

    Some of what is left may have been delivered already; a visit's id makes that harmless.
    """
    known: set[str] = set()
    damage = False
    for found in _rows(file):
        if found is None:
            damage = True
            continue
        visit = _visit(found.payload)
        if visit is not None and visit.visit_id not in known:
            known.add(visit.visit_id)
            yield found
    if damage:
        yield from _carved(file, known)


def _rows(file: Path) -> Iterator[SavedRow | None]:
    """The rows that SQLite can read; None once for each place where it cannot."""
    uri = f"file:{urllib.parse.quote(str(file))}?mode=ro"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as db:
            yield from _scan(db)
    except sqlite3.Error:
        yield None


def _scan(db: sqlite3.Connection) -> Iterator[SavedRow | None]:
    newest = _newest(db)
    columns = {name for _, name, *_ in db.execute("PRAGMA table_info(visits)")}
    dating = "boot, offset_ms" if "boot" in columns else "NULL, NULL"
    query = f"SELECT row, payload, queued_at, {dating} FROM visits WHERE row > ? ORDER BY row"  # noqa: S608 - our own words
    at, stride = -1, 1
    while at <= newest:
        try:
            for row in db.execute(query, (at,)):
                if row[0] <= at:
                    yield None  # pages that lead in a circle: all there is has been seen
                    return
                at, stride = row[0], 1
                yield _typed(*row)
        except sqlite3.Error:
            yield None
            at, stride = at + stride, 2 * stride  # over the damaged page, in growing steps
        else:
            return


def _newest(db: sqlite3.Connection) -> int:
    try:
        newest = db.execute("SELECT max(row) FROM visits").fetchone()[0]
    except sqlite3.Error:
        return _MOST_ROWS
    return newest if isinstance(newest, int) else -1


def _typed(
    row: object, payload: object, queued_at: object, boot: object, offset_ms: object
) -> SavedRow | None:
    if not (isinstance(row, int) and isinstance(payload, bytes) and isinstance(queued_at, int)):
        return None
    if isinstance(boot, str) and isinstance(offset_ms, int):
        return SavedRow(row, payload, queued_at, boot, offset_ms)
    return SavedRow(row, payload, queued_at, None, None)


def _carved(file: Path, known: set[str]) -> Iterator[SavedRow]:
    """Visits that lie somewhere in the file or its log, whatever SQLite makes of those."""
    for part in (file, file.with_name(f"{file.name}-wal")):
        if not part.exists() or not part.stat().st_size:
            continue
        with part.open("rb") as raw, mmap.mmap(raw.fileno(), 0, access=mmap.ACCESS_READ) as area:
            for match in _VISIT.finditer(area):
                visit = _visit(match.group())
                if visit is None or visit.visit_id in known:
                    continue
                known.add(visit.visit_id)
                lost = is_provisional(visit.detected_at)
                boot, offset_ms = (_NOWHERE, 0) if lost else (None, None)
                yield SavedRow(None, match.group(), visit.detected_at, boot, offset_ms)


def _visit(payload: bytes) -> Visit | None:
    """The visit, if it keeps the contract."""
    try:
        return decode_visit(payload)
    except InvalidMessageError:
        return None
