"""``edge.toml`` from ``edge.example.toml``: asked values filled in, comments and the rest kept.

``python -m edge.fill_config FILE --set device.museum_id=city-gallery …`` prints the filled-in
text after the configuration's own checks; ``--get device.museum_id`` prints one value. Standard
library only, because ``install.sh`` runs it before anything is installed.
"""

import argparse
import json
import re
import sys
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from contracts.errors import ConfigError, ContractError
from edge.config import load_config

Value = str | int | float | bool
_UNUSABLE: Final = 2
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
_TABLE: Final = re.compile(r"^\s*\[+\s*([^\[\]]+?)\s*\]+\s*(?:#.*)?$")
_SIMPLE: Final = r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|\[[^\]#]*\]|[^\s"'\[{#]+)"""
"""A value that ends on its own line; tables and lists over several lines are not filled in."""


def fill(text: str, values: Mapping[str, Value]) -> str:
    """Sets keys of a TOML text.

    A key that stands there, also as a commented default, is set in its place and keeps the comment
    behind it; any other is added at the end of its table, and a table that is missing at the end.

    Args:
        text: A valid TOML text.
        values: By ``table.key``.

    Raises:
        ContractError: A name is no ``table.key``, or its place in the text is one that cannot be
            filled in.
    """
    lines = text.splitlines()
    for name, value in values.items():
        if not _NAME.fullmatch(name):
            raise ContractError(name, "must be named TABLE.KEY, such as camera.index")
        table, key = name.split(".")
        _set(lines, table, key, _toml(value))
    filled = "\n".join(lines) + "\n"
    for name, value in values.items():
        if find(filled, name) != value:
            raise ContractError(name, "cannot be filled in here; set it with an editor")
    return filled


def find(text: str, name: str) -> object:
    """The value of ``table.key`` in a TOML text, or None.

    Raises:
        ContractError: It is no TOML.
    """
    table, _, key = name.partition(".")
    try:
        section = tomllib.loads(text).get(table)
    except tomllib.TOMLDecodeError as exc:
        raise ContractError("syntax", str(exc)) from exc
    return section.get(key) if isinstance(section, dict) else None


def read_value(text: str) -> Value:
    """What somebody typed: true, false or a number as such, all else as text."""
    if text in {"true", "false"}:
        return text == "true"
    for kind in (int, float):
        if re.fullmatch(r"[+-]?\d[\d.]*", text):
            try:
                return kind(text)
            except ValueError:
                continue
    return text


def _set(lines: list[str], table: str, key: str, value: str) -> None:
    begin, end = _span(lines, table)
    if begin is None:
        lines += ["", f"[{table}]", f"{key} = {value}"]
        return
    for commented in ("", r"#\s?"):
        line = re.compile(rf"^{commented}({key}\s*=\s*){_SIMPLE}(\s*(?:#.*)?)$")
        for number in range(begin, end):
            if match := line.match(lines[number]):
                lines[number] = f"{match[1]}{value}{match[2]}"
                return
    while end > begin and not lines[end - 1].strip():
        end -= 1
    lines.insert(end, f"{key} = {value}")


def _span(lines: Sequence[str], table: str) -> tuple[int | None, int]:
    """First line after the table's head, or None, and the line after its last."""
    begin: int | None = None
    for number, line in enumerate(lines):
        if match := _TABLE.match(line):
            if begin is not None:
                return begin, number
            if match[1] == table and "[[" not in line:
                begin = number + 1
    return begin, len(lines)


def _toml(value: Value) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return json.dumps(value)


def check(text: str, beside: Path) -> None:
    """Reads the text as the process will.

    Args:
        text: Of ``edge.toml``.
        beside: Folder that its relative paths start from.

    Raises:
        ConfigError: The process would refuse it.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "edge.toml"
        file.write_text(text, encoding="utf-8")
        try:
            load_config(file)
        except ConfigError as exc:
            raise ConfigError(str(beside / "edge.toml"), exc.field, exc.problem) from exc


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the filled-in text, or one value.

    Returns:
        0; 1 if the value asked for is not there; 2 with one line on stderr for a mistake.
    """
    parser = argparse.ArgumentParser(prog="python -m edge.fill_config")
    parser.add_argument("file", type=Path)
    parser.add_argument("--set", action="append", default=[], metavar="TABLE.KEY=VALUE")
    parser.add_argument("--text", action="append", default=[], metavar="TABLE.KEY=TEXT")
    parser.add_argument("--get", metavar="TABLE.KEY")
    args = parser.parse_args(arguments)
    try:
        text = args.file.read_text(encoding="utf-8")
        if args.get:
            value = find(text, args.get)
            sys.stdout.write("" if value is None else f"{value}\n")
            return 1 if value is None else 0
        typed = {name: read_value(value) for name, value in map(_pair, args.set)}
        filled = fill(text, typed | dict(map(_pair, args.text)))
        check(filled, args.file.parent)
    except (ContractError, OSError) as exc:
        sys.stderr.write(f"{exc}\n")
        return _UNUSABLE
    sys.stdout.write(filled)
    return 0


def _pair(argument: str) -> tuple[str, str]:
    name, equals, value = argument.partition("=")
    if not equals:
        raise ContractError(argument, "must be TABLE.KEY=VALUE")
    return name, value


if __name__ == "__main__":
    sys.exit(main())
