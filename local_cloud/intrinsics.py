"""Resolves CloudFormation's intrinsic functions in a template."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from local_cloud.errors import LocalCloudError, UnsupportedError
from local_cloud.json_value import Json

NO_VALUE: Final = object()
"""What ``AWS::NoValue`` resolves to: the property or list member is left out."""

_VARIABLE: Final = re.compile(r"\$\{(!?)([^}]*)\}")
_SELECT_PARTS: Final = 2
_FIND_PARTS: Final = 3
_IF_PARTS: Final = 3


@dataclass(slots=True)
class Scope:
    """What the names in one template stand for.

    Attributes:
        stack: Name of the stack.
        references: Value of ``Ref`` by logical id, parameter or pseudo parameter.
        attributes: Attributes for ``Fn::GetAtt`` by logical id.
        exports: Exports of all stacks by name.
        mappings: The template's ``Mappings``.
        conditions: The template's ``Conditions``, unresolved.
    """

    stack: str
    references: dict[str, Json]
    attributes: dict[str, Mapping[str, Json]]
    exports: Mapping[str, Json]
    mappings: Mapping[str, Json] = field(default_factory=dict)
    conditions: Mapping[str, Json] = field(default_factory=dict)

    def resolve(self, value: Json, place: str) -> Json:
        """The value with every intrinsic function replaced by what it yields.

        Raises:
            UnsupportedError: It uses an intrinsic function that is not known.
            LocalCloudError: It refers to something that is not there.
        """
        if isinstance(value, list):
            members = [self.resolve(member, f"{place}[{i}]") for i, member in enumerate(value)]
            return [member for member in members if member is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            name = next(iter(value))
            if name in _INTRINSICS:
                return _INTRINSICS[name](self, value[name], f"{place}.{name}")
            if name.startswith("Fn::"):
                raise UnsupportedError(f"the intrinsic function {name}", place)
        resolved = {key: self.resolve(member, f"{place}.{key}") for key, member in value.items()}
        return {key: member for key, member in resolved.items() if member is not NO_VALUE}

    def holds(self, condition: str, place: str) -> bool:
        """Whether a condition of the template holds.

        Raises:
            LocalCloudError: There is no such condition.
        """
        if condition not in self.conditions:
            raise LocalCloudError(f"{place}: the template has no condition {condition}")
        return bool(self.resolve(self.conditions[condition], f"Conditions.{condition}"))


def _ref(scope: Scope, name: Json, place: str) -> Json:
    if name == "AWS::NoValue":
        return NO_VALUE
    if name not in scope.references:
        raise LocalCloudError(f"{place}: nothing in {scope.stack} is called {name}")
    return scope.references[name]


def _get_att(scope: Scope, value: Json, place: str) -> Json:
    logical_id, attribute = value.split(".", 1) if isinstance(value, str) else value
    attributes = scope.attributes.get(logical_id)
    if attributes is None:
        raise LocalCloudError(f"{place}: nothing in {scope.stack} is called {logical_id}")
    if attribute not in attributes:
        raise UnsupportedError(f"the attribute {attribute} of {logical_id}", place)
    return attributes[attribute]


def _sub(scope: Scope, value: Json, place: str) -> str:
    text, given = (value, {}) if isinstance(value, str) else value
    own = {name: scope.resolve(member, f"{place}.{name}") for name, member in given.items()}

    def replace(match: re.Match[str]) -> str:
        literal, name = match[1], match[2].strip()
        if literal:
            return "${" + match[2] + "}"
        if name in own:
            return str(own[name])
        get = _get_att if "." in name else _ref
        return str(get(scope, name, place))

    return _VARIABLE.sub(replace, text)


def _join(scope: Scope, value: Json, place: str) -> str:
    delimiter, members = value
    return str(delimiter).join(str(m) for m in scope.resolve(members, place))


def _import(scope: Scope, value: Json, place: str) -> Json:
    name = scope.resolve(value, place)
    if name not in scope.exports:
        raise LocalCloudError(f"{place}: no stack exports {name}")
    return scope.exports[name]


def _select(scope: Scope, value: Json, place: str) -> Json:
    resolved = [scope.resolve(part, place) for part in value]
    if len(resolved) != _SELECT_PARTS or not 0 <= int(resolved[0]) < len(resolved[1]):
        raise LocalCloudError(f"{place}: cannot select {resolved!r:.200}")
    return resolved[1][int(resolved[0])]


def _split(scope: Scope, value: Json, place: str) -> list[str]:
    delimiter, text = value
    return str(scope.resolve(text, place)).split(delimiter)


def _find_in_map(scope: Scope, value: Json, place: str) -> Json:
    keys = [scope.resolve(part, place) for part in value]
    found: Json = scope.mappings
    if len(keys) != _FIND_PARTS:
        raise UnsupportedError("Fn::FindInMap with a default value", place)
    for key in keys:
        if not isinstance(found, Mapping) or key not in found:
            raise LocalCloudError(f"{place}: the template's Mappings lack {'.'.join(keys)}")
        found = found[key]
    return scope.resolve(found, place)


def _if(scope: Scope, value: Json, place: str) -> Json:
    if len(value) != _IF_PARTS:
        raise LocalCloudError(f"{place}: needs a condition and two values")
    condition, then, otherwise = value
    return scope.resolve(then if scope.holds(condition, place) else otherwise, place)


def _equals(scope: Scope, value: Json, place: str) -> bool:
    left, right = (scope.resolve(part, place) for part in value)
    return bool(str(left) == str(right))


def _not(scope: Scope, value: Json, place: str) -> bool:
    return not scope.resolve(value[0], place)


def _and(scope: Scope, value: Json, place: str) -> bool:
    return all(scope.resolve(part, place) for part in value)


def _or(scope: Scope, value: Json, place: str) -> bool:
    return any(scope.resolve(part, place) for part in value)


def _condition(scope: Scope, value: Json, place: str) -> bool:
    return scope.holds(value, place)


_INTRINSICS: Final[Mapping[str, Callable[[Scope, Json, str], Json]]] = {
    "Ref": _ref,
    "Condition": _condition,
    "Fn::GetAtt": _get_att,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::ImportValue": _import,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::FindInMap": _find_in_map,
    "Fn::If": _if,
    "Fn::Equals": _equals,
    "Fn::Not": _not,
    "Fn::And": _and,
    "Fn::Or": _or,
}
