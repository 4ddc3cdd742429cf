"""Accepted findings of cdk-nag and checkov, always beside the resource and with the reason."""

from collections.abc import Sequence
from typing import Final

from aws_cdk import Acknowledgment, CfnResource, Validations
from constructs import IConstruct

CHECKOV: Final = "CKV"


def acknowledge(scope: IConstruct, rules: str | Sequence[str], reason: str) -> None:
    """Accepts findings of cdk-nag on ``scope`` and on what it holds, and of checkov on ``scope``.

    checkov reads templates, so its part is written there as the resource's metadata.

    Args:
        scope: The smallest construct that the findings are about; for checkov a resource.
        rules: E.g. ``AwsSolutions-SQS3``, ``AwsSolutions-IAM5[Resource::...]`` or ``CKV_AWS_27``.
        reason: The constraint that makes the findings acceptable.
    """
    for rule in [rules] if isinstance(rules, str) else rules:
        if rule.startswith(CHECKOV):
            _tell_checkov(scope, rule, reason)
        else:
            Validations.of(scope).acknowledge(Acknowledgment(id=rule, reason=reason))


def _tell_checkov(scope: IConstruct, rule: str, reason: str) -> None:
    resource = scope.node.default_child
    if not isinstance(resource, CfnResource):
        raise TypeError(f"{scope.node.path} is no resource; {rule} is accepted at one")
    told = resource.get_metadata("checkov") or {"skip": []}
    resource.add_metadata("checkov", {"skip": [*told["skip"], {"id": rule, "comment": reason}]})
