"""Accepted cdk-nag findings, always beside the resource and with the reason."""

from aws_cdk import Acknowledgment, Validations
from constructs import IConstruct


def acknowledge(scope: IConstruct, rule: str, reason: str) -> None:
    """Accepts one finding of cdk-nag on ``scope`` and on what it holds.

    Args:
        scope: The smallest construct that the finding is about.
        rule: E.g. ``AwsSolutions-SQS3`` or ``AwsSolutions-IAM5[Resource::...]``.
        reason: The constraint that makes the finding acceptable.
    """
    Validations.of(scope).acknowledge(Acknowledgment(id=rule, reason=reason))
