"""What changed since an earlier audit, in plain words."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from audit.errors import AuditError
from audit.table import Row, Table

FACTS: Final = "audit.json"
FORMAT: Final = 1
NOTHING: Final = "Nothing changed."
_ORDER: Final = ("iam", "exposure", "data", "findings", "resources", "costs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """An earlier audit.

    Attributes:
        about: What was audited, e.g. the stage.
        tables: Its tables by name.
    """

    about: Mapping[str, str]
    tables: Mapping[str, Table]


def facts(about: Mapping[str, str], tables: Iterable[Table]) -> str:
    """An audit for a later one to compare with."""
    told = {
        "format": FORMAT,
        "about": dict(about),
        "tables": {
            one.name: {
                "title": one.title,
                "columns": one.columns,
                "keys": one.keys,
                "rows": one.rows,
            }
            for one in tables
        },
    }
    return json.dumps(told, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def read_facts(folder: Path) -> Earlier:
    """Reads an earlier audit's folder.

    Raises:
        AuditError: It is none, or one of another format.
    """
    file = folder / FACTS
    try:
        told = json.loads(file.read_text("utf-8"))
        if told["format"] != FORMAT:
            raise AuditError(
                f"{file}: is of format {told['format']}, this is {FORMAT}; write it again with the "
                "checkout of that time, or compare by hand"
            )
        tables = {name: _table(name, one) for name, one in told["tables"].items()}
        return Earlier(about=dict(told["about"]), tables=tables)
    except OSError as error:
        raise AuditError(
            f"{folder}: is no audit ({FACTS} cannot be read: {error.strerror}); name a folder that "
            "scripts/audit --out wrote"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise AuditError(f"{file}: is damaged; name another earlier audit") from error


def _table(name: str, told: dict[str, Any]) -> Table:
    return Table(
        name=name,
        title=str(told["title"]),
        about="",
        columns=tuple(told["columns"]),
        rows=tuple(tuple(row) for row in told["rows"]),
        keys=int(told["keys"]),
    )


def changes(earlier: Mapping[str, Table], now: Mapping[str, Table]) -> list[str]:
    """One sentence a line, under a heading for each table that changed."""
    lines: list[str] = []
    names = [name for name in _ORDER if name in earlier or name in now]
    for name in names:
        sentences = _changes_of(name, earlier.get(name), now.get(name))
        if sentences:
            table = now.get(name) or earlier[name]
            lines += [f"{table.title}:", *(f"  - {one}" for one in sentences), ""]
    return lines[:-1] or [NOTHING]


def _changes_of(name: str, before: Table | None, after: Table | None) -> list[str]:
    if before is None or after is None:
        return ["this table is new" if before is None else "this table is no longer there"]
    if before.columns != after.columns or before.keys != after.keys:
        return ["this table has other columns now; compare its files by hand"]
    speak = _SPEAK.get(name, _Speaker)(after)
    old, new = _by_key(before), _by_key(after)
    sentences = [
        *(speak.gone(old[key]) for key in sorted(old.keys() - new.keys())),
        *(speak.new(new[key]) for key in sorted(new.keys() - old.keys())),
    ]
    for key in sorted(old.keys() & new.keys()):
        for column in range(after.keys, len(after.columns)):
            if old[key][column] != new[key][column]:
                sentences += speak.other(new[key], column, old[key][column], new[key][column])
    return list(dict.fromkeys(sentences))  # one sentence for all fields of a record


def _by_key(table: Table) -> dict[Row, Row]:
    return {row[: table.keys]: row for row in table.rows}


class _Speaker:
    """Words for any table."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def new(self, row: Row) -> str:
        return f"new: {self._name(row)}: {', '.join(filter(None, row[self.table.keys :]))}"

    def gone(self, row: Row) -> str:
        return f"no longer there: {self._name(row)}"

    def other(self, row: Row, column: int, old: str, new: str) -> Iterator[str]:
        what = self.table.columns[column].lower()
        yield f"{self._name(row)}: {what}: {old or 'nothing'} → {new or 'nothing'}"

    def _name(self, row: Row) -> str:
        return ", ".join(filter(None, row[: self.table.keys]))


def _plain(label: str) -> str:
    """``IAM::Role alerting/SendMail/Role`` as ``role alerting/SendMail/Role``."""
    kind, _, name = label.partition(" ")
    words = {
        "DynamoDB::Table": "table",
        "IAM::Role": "role",
        "KMS::Key": "key",
        "Lambda::Function": "function",
        "Logs::LogGroup": "log group",
        "S3::Bucket": "bucket",
        "SNS::Topic": "topic",
        "SQS::Queue": "queue",
    }
    return f"{words[kind]} {name}" if kind in words else label


class _Permissions(_Speaker):
    def new(self, row: Row) -> str:
        verb = "may now" if row[1] == "Allow" else "is now refused to"
        return self._sentence(row, verb) + (f" [{row[6]}]" if row[6] else "")

    def gone(self, row: Row) -> str:
        return self._sentence(row, "may no longer" if row[1] == "Allow" else "is not refused to")

    def _sentence(self, row: Row, verb: str) -> str:
        principal, _, action, resource, condition, source, _ = row
        where = f", if {condition}" if condition else ""
        return f"{_plain(principal)} {verb} {action} on {_plain(resource)}{where} (by {source})"


class _Data(_Speaker):
    def new(self, row: Row) -> str:
        where, record, field, what, _, kept, _, readers = row
        return (
            f"{_plain(where)} now keeps the field {field} of each {record} ({what}) for {kept}; "
            f"read by {readers}"
        )

    def gone(self, row: Row) -> str:
        return f"{_plain(row[0])} no longer keeps the field {row[2]} of each {row[1]}"

    def other(self, row: Row, column: int, old: str, new: str) -> Iterator[str]:
        record = f"each {row[1]} in {_plain(row[0])}"
        name = self.table.columns[column]
        if name == "Kept for":
            yield f"retention of {record}: {old} → {new}"
        elif name in {"Read by", "Written by"}:
            verb = name.split()[0].lower()
            before, after = set(old.split("; ")), set(new.split("; "))
            for who in sorted(after - before):
                yield f"{record} is now {verb} by {who or 'nobody'}"
            for who in sorted(before - after):
                yield f"{record} is no longer {verb} by {who or 'nobody'}"
        else:
            yield f"the field {row[2]} of {record}: {name.lower()}: {old} → {new}"


class _Findings(_Speaker):
    def new(self, row: Row) -> str:
        state, checker, rule, where, reason = row
        if state == "accepted":
            return f"{checker}'s {rule} is now accepted at {where}: {reason}"
        return f"{checker} now finds {rule} at {where}: {reason}"

    def gone(self, row: Row) -> str:
        state, checker, rule, where, _ = row
        if state == "accepted":
            return f"{checker}'s {rule} is no longer accepted at {where}"
        return f"{checker} no longer finds {rule} at {where}"


class _Resources(_Speaker):
    def new(self, row: Row) -> str:
        name = _plain(f"{row[2]} {row[1]}")
        return f"new: {name}" + (f" (keeps for {row[6]})" if row[6] else "")

    def gone(self, row: Row) -> str:
        return f"no longer there: {_plain(f'{row[2]} {row[1]}')}"

    def other(self, row: Row, column: int, old: str, new: str) -> Iterator[str]:
        name = _plain(f"{row[2]} {row[1]}")
        column_name = self.table.columns[column]
        if column_name == "Keeps for":
            yield f"retention of {name}: {old or 'none'} → {new or 'none'}"
        elif column_name == "Settings":
            yield from _settings(name, old, new)
        else:
            yield f"{name}: {column_name.lower()}: {old or 'nothing'} → {new or 'nothing'}"


def _settings(name: str, old: str, new: str) -> Iterator[str]:
    before, after = set(old.split("; ")), set(new.split("; "))
    if any(one.startswith("package ") for one in after - before):
        yield f"the code or the configuration in the package of {name} changed"
    gone = sorted(one for one in before - after if one and not one.startswith("package "))
    come = sorted(one for one in after - before if one and not one.startswith("package "))
    if gone or come:
        yield f"{name}: {'; '.join(gone) or 'nothing'} → {'; '.join(come) or 'nothing'}"


class _Costs(_Speaker):
    def other(self, row: Row, column: int, old: str, new: str) -> Iterator[str]:
        if self.table.columns[column] == "US dollars":
            yield f"{row[0]}: {old} → {new} USD a month"
        else:
            yield f"{row[0]}: amount {old} → {new}"


_SPEAK: Final[Mapping[str, Callable[[Table], _Speaker]]] = {
    "costs": _Costs,
    "data": _Data,
    "findings": _Findings,
    "iam": _Permissions,
    "resources": _Resources,
}
