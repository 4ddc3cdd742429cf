"""A Python Lambda function with its own role and its own log group."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import jsii
from aws_cdk import (
    AssetHashType,
    BundlingOptions,
    DockerImage,
    Duration,
    ILocalBundling,
    RemovalPolicy,
)
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks.constructs.acknowledge import acknowledge
from stacks.constructs.function_asset import (
    CONFIG_NAME,
    FunctionAsset,
    FunctionSources,
    collect,
    runtime_python,
)
from stacks.constructs.service_role import service_role

_RETENTION: Final = {
    1: logs.RetentionDays.ONE_DAY,
    3: logs.RetentionDays.THREE_DAYS,
    5: logs.RetentionDays.FIVE_DAYS,
    7: logs.RetentionDays.ONE_WEEK,
    14: logs.RetentionDays.TWO_WEEKS,
    30: logs.RetentionDays.ONE_MONTH,
    60: logs.RetentionDays.TWO_MONTHS,
    90: logs.RetentionDays.THREE_MONTHS,
    120: logs.RetentionDays.FOUR_MONTHS,
    150: logs.RetentionDays.FIVE_MONTHS,
    180: logs.RetentionDays.SIX_MONTHS,
    365: logs.RetentionDays.ONE_YEAR,
}


def log_retention(days: int) -> logs.RetentionDays:
    """The CDK's word for one of the steps that ``museum.toml`` allows."""
    return _RETENTION[days]


@dataclass(frozen=True, slots=True, kw_only=True)
class InCommon:
    """What all functions of a deployment have in common.

    Attributes:
        sources: Where the parts of their packages lie.
        log_retention_days: How long their logs are kept.
    """

    sources: FunctionSources
    log_retention_days: int


@jsii.implements(ILocalBundling)
class _Copy:
    """Bundling that copies files: the CDK calls it in place of a Docker container."""

    def __init__(self, asset: FunctionAsset) -> None:
        self._asset = asset

    def try_bundle(self, output_dir: str, *_: Any, **__: Any) -> bool:  # noqa: ANN401  # options
        self._asset.write(Path(output_dir), runtime_python())
        return True


class PythonFunction(Construct):
    """The function in ``lambdas/<name>``: arm64, logs kept as long as ``museum.toml`` says.

    Attributes:
        function: The function; grant permissions to it.
        role: What it may do.
        name: Name of its folder.
        memory_mb: Its memory, MiB.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        description: str,
        common: InCommon,
        environment: Mapping[str, str],
        timeout: Duration,
        memory_mb: int = 256,
    ) -> None:
        super().__init__(scope, construct_id)
        self.name, self.memory_mb = name, memory_mb
        log_group = logs.LogGroup(
            self,
            "Logs",
            retention=log_retention(common.log_retention_days),
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.role = self._build_role(log_group)
        self.function = lambda_.Function(
            self,
            "Function",
            description=description,
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            handler=f"lambdas.{name}.handler.handler",
            code=_code(common.sources, name),
            role=self.role,
            log_group=log_group,
            timeout=timeout,
            memory_size=memory_mb,
            environment={
                "MUSEUM_CONFIG": CONFIG_NAME,
                # Time zones are those of the package, whatever the image holds; and zoneinfo need
                # not ask how Python was built.
                "PYTHONTZPATH": "",
                **environment,
            },
        )
        self._accept_findings()

    def _accept_findings(self) -> None:
        acknowledge(
            self.function,
            "AwsSolutions-L1",
            "Python 3.13 is supported until 2029-06-30, and it is the newest that all tests and "
            "the local run can use as well.",
        )
        acknowledge(
            self.function,
            ["NIST.800.53.R5-LambdaInsideVPC", "CKV_AWS_117"],
            "It speaks to AWS's own interfaces alone, over TLS with its role's permissions, and "
            "nothing can reach it but its caller. In a VPC it would need NAT or endpoints to do "
            "the same.",
        )
        acknowledge(
            self.function,
            ["NIST.800.53.R5-LambdaConcurrency", "CKV_AWS_115"],
            "Its caller bounds it: a queue's maximum concurrency or message groups, or one call a "
            "museum and schedule. A reservation fails to deploy into a new account, which must "
            "leave 100 unreserved; alarms watch throttles.",
        )
        acknowledge(
            self.function,
            ["NIST.800.53.R5-LambdaDLQ", "CKV_AWS_116"],
            "What fails for good goes to a dead-letter queue all the same: that of the queue "
            "which feeds it, or the on-failure destination of its asynchronous calls.",
        )
        acknowledge(
            self.function,
            "CKV_AWS_173",
            "The environment names tables, queues, buckets and topics and holds no secret; "
            "Lambda encrypts it with its own key.",
        )

    def _build_role(self, log_group: logs.LogGroup) -> iam.Role:
        """A role of its own, because the managed policy that the CDK would use is wider."""
        role = service_role(self, "Role", iam.ServicePrincipal("lambda.amazonaws.com"))
        log_group.grant_write(role)
        return role


def _code(sources: FunctionSources, name: str) -> lambda_.Code:
    asset = collect(sources, name)
    return lambda_.Code.from_asset(
        str(sources.root / "lambdas" / name),
        asset_hash=asset.digest(),
        asset_hash_type=AssetHashType.CUSTOM,
        bundling=BundlingOptions(image=DockerImage("never-used"), local=_Copy(asset)),
    )
