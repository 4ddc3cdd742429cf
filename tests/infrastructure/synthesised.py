"""What a synthesis wrote, read as CloudFormation would read it."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from local_cloud.assembly import by_stack

_HASH = re.compile(r"[0-9A-F]{8}$")
_EXPORT = re.compile(r":ExportsOutput(?:FnGetAtt|Ref)(\w+?)(?:Arn|QueueName)?[0-9A-F]{8}$")


def plain_id(logical_id: str) -> str:
    """A logical id without the hash at its end."""
    return _HASH.sub("", logical_id)


def names(value: Any) -> str:  # noqa: ANN401  # JSON
    """Which resource an intrinsic refers to, with the text around it; no hashes."""
    if isinstance(value, str):
        return value
    ((function, argument),) = value.items()
    if function == "Ref":
        return plain_id(argument)
    if function == "Fn::GetAtt":
        return plain_id(argument[0])
    if function == "Fn::ImportValue":
        match = _EXPORT.search(argument)
        assert match, f"an unknown kind of export: {argument}"
        return plain_id(match[1])
    assert function == "Fn::Join", f"an unknown intrinsic: {function}"
    return "".join(names(part) for part in argument[1])


def masked(template: dict[str, Any]) -> dict[str, Any]:
    """A template without the packages' hashes, which change with every line of a function."""
    text = re.sub(r"\b[0-9a-f]{64}\.zip", "ASSET.zip", json.dumps(template))
    found: dict[str, Any] = json.loads(text)
    return found


@dataclass(frozen=True)
class Synthesised:
    """A cloud assembly's folder."""

    folder: Path

    @cached_property
    def templates(self) -> Mapping[str, dict[str, Any]]:
        """Each stack's template by the end of the stack's name, e.g. ``storage``, ``at-museum``."""
        return {name: json.loads(path.read_text()) for name, path in by_stack(self.folder).items()}

    def resources(self, kind: str, stack: str | None = None) -> dict[str, dict[str, Any]]:
        """Properties of all resources of a kind, by their id without hash.

        Museums' stacks hold the same ids: from the second on their stack stands before them.
        """
        found: dict[str, dict[str, Any]] = {}
        for name, logical_id, resource in self._all(stack):
            if resource["Type"] == kind:
                plain = plain_id(logical_id)
                found[f"{name}/{plain}" if plain in found else plain] = resource["Properties"]
        return found

    def whole(self, kind: str) -> dict[str, dict[str, Any]]:
        """As ``resources``, with the policies for deletion and the conditions."""
        return {plain_id(i): r for _, i, r in self._all(None) if r["Type"] == kind}

    def _all(self, stack: str | None) -> Iterator[tuple[str, str, dict[str, Any]]]:
        for name, template in self.templates.items():
            if stack in (None, name):
                for logical_id, resource in template["Resources"].items():
                    yield name, logical_id, resource

    def statements(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Each statement of each role's policy, with the role's id."""
        for policy in self.resources("AWS::IAM::Policy").values():
            (role,) = policy["Roles"]
            for statement in policy["PolicyDocument"]["Statement"]:
                yield names(role), statement

    def grants(self, role: str) -> set[tuple[str, str]]:
        """What a role may do: pairs of action and resource."""
        return {
            (action, names(resource))
            for owner, statement in self.statements()
            if owner == role
            for action in as_list(statement["Action"])
            for resource in as_list(statement["Resource"])
        }


def as_list(value: Any) -> list[Any]:  # noqa: ANN401  # JSON
    """One or several, as policies write it."""
    return value if isinstance(value, list) else [value]


def widgets(synthesised: Synthesised, name: str = "smart-museum-city-gallery") -> list[Any]:
    """A dashboard's widgets, by its name; references stand as a letter."""
    (body,) = (
        dashboard["DashboardBody"]
        for dashboard in synthesised.resources("AWS::CloudWatch::Dashboard").values()
        if dashboard["DashboardName"] == name
    )
    parts = [body] if isinstance(body, str) else body["Fn::Join"][1]
    text = "".join(part if isinstance(part, str) else "x" for part in parts)
    shown: list[Any] = json.loads(text)["widgets"]
    return shown
