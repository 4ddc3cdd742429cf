"""The synthesised app with names that a person can read."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from audit.errors import AuditError
from local_cloud.assembly import by_stack

_PSEUDO: Final = {
    "AWS::AccountId": "<account>",
    "AWS::NoValue": "",
    "AWS::Partition": "aws",
    "AWS::Region": "<region>",
    "AWS::StackName": "<stack>",
    "AWS::URLSuffix": "amazonaws.com",
}
_VARIABLE: Final = re.compile(r"\$\{(!?)([^}]+)\}")
_HASH: Final = re.compile(r"\b[0-9a-f]{64}\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One resource of a template.

    Attributes:
        stack: End of its stack's name.
        name: ``<stack>/<path of its construct>``.
        kind: CloudFormation's type, without ``AWS::``.
        logical_id: Its id in the template.
        properties: As in the template.
        whole: With the policies for deletion, metadata and so on.
    """

    stack: str
    name: str
    kind: str
    logical_id: str
    properties: Mapping[str, Any]
    whole: Mapping[str, Any]

    @property
    def label(self) -> str:
        """Kind and name, as other rows refer to it."""
        return f"{self.kind} {self.name}"


@dataclass(frozen=True)
class Assembly:
    """A cloud assembly's folder.

    Attributes:
        folder: What the app synthesised to.
    """

    folder: Path

    @cached_property
    def templates(self) -> dict[str, dict[str, Any]]:
        """Each stack's template by the end of the stack's name.

        Raises:
            AuditError: The folder holds no template.
        """
        found = {
            stack: json.loads(path.read_text("utf-8"))
            for stack, path in by_stack(self.folder).items()
        }
        if not found:
            raise AuditError(f"{self.folder}: holds no template; synthesise the app into it first")
        return found

    @cached_property
    def metadata(self) -> dict[str, dict[str, list[dict[str, Any]]]]:
        """What the CDK noted of each construct: by stack, then by the construct's path."""
        return {
            stack: {
                "/".join(where.strip("/").split("/")[1:]): notes
                for where, notes in json.loads(path.read_text("utf-8")).items()
            }
            for stack, path in by_stack(self.folder, "metadata").items()
        }

    @cached_property
    def resources(self) -> tuple[Resource, ...]:
        """All of them, in the order of their names."""
        return tuple(sorted(self._resources(), key=lambda one: (one.name, one.kind)))

    def of(self, *kinds: str) -> Iterator[Resource]:
        """Those of the given kinds (without ``AWS::``)."""
        return (one for one in self.resources if one.kind in kinds)

    def _resources(self) -> Iterator[Resource]:
        for stack, template in self.templates.items():
            paths = self._paths(stack)
            for logical_id, whole in template["Resources"].items():
                path = paths.get(logical_id, logical_id).removesuffix("/Resource")
                yield Resource(
                    stack=stack,
                    name=f"{stack}/{path}",
                    kind=whole["Type"].removeprefix("AWS::"),
                    logical_id=logical_id,
                    properties=whole.get("Properties", {}),
                    whole=whole,
                )

    def _paths(self, stack: str) -> dict[str, str]:
        return {
            note["data"]: path
            for path, notes in self.metadata.get(stack, {}).items()
            for note in notes
            if note["type"] == "aws:cdk:logicalId"
        }

    @cached_property
    def _by_id(self) -> dict[tuple[str, str], Resource]:
        return {(one.stack, one.logical_id): one for one in self.resources}

    @cached_property
    def _exports(self) -> dict[str, tuple[str, Any]]:
        return {
            output["Export"]["Name"]: (stack, output["Value"])
            for stack, template in self.templates.items()
            for output in template.get("Outputs", {}).values()
            if "Export" in output
        }

    def text(self, value: Any, stack: str) -> str:  # noqa: ANN401  # JSON
        """A property's value with intrinsic functions replaced by what they mean.

        Raises:
            AuditError: It refers to something that is in no template.
        """
        if isinstance(value, dict):
            meant = self._intrinsic(value, stack)
            if meant is not None:
                return meant
            pairs = (f"{key}: {self.text(one, stack)}" for key, one in sorted(value.items()))
            return "{" + ", ".join(pairs) + "}"
        if isinstance(value, list):
            return ", ".join(self.text(one, stack) for one in value)
        return value if isinstance(value, str) else json.dumps(value)

    def _intrinsic(self, value: dict[str, Any], stack: str) -> str | None:
        function: str
        argument: Any
        function, argument = next(iter(value.items()), ("", None))
        if function == "Ref":
            return self._reference(argument, stack)
        if function == "Fn::GetAtt":
            name = argument if isinstance(argument, str) else argument[0]
            return self._reference(name.split(".")[0], stack)
        if function == "Fn::Join":
            return str(argument[0]).join(self.text(part, stack) for part in argument[1])
        if function == "Fn::ImportValue":
            return self._imported(argument, stack)
        if function == "Fn::Sub" and isinstance(argument, str):
            return _VARIABLE.sub(lambda m: self._variable(m, stack), argument)
        return None

    def _variable(self, match: re.Match[str], stack: str) -> str:
        if match[1]:
            return f"${{{match[2]}}}"
        return self._reference(match[2].split(".")[0], stack)

    def _reference(self, name: str, stack: str) -> str:
        if name in _PSEUDO:
            return _PSEUDO[name]
        found = self._by_id.get((stack, name))
        if found:
            return found.label
        if name in self.templates[stack].get("Parameters", {}):
            return f"<parameter {name}>"
        raise AuditError(f"{stack}: the template refers to {name}, which it does not hold")

    def _imported(self, argument: Any, stack: str) -> str:  # noqa: ANN401  # JSON
        name = self.text(argument, stack)
        exported = self.exported(name)
        if exported is None:
            raise AuditError(f"{stack}: the template imports {name}, which no stack exports")
        return exported

    def exported(self, name: str) -> str | None:
        """What a stack exports under ``name``; None where none does."""
        if name not in self._exports:
            return None
        source, value = self._exports[name]
        return self.text(value, source)

    def normalised(self, stack: str) -> str:
        """A template with sorted keys and without the packages' hashes."""
        text = json.dumps(self.templates[stack], indent=2, sort_keys=True, ensure_ascii=False)
        return _HASH.sub("<hash of the package>", text) + "\n"


def as_list(value: Any) -> list[Any]:  # noqa: ANN401  # JSON
    """One or several, as policies write it."""
    return value if isinstance(value, list) else [value]
