"""The key that encrypts every log group of the app."""

from aws_cdk import ArnFormat, Aws, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

IOT_LOG_GROUP = "AWSIotLogsV2"
"""The one log group that AWS IoT writes to."""


def logs_key(
    scope: Construct, construct_id: str, *, deployment_name: str, iot_logging: bool
) -> kms.Key:
    """A key with rotation that CloudWatch Logs may use for this deployment's log groups only.

    Args:
        scope: Where it belongs.
        construct_id: Its id there.
        deployment_name: Log groups get their names from their stacks, which begin with it.
        iot_logging: Whether AWS IoT's log is among them.
    """
    key = kms.Key(
        scope,
        construct_id,
        description=f"{deployment_name}: logs",
        enable_key_rotation=True,
        removal_policy=RemovalPolicy.DESTROY,  # as the logs that it encrypts
    )
    stack = Stack.of(scope)
    groups = [
        stack.format_arn(
            service="logs",
            resource="log-group",
            resource_name=name,
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        for name in (f"{deployment_name}-*", *([IOT_LOG_GROUP] if iot_logging else []))
    ]
    key.add_to_resource_policy(
        iam.PolicyStatement(
            actions=[
                "kms:Decrypt",
                "kms:DescribeKey",
                "kms:Encrypt",
                "kms:GenerateDataKey",
                "kms:GenerateDataKeyWithoutPlaintext",
                "kms:ReEncryptFrom",
                "kms:ReEncryptTo",
            ],
            principals=[iam.ServicePrincipal(f"logs.{Aws.REGION}.amazonaws.com")],
            resources=["*"],  # in a key's own policy: this key
            conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
        )
    )
    return key


def encrypt_logs(stack: Stack, key: kms.IKey) -> None:
    """Encrypts every log group in ``stack`` with ``key``."""
    for construct in stack.node.find_all():
        if isinstance(construct, logs.CfnLogGroup):
            construct.kms_key_id = key.key_arn
