"""Writes ``store_visits``' schema checks as code: ``python -m lambdas.compile_schemas``.

fastjsonschema turns a schema into a function. Doing that at every cold start, and importing the
library for it, took more time than the function's own code; so it is done here, and a test holds
the committed module in step. Nothing of this module or of the library is deployed.
"""

import ast
from pathlib import Path
from typing import Final

import fastjsonschema

from contracts.schemas import VISIT_SCHEMA, VISITS_SCHEMA, Schema

TARGET: Final = Path(__file__).parent / "store_visits" / "compiled_schemas.py"

# Visits are checked one by one, so that a bad one does not take the others along.
_MESSAGE_SCHEMA: Final[Schema] = VISITS_SCHEMA | {
    "properties": {"visits": VISITS_SCHEMA["properties"]["visits"] | {"items": {}}}
}
_CHECKS: Final = {"check_visit": VISIT_SCHEMA, "check_message": _MESSAGE_SCHEMA}
_HEAD: Final = '''\
"""The published schemas as code. Written by ``python -m lambdas.compile_schemas``; do not edit."""
# Neither its lines nor its types are for people.
# ruff: noqa: ARG001, B007, C405, C901, D103, E501, I001, PLR0912, PLR0915, PLR2004, Q000
# ruff: noqa: RUF021, SIM102
# mypy: ignore-errors
# fmt: off

import re
from decimal import Decimal

from lambdas.shared.errors import SchemaError
'''


class _Plain(ast.NodeTransformer):
    """Gives the function its name and types; errors are our own, with message and name alone."""

    def __init__(self, function: str) -> None:
        self._function = function

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.name, node.returns = self._function, ast.Name("object")
        for argument in node.args.args:
            argument.annotation = ast.Name("object")
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if isinstance(node.func, ast.Name) and node.func.id == "JsonSchemaValueException":
            node.func.id = "SchemaError"
            node.keywords = [keyword for keyword in node.keywords if keyword.arg == "name"]
        return self.generic_visit(node)


def compiled() -> str:
    """The module's text."""
    parts = [_HEAD]
    for name, schema in _CHECKS.items():
        tree = ast.parse(fastjsonschema.compile_to_code(schema))
        tree.body = [
            node for node in tree.body if isinstance(node, ast.FunctionDef) or _is_patterns(node)
        ]
        parts.append(ast.unparse(_Plain(name).visit(tree)) + "\n")
    return "\n\n".join(parts)


def _is_patterns(node: ast.stmt) -> bool:
    """The regular expressions, which the function refers to; the rest of the head is not used."""
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "REGEX_PATTERNS"


if __name__ == "__main__":
    TARGET.write_text(compiled(), encoding="utf-8")
