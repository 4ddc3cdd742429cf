"""A managed policy of the account's owners that no role of ours can exceed."""

from aws_cdk import Stack
from aws_cdk import aws_iam as iam


def bound_roles(stack: Stack, policy_name: str) -> None:
    """Sets the permissions boundary of every role in ``stack``.

    Args:
        stack: One of the app's stacks.
        policy_name: Name, with its path if it has one, of a customer-managed policy in the account.
    """
    policy = iam.ManagedPolicy.from_managed_policy_name(stack, "Boundary", policy_name)
    iam.PermissionsBoundary.of(stack).apply(policy)
