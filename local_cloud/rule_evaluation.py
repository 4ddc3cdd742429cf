"""Evaluates a rule's SQL and the substitution templates of its actions for one message."""

import json
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from local_cloud.json_value import Json
from local_cloud.rule_functions import FUNCTIONS, UNDEFINED, RuleMessage, RuleSqlError
from local_cloud.rule_sql import (
    Call,
    Expression,
    Literal,
    Operation,
    Path,
    Star,
    Statement,
    parse_expression,
)

_TEMPLATE: Final = re.compile(r"\$\{([^}]*)\}")
_LOGIC: Final[Mapping[str, Callable[[list[bool]], bool]]] = {"and": all, "or": any}
_EQUALITY: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "!=": operator.ne,
}
_ORDERED: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def select(statement: Statement, message: RuleMessage) -> bytes | None:
    """What the rule hands to its actions, or None where its ``WHERE`` does not hold.

    A lone ``SELECT *`` hands on the payload as it is, whatever it is; every other result is JSON.

    Raises:
        RuleSqlError: The statement needs JSON and the payload is none.
    """
    if statement.where is not None and _evaluate(statement.where, message) is not True:
        return None
    if len(statement.columns) == 1 and statement.columns[0].name == "":
        return message.payload
    result: dict[str, Json] = {}
    for column in statement.columns:
        if isinstance(column.expression, Star):
            document = message.document()
            if not isinstance(document, dict):
                raise RuleSqlError("the payload is no JSON object, so * cannot be a column of many")
            result |= {column.name: document} if column.name else document
            continue
        value = _evaluate(column.expression, message)
        if value is not UNDEFINED:
            result[column.name] = value
    return json.dumps(result, separators=(",", ":"), ensure_ascii=False).encode()


def substitute(text: str, message: RuleMessage, place: str) -> str:
    """Fills the ``${expression}`` parts of an action's field.

    Raises:
        UnsupportedError: An expression calls a function that is not known.
        RuleSqlError: An expression cannot be evaluated for this message.
    """

    def replace(match: re.Match[str]) -> str:
        expression = parse_expression(match[1], place)
        value = _evaluate(expression, message)
        return "" if value is UNDEFINED else str(value)

    return _TEMPLATE.sub(replace, text)


def check_templates(text: str, place: str) -> None:
    """Reads the ``${expression}`` parts of an action's field without evaluating them.

    Raises:
        UnsupportedError: An expression calls a function that is not known.
        LocalCloudError: An expression cannot be read.
    """
    for expression in _TEMPLATE.findall(text):
        parse_expression(expression, place)


def _evaluate(expression: Expression, message: RuleMessage) -> Json:
    match expression:
        case Literal(value):
            return value
        case Star():
            return message.payload
        case Path(names):
            return _attribute(message.document(), names)
        case Call(name, arguments):
            return FUNCTIONS[name](message, *(_evaluate(part, message) for part in arguments))
        case Operation(sign, operands):
            return _operate(sign, [_evaluate(part, message) for part in operands])


def _attribute(document: Json, names: tuple[str, ...]) -> Json:
    for name in names:
        if not isinstance(document, dict) or name not in document:
            return UNDEFINED
        document = document[name]
    return document


def _operate(sign: str, values: list[Json]) -> Json:
    if sign in {"not", "and", "or"}:
        if not all(isinstance(value, bool) for value in values):
            return UNDEFINED
        return not values[0] if sign == "not" else _LOGIC[sign](values)
    if any(value is UNDEFINED for value in values):
        return UNDEFINED
    left, right = values
    if sign in _EQUALITY:
        return _EQUALITY[sign](left, right)
    if (_is_number(left) and _is_number(right)) or (
        isinstance(left, str) and isinstance(right, str)
    ):
        return _ORDERED[sign](left, right)
    return UNDEFINED


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
