"""Creates what the stacks of an assembly declare, in the order in which they need each other."""

import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from local_cloud.account import ACCOUNT, PARTITION, REGION
from local_cloud.assembly import Assembly, StackTemplate
from local_cloud.aws_server import AwsServer
from local_cloud.declared import Declared
from local_cloud.errors import LocalCloudError, UnsupportedError
from local_cloud.intrinsics import Scope
from local_cloud.json_value import Json
from local_cloud.resources import functions, identity, iot, messaging, storage, watching
from local_cloud.resources.base import Request, ResourceType, check_keys

TYPES: Final[Mapping[str, ResourceType]] = {
    **storage.TYPES,
    **messaging.TYPES,
    **identity.TYPES,
    **functions.TYPES,
    **iot.TYPES,
    **watching.TYPES,
}
"""Every resource type that the local cloud knows."""

_RESOURCE_KEYS: Final = frozenset({"Type", "Properties", "DependsOn", "Condition"})
_NO_EFFECT_KEYS: Final = frozenset({"DeletionPolicy", "UpdateReplacePolicy", "Metadata"})
_TEMPLATE_KEYS: Final = frozenset({"Resources", "Outputs", "Mappings", "Conditions", "Parameters"})
_TEMPLATE_NO_EFFECT: Final = frozenset(
    {"AWSTemplateFormatVersion", "Description", "Metadata", "Rules"}
)
_VARIABLE: Final = re.compile(r"\$\{([^!}][^}]*)\}")

_log = logging.getLogger(__name__)


def deploy(assembly: Assembly, aws: AwsServer) -> Declared:
    """Creates the resources of every stack.

    Raises:
        UnsupportedError: A resource type, property or intrinsic function is not known.
        LocalCloudError: A resource cannot be created.
    """
    deployment = _Deployment(assembly, aws, Declared())
    for stack in assembly.stacks:
        deployment.add(stack)
    return deployment.declared


@dataclass(frozen=True, slots=True)
class _Deployment:
    assembly: Assembly
    aws: AwsServer
    declared: Declared
    exports: dict[str, Json] = field(default_factory=dict)

    def add(self, stack: StackTemplate) -> None:
        template = stack.template
        check_keys(template, stack.name, used=_TEMPLATE_KEYS, no_effect=_TEMPLATE_NO_EFFECT)
        scope = Scope(
            stack=stack.name,
            references=_pseudo_parameters(stack.name) | _parameters(template),
            attributes={},
            exports=self.exports,
            mappings=template.get("Mappings", {}),
            conditions=template.get("Conditions", {}),
        )
        resources: Mapping[str, Json] = template.get("Resources", {})
        for logical_id in _in_order(stack.name, resources):
            self._create(logical_id, resources[logical_id], scope)
        self._export(template.get("Outputs", {}), scope)
        _log.info("%s: %d resources", stack.name, len(resources))

    def _create(self, logical_id: str, resource: Mapping[str, Json], scope: Scope) -> None:
        place = f"{scope.stack}/{logical_id}"
        check_keys(resource, place, used=_RESOURCE_KEYS, no_effect=_NO_EFFECT_KEYS)
        kind = TYPES.get(resource["Type"])
        if kind is None:
            raise UnsupportedError(f"the resource type {resource['Type']}", place)
        if "Condition" in resource and not scope.holds(resource["Condition"], place):
            return
        properties = scope.resolve(resource.get("Properties", {}), f"{place}.Properties")
        check_keys(properties, place, used=kind.used, no_effect=kind.no_effect)
        request = Request(
            scope.stack, logical_id, properties, self.aws, self.declared, self.assembly
        )
        try:
            created = kind.create(request)
        except (ClientError, BotoCoreError) as error:
            raise LocalCloudError(f"{place} ({resource['Type']}): {error}") from error
        scope.references[logical_id] = created.reference
        scope.attributes[logical_id] = created.attributes

    def _export(self, outputs: Mapping[str, Json], scope: Scope) -> None:
        known = self.declared.outputs.setdefault(scope.stack, {})
        for name, output in outputs.items():
            place = f"{scope.stack}/Outputs.{name}"
            if "Condition" in output and not scope.holds(output["Condition"], place):
                continue
            known[name] = scope.resolve(output["Value"], place)
            if "Export" in output:
                self.exports[scope.resolve(output["Export"]["Name"], place)] = known[name]


def _pseudo_parameters(stack: str) -> dict[str, Json]:
    return {
        "AWS::AccountId": ACCOUNT,
        "AWS::Partition": PARTITION,
        "AWS::Region": REGION,
        "AWS::StackId": f"arn:{PARTITION}:cloudformation:{REGION}:{ACCOUNT}:stack/{stack}/local",
        "AWS::StackName": stack,
        "AWS::URLSuffix": "amazonaws.com",
    }


def _parameters(template: Mapping[str, Json]) -> dict[str, Json]:
    return {
        name: parameter["Default"]
        for name, parameter in template.get("Parameters", {}).items()
        if "Default" in parameter
    }


def _in_order(stack: str, resources: Mapping[str, Json]) -> tuple[str, ...]:
    graph: dict[str, list[str]] = {}
    for logical_id, resource in resources.items():
        depends = resource.get("DependsOn", [])
        explicit = [depends] if isinstance(depends, str) else depends
        named = [*explicit, *_named(resource.get("Properties", {}))]
        graph[logical_id] = [name for name in named if name in resources and name != logical_id]
    try:
        return tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        raise LocalCloudError(
            f"{stack}: these resources need each other: {error.args[1]}"
        ) from error


def _named(value: Json) -> Iterator[str]:
    """Logical ids that a value refers to."""
    if isinstance(value, list):
        for member in value:
            yield from _named(member)
    elif isinstance(value, dict):
        for key, member in value.items():
            if key == "Ref":
                yield member
            elif key == "Fn::GetAtt":
                yield member.split(".")[0] if isinstance(member, str) else member[0]
            elif key == "Fn::Sub":
                text = member if isinstance(member, str) else member[0]
                yield from (name.split(".")[0] for name in _VARIABLE.findall(text))
                yield from () if isinstance(member, str) else _named(member[1])
            else:
                yield from _named(member)
