"""The form of everything that the audit tells: a table of texts."""

import csv
import html
import io
from collections.abc import Iterable
from dataclasses import dataclass

Row = tuple[str, ...]

_STYLE = (
    "body{font:15px/1.45 system-ui,sans-serif;margin:2rem;color:#1a1a1a;background:#fff}"
    "h1{font-size:1.4rem}p{max-width:60rem}"
    "table{border-collapse:collapse;width:100%}"
    "th,td{border:1px solid #bbb;padding:.35rem .5rem;text-align:left;vertical-align:top;"
    "overflow-wrap:anywhere}th{background:#eee;position:sticky;top:0}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One of the audit's tables.

    Attributes:
        name: Stem of its files.
        title: Its heading.
        about: What it shows and how to read it, a sentence or two.
        columns: Their headings.
        rows: As many texts each as there are columns.
        keys: How many leading columns say which row it is; the rest is what may change.
    """

    name: str
    title: str
    about: str
    columns: Row
    rows: tuple[Row, ...]
    keys: int = 1


def make_table(
    name: str, title: str, about: str, columns: Row, rows: Iterable[Row], *, keys: int = 1
) -> Table:
    """A table whose rows are sorted, each once, so that two runs write the same bytes."""
    return Table(
        name=name,
        title=title,
        about=about,
        columns=columns,
        rows=tuple(sorted(set(rows))),
        keys=keys,
    )


def as_csv(table: Table) -> str:
    """RFC 4180 with a heading; a spreadsheet takes no cell for a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(table.columns)
    writer.writerows(tuple(_inert(cell) for cell in row) for row in table.rows)
    return out.getvalue()


def _inert(cell: str) -> str:
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell


def as_html(table: Table) -> str:
    """A page of its own, without scripts and without anything from elsewhere."""
    head = "".join(f"<th>{html.escape(column)}</th>" for column in table.columns)
    body = "\n".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
        for row in table.rows
    )
    return page(
        table.title,
        f"<p>{html.escape(table.about)}</p>\n<p>{len(table.rows)} rows; "
        f'<a href="{table.name}.csv">as CSV</a>; <a href="index.html">all tables</a></p>\n'
        f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>",
    )


def page(title: str, body: str) -> str:
    """A whole HTML document around ``body``, which is HTML already."""
    return (
        '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8">'
        f"<title>{html.escape(title)}</title>\n<style>{_STYLE}</style></head>\n"
        f"<body>\n<h1>{html.escape(title)}</h1>\n{body}\n</body>\n</html>\n"
    )
