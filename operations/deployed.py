"""One deployment: what ``museum.toml`` says of it, and what its stacks gave out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import boto3
from botocore.exceptions import ClientError

from contracts.museum_toml import DeploymentConfig, load_museums
from operations.aws import CONFIG, error_code, make_session, plain_errors
from operations.errors import OperationError

STACKS: Final = ("storage", "ingestion", "analytics", "alerting")
"""In the order in which they are deployed."""


@dataclass(frozen=True)  # no slots: outputs are cached
class Deployed:
    """The stacks of one stage.

    Attributes:
        config: The museums, at that stage.
        stage: Its name, ``prod`` for the main one.
        session: Where and as whom AWS is asked.
    """

    config: DeploymentConfig
    stage: str
    session: boto3.Session

    @property
    def name(self) -> str:
        """Prefix of the stacks' names."""
        return self.config.deployment.name

    @property
    def region(self) -> str:
        """Where it is deployed."""
        return str(self.session.region_name)

    @cached_property
    def outputs(self) -> Mapping[str, str]:
        """Every output of the stacks by its name.

        Raises:
            OperationError: A stack is not there, or AWS cannot be asked.
        """
        return {
            str(one["OutputKey"]): str(one["OutputValue"])
            for stack in STACKS
            for one in self._outputs(f"{self.name}-{stack}")
        }

    def output(self, name: str) -> str:
        """One output.

        Raises:
            OperationError: No stack has it.
        """
        if name not in self.outputs:
            raise OperationError(
                f"The stacks of {self.name} have no output {name}: they are of another version. "
                f"Deploy this checkout: {self.command('scripts/cdk deploy --all')}"
            )
        return self.outputs[name]

    def command(self, words: str) -> str:
        """A command of the CDK for this stage."""
        return words if self.stage == "prod" else f"{words} -c stage={self.stage}"

    def client(self, service: str) -> Any:  # noqa: ANN401  # a class made at run time
        """A client of a service."""
        return self.session.client(service, config=CONFIG)  # type: ignore[call-overload]  # any of them

    def _outputs(self, stack: str) -> list[dict[str, Any]]:
        try:
            with plain_errors():
                answer = self.client("cloudformation").describe_stacks(StackName=stack)
        except OperationError as exc:
            cause = exc.__cause__
            if isinstance(cause, ClientError) and error_code(cause) == "ValidationError":
                raise OperationError(
                    f"The stack {stack} is not deployed in {self.region}. Deploy it "
                    f"({self.command('scripts/cdk deploy --all')}), or name stage and Region."
                ) from exc
            raise
        found: list[dict[str, Any]] = answer["Stacks"][0].get("Outputs", [])
        return found


def open_deployment(museums: Path, stage: str, region: str) -> Deployed:
    """Reads ``museum.toml`` and sees to it that it speaks of the caller's account.

    Args:
        museums: The file.
        stage: One of its stages.
        region: AWS Region, in place of the file's; may be empty.

    Raises:
        OperationError: AWS cannot be asked, or it is another account.
        ContractError: The file cannot be used, or has no such stage.
    """
    config = load_museums(museums).at(stage)
    deployment = config.deployment
    if region and deployment.region and region != deployment.region:
        raise OperationError(
            f"--region {region}: {museums.name} says that this stage is in {deployment.region}."
        )
    session = make_session(region or deployment.region)
    deployed = Deployed(config, stage, session)
    if deployment.account:
        with plain_errors():
            account = deployed.client("sts").get_caller_identity()["Account"]
        if account != deployment.account:
            raise OperationError(
                f"These credentials are of account {account}; {museums.name} says "
                f"{deployment.account}. Log in to that one."
            )
    return deployed


def pages(client: Any, operation: str, **arguments: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401  # boto3's
    """Every page of an answer."""
    yield from client.get_paginator(operation).paginate(**arguments)
