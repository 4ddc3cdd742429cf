"""Parses the part of AWS IoT SQL that the rules use.

Grammar: https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-reference.html
``SELECT`` columns (``*`` or an expression ``AS`` a name), ``FROM`` a topic filter, ``WHERE`` an
expression of functions, attribute paths, literals, ``= <> < <= > >=``, ``AND``, ``OR``, ``NOT``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from local_cloud.errors import LocalCloudError, UnsupportedError
from local_cloud.rule_functions import ARGUMENT_COUNTS, FUNCTIONS

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_]*)|(?P<sign><>|!=|<=|>=|[=<>(),.*]))"
)
_COMPARISONS: Final = frozenset({"=", "<>", "!=", "<", "<=", ">", ">="})
_CONSTANTS: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None}


@dataclass(frozen=True, slots=True)
class Literal:
    """A value written in the statement."""

    value: str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Path:
    """An attribute of the message, e.g. ``a.b`` as ``("a", "b")``."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Star:
    """The whole payload."""


@dataclass(frozen=True, slots=True)
class Call:
    """A function and its arguments."""

    name: str
    arguments: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """A comparison, ``and``, ``or`` or ``not``."""

    sign: str
    operands: tuple["Expression", ...]


Expression: TypeAlias = Literal | Path | Star | Call | Operation


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the result; ``Star`` has no name of its own."""

    expression: Expression
    name: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A parsed rule."""

    columns: tuple[Column, ...]
    topic_filter: str
    where: Expression | None


def parse_rule_sql(sql: str, place: str) -> Statement:
    """Parses a rule's SQL.

    Raises:
        UnsupportedError: It calls a function that is not known.
        LocalCloudError: It cannot be read.
    """
    return _Parser(sql, place).statement()


def parse_expression(text: str, place: str) -> Expression:
    """Parses one expression outside a statement, as in an action's ``${...}``.

    Raises:
        UnsupportedError: It calls a function that is not known.
        LocalCloudError: It cannot be read.
    """
    return _Parser(text, place).lone_expression()


class _Parser:
    def __init__(self, sql: str, place: str) -> None:
        self._sql = sql
        self._place = place
        self._tokens = list(self._scan())
        self._next = 0

    def _scan(self) -> Iterator[tuple[str, str]]:
        position, end = 0, len(self._sql.rstrip())
        while position < end:
            match = _TOKEN.match(self._sql, position)
            if match is None or match.lastgroup is None:
                raise self._unreadable(self._sql[position : position + 20])
            yield match.lastgroup, match[match.lastgroup]
            position = match.end()
        yield "end", ""

    def _unreadable(self, at: str) -> LocalCloudError:
        return LocalCloudError(f"{self._place}: cannot read the SQL at {at!r} in {self._sql!r}")

    def _take(self) -> tuple[str, str]:
        token = self._tokens[self._next]
        self._next += 1
        return token

    def _peek(self) -> str:
        return self._tokens[self._next][1]

    def _accept(self, *wanted: str) -> bool:
        if self._peek().lower() in wanted and self._tokens[self._next][0] != "text":
            self._next += 1
            return True
        return False

    def _expect(self, wanted: str) -> None:
        if not self._accept(wanted):
            raise self._unreadable(self._peek())

    def statement(self) -> Statement:
        self._expect("select")
        columns = [self._column()]
        while self._accept(","):
            columns.append(self._column())
        self._expect("from")
        kind, text = self._take()
        if kind != "text":
            raise self._unreadable(text)
        where = self._either() if self._accept("where") else None
        self._expect_end()
        return Statement(tuple(columns), _unquote(text), where)

    def lone_expression(self) -> Expression:
        expression = self._either()
        self._expect_end()
        return expression

    def _expect_end(self) -> None:
        if self._tokens[self._next][0] != "end":
            raise self._unreadable(self._peek())

    def _column(self) -> Column:
        expression = self._either()
        if self._accept("as"):
            kind, name = self._take()
            if kind != "word":
                raise self._unreadable(name)
            return Column(expression, name)
        if isinstance(expression, Star):
            return Column(expression, "")
        if isinstance(expression, Path):
            return Column(expression, expression.names[-1])
        raise UnsupportedError(f"a column without a name in {self._sql!r}", self._place)

    def _either(self) -> Expression:
        left = self._both()
        while self._accept("or"):
            left = Operation("or", (left, self._both()))
        return left

    def _both(self) -> Expression:
        left = self._negation()
        while self._accept("and"):
            left = Operation("and", (left, self._negation()))
        return left

    def _negation(self) -> Expression:
        if self._accept("not"):
            return Operation("not", (self._negation(),))
        left = self._value()
        if self._peek() in _COMPARISONS:
            return Operation(self._take()[1], (left, self._value()))
        return left

    def _value(self) -> Expression:
        kind, text = self._take()
        if kind == "text":
            return Literal(_unquote(text))
        if kind == "number":
            return Literal(float(text) if "." in text else int(text))
        if text == "*":
            return Star()
        if text == "(":
            inner = self._either()
            self._expect(")")
            return inner
        if kind != "word":
            raise self._unreadable(text)
        if text.lower() in _CONSTANTS:
            return Literal(_CONSTANTS[text.lower()])
        return self._call(text) if self._accept("(") else self._path(text)

    def _call(self, name: str) -> Call:
        if name.lower() not in FUNCTIONS:
            raise UnsupportedError(f"the SQL function {name}()", self._place)
        arguments: list[Expression] = []
        while not self._accept(")"):
            if arguments:
                self._expect(",")
            arguments.append(self._either())
        if len(arguments) not in ARGUMENT_COUNTS[name.lower()]:
            raise UnsupportedError(f"{name}() with {len(arguments)} arguments", self._place)
        return Call(name.lower(), tuple(arguments))

    def _path(self, first: str) -> Path:
        names = [first]
        while self._accept("."):
            kind, name = self._take()
            if kind != "word":
                raise self._unreadable(name)
            names.append(name)
        return Path(tuple(names))


def _unquote(text: str) -> str:
    return text[1:-1].replace("''", "'")
