"""How many museums fit into one deployment, from its templates and AWS's quotas."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

STACK_RESOURCES: Final = 500
"""https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"""
TEMPLATE_BYTES: Final = 1_000_000
"""The same page: 1 MB, where a template lies in S3."""
ENVIRONMENT_BYTES: Final = 4096
"""https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
_ARN_BYTES: Final = len("arn:aws:sns:ap-southeast-1:123456789012:") + 13
"""Of a topic: what stands before its name, and the random end that CloudFormation gives it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One bound on the museums of a deployment.

    Attributes:
        what: The quota and where it stands.
        used: What a deployment of no museum uses.
        per_museum: What each museum adds.
        most: The quota.
    """

    what: str
    used: int
    per_museum: int
    most: int

    @property
    def museums(self) -> int | None:
        """How many fit; None where they add nothing."""
        return (self.most - self.used) // self.per_museum if self.per_museum else None


def limits(assembly: Path, museum_id: str) -> list[Limit]:
    """The bounds, tightest first, of an assembly whose only museum is ``museum_id``."""
    found = [limit for limit in _limits(assembly, museum_id) if limit.museums is not None]
    return sorted(found, key=lambda limit: limit.museums or 0)


def _limits(assembly: Path, museum_id: str) -> Iterator[Limit]:
    plain = museum_id.replace("-", "")
    for file in sorted(assembly.glob("*.template.json")):
        text = file.read_text("utf-8")
        resources = json.loads(text)["Resources"]
        own = sum(plain in logical_id for logical_id in resources)
        own_bytes = sum(
            len(json.dumps({logical_id: resource}, indent=1))  # as the CDK writes it
            for logical_id, resource in resources.items()
            if plain in logical_id
        )
        stack = file.name.removesuffix(".template.json")
        yield Limit(
            what=f"bytes of the template {stack}",
            used=len(text) - own_bytes,
            per_museum=own_bytes,
            most=TEMPLATE_BYTES,
        )
        yield Limit(
            what=f"resources of the stack {stack}",
            used=len(resources) - own,
            per_museum=own,
            most=STACK_RESOURCES,
        )
        for resource in resources.values():
            if resource["Type"] == "AWS::Lambda::Function":
                yield _environment(resource["Properties"], museum_id, stack)


def _environment(function: Mapping[str, Any], museum_id: str, stack: str) -> Limit:
    variables = function.get("Environment", {}).get("Variables", {})
    own = used = 0
    for name, value in variables.items():
        text = json.dumps(value)
        if museum_id in text:
            # {"city-gallery":"arn:..."}, whose name is made of the stack's and the topic's ids
            own += len(f'"{museum_id}":"",{stack}-Curators{museum_id}12345678') + _ARN_BYTES
            used += len(name) + 2
        else:
            used += len(name) + (len(value) if isinstance(value, str) else _ARN_BYTES + len(stack))
    handler: str = function["Handler"]
    return Limit(
        what=f"environment of the function {handler.split('.')[1]}",
        used=used,
        per_museum=own,
        most=ENVIRONMENT_BYTES,
    )
