"""How many museums fit into one deployment, from its templates and AWS's quotas."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from contracts.museum_toml import AT
from contracts.museums import Museum
from local_cloud.assembly import by_stack

STACKS: Final = 2000
"""https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html

Of an account in a Region, by default; AWS raises it when asked.
"""
_AT: Final = AT.removeprefix("-")
"""What a museum's stack begins with where ``by_stack`` names it."""
TEMPLATE_BYTES: Final = 1_000_000
"""The same page: 1 MB, where a template lies in S3."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One bound on the museums of a deployment, or on a museum's artworks.

    Attributes:
        what: The quota and where it stands.
        used: What there is without any.
        each: What each adds.
        most: The quota.
    """

    what: str
    used: int
    each: int
    most: int

    @property
    def fit(self) -> int:
        """How many fit."""
        return (self.most - self.used) // self.each


def museum_limit(assembly: Path) -> Limit:
    """How many museums an account takes: each has a stack, and none of the others names it."""
    shared = [stack for stack in by_stack(assembly) if not stack.startswith(_AT)]
    return Limit(what="stacks of an account", used=len(shared), each=1, most=STACKS)


def artwork_limit(assembly: Path, museum: Museum) -> Limit:
    """How many artworks the template of a museum's own stack takes."""
    text = by_stack(assembly)[f"{_AT}{museum.id}"].read_text("utf-8")
    titles = {artwork.title for artwork in museum.artworks}
    graphs = [
        len(json.dumps(json.dumps(widget)))  # a text inside a template
        for widget in _widgets(json.loads(text))
        if widget["properties"].get("title") in titles
    ]
    return Limit(
        what="bytes of the template of a museum's stack",
        used=len(text) - sum(graphs),
        each=max(graphs),
        most=TEMPLATE_BYTES,
    )


def _widgets(template: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::CloudWatch::Dashboard":
            parts = resource["Properties"]["DashboardBody"]["Fn::Join"][1]
            yield from json.loads(
                "".join(part if isinstance(part, str) else "a-name" for part in parts)
            )["widgets"]
