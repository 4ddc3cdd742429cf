"""A role that one AWS service takes for one part of ours."""

from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.constructs.acknowledge import acknowledge


def service_role(scope: Construct, construct_id: str, assumed_by: iam.ServicePrincipal) -> iam.Role:
    """A role without permissions; what it is granted goes into the one policy that it owns."""
    role = iam.Role(scope, construct_id, assumed_by=assumed_by)
    acknowledge(
        role,
        "NIST.800.53.R5-IAMNoInlinePolicy",
        "The statements belong to this role alone, name its own resources and go with it; a "
        "managed policy could be attached to another principal, or outlive the role.",
    )
    return role
