"""What every resource creator gets and gives back."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from local_cloud.assembly import Assembly
from local_cloud.aws_server import AwsServer
from local_cloud.declared import Declared
from local_cloud.errors import LocalCloudError, UnsupportedError
from local_cloud.json_value import Json


@dataclass(frozen=True, slots=True)
class Request:
    """One resource to create.

    Attributes:
        stack: Name of its stack.
        logical_id: Its name in the template.
        properties: Its properties, intrinsic functions resolved.
        aws: moto.
        declared: What the local cloud itself runs.
        assembly: Where functions' code lies.
    """

    stack: str
    logical_id: str
    properties: Mapping[str, Json]
    aws: AwsServer
    declared: Declared
    assembly: Assembly

    @property
    def place(self) -> str:
        """Where the resource stands, for messages."""
        return f"{self.stack}/{self.logical_id}"

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3 makes its clients at run time
        """A boto3 client for moto."""
        return self.aws.client(service)

    def require(self, name: str) -> Json:
        """A property that must be there.

        Raises:
            LocalCloudError: It is not.
        """
        if name not in self.properties:
            raise LocalCloudError(f"{self.place}: the property {name} is missing")
        return self.properties[name]

    def physical_name(self, limit: int, *, lower: bool = False) -> str:
        """A name as CloudFormation would make one: the same for the same stack and logical id."""
        digest = hashlib.sha256(f"{self.stack}/{self.logical_id}".encode()).hexdigest()[:8]
        stem = f"{self.stack}-{self.logical_id}"[: limit - 9]
        name = f"{stem}-{digest}"
        return name.lower() if lower else name

    def picked(self, *names: str) -> dict[str, Json]:
        """Those of the named properties that are there."""
        return {name: self.properties[name] for name in names if name in self.properties}


@dataclass(frozen=True, slots=True)
class Created:
    """What other resources may refer to: the value of ``Ref`` and of ``Fn::GetAtt``."""

    reference: str
    attributes: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ResourceType:
    """How resources of one type are created.

    Attributes:
        create: Creates one.
        used: Properties that have an effect here.
        no_effect: Properties that mean nothing on one machine (encryption, retention, tags, ...).
    """

    create: Callable[[Request], Created]
    used: frozenset[str]
    no_effect: frozenset[str] = frozenset()


def check_keys(
    value: Mapping[str, Json],
    place: str,
    *,
    used: frozenset[str],
    no_effect: frozenset[str] = frozenset(),
) -> None:
    """Refuses what the local cloud would have to ignore without knowing what it means.

    Raises:
        UnsupportedError: A key is in neither set.
    """
    for key in value:
        if key not in used and key not in no_effect:
            raise UnsupportedError(f"the property {key}", place)
