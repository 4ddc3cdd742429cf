"""The audit's folder."""

import html
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from audit.assembly import Assembly
from audit.compare import FACTS, changes, facts, read_facts
from audit.errors import AuditError
from audit.table import Table, as_csv, as_html, page

CHANGES: Final = "changes.txt"
_TEMPLATES: Final = "templates"


def write_audit(
    folder: Path,
    assembly: Assembly,
    tables: Sequence[Table],
    about: Mapping[str, str],
    against: Path | None = None,
) -> list[str]:
    """Writes everything; an earlier audit in ``folder`` is replaced.

    Args:
        folder: Where to; it is empty, new, or an earlier audit.
        assembly: What was audited.
        tables: What it showed.
        about: What was audited, in words.
        against: An earlier audit's folder to compare with; it may be ``folder`` itself.

    Returns:
        What changed, a sentence a line; empty without ``against``.

    Raises:
        AuditError: The folder holds something else, or ``against`` is no audit.
    """
    told: list[str] = []
    if against:
        earlier = read_facts(against)
        told = changes(earlier.tables, {one.name: one for one in tables})
    _empty(folder)
    (folder / _TEMPLATES).mkdir(parents=True)
    for stack in assembly.templates:
        _write(folder / _TEMPLATES / f"{stack}.json", assembly.normalised(stack))
    for table in tables:
        _write(folder / f"{table.name}.csv", as_csv(table))
        _write(folder / f"{table.name}.html", as_html(table))
    _write(folder / FACTS, facts(about, tables))
    if told:
        _write(folder / CHANGES, "\n".join(told) + "\n")
    _write(folder / "index.html", _index(assembly, tables, about, told))
    return told


def _empty(folder: Path) -> None:
    if folder.is_dir() and any(folder.iterdir()):
        if not (folder / FACTS).is_file():
            raise AuditError(
                f"{folder}: holds files that are no audit; name an empty folder or another audit's"
            )
        shutil.rmtree(folder)
    elif folder.exists() and not folder.is_dir():
        raise AuditError(f"{folder}: is no folder")
    elif folder.is_dir():
        folder.rmdir()


def _write(file: Path, text: str) -> None:
    file.write_bytes(text.encode())  # as bytes: the same on every system


def _index(
    assembly: Assembly, tables: Sequence[Table], about: Mapping[str, str], told: Sequence[str]
) -> str:
    rows = "".join(
        f'<tr><td><a href="{one.name}.html">{html.escape(one.title)}</a></td>'
        f'<td><a href="{one.name}.csv">CSV</a></td><td>{len(one.rows)}</td></tr>\n'
        for one in tables
    )
    templates = ", ".join(
        f'<a href="{_TEMPLATES}/{stack}.json">{stack}</a>' for stack in assembly.templates
    )
    head = "".join(f"<li>{html.escape(k)}: {html.escape(v)}</li>\n" for k, v in about.items())
    changed = (
        f"<h2>What changed</h2>\n<pre>{html.escape(chr(10).join(told))}</pre>\n" if told else ""
    )
    return page(
        f"Audit of {about.get('deployment', 'the app')}",
        f"<ul>\n{head}</ul>\n<table>\n<tr><th>Table</th><th>File</th><th>Rows</th></tr>\n{rows}"
        f"</table>\n<p>Templates, normalised: {templates}</p>\n{changed}",
    )
