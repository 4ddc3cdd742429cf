"""Access to the objects below one prefix of a bucket, and to nothing else in it."""

from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import IConstruct

from stacks.constructs.acknowledge import acknowledge


def allow_objects(
    scope: IConstruct,
    grantee: iam.IGrantable,
    bucket: s3.IBucket,
    *,
    actions: Sequence[str],
    prefix: str,
    reason: str,
) -> None:
    """Lets ``grantee`` do ``actions`` on the objects whose key begins with ``prefix/``.

    Args:
        scope: The construct that holds the grantee's role; cdk-nag's finding is accepted on it.
        grantee: Who may.
        bucket: A bucket of another stack.
        actions: E.g. ``s3:PutObject``.
        prefix: Without the slash at its end.
        reason: Why the objects' names cannot be listed, for the audit.
    """
    grantee.grant_principal.add_to_principal_policy(
        iam.PolicyStatement(
            actions=list(actions), resources=[bucket.arn_for_objects(f"{prefix}/*")]
        )
    )
    # cdk-nag names the bucket by the export under which its stack hands out the ARN.
    export = Stack.of(bucket).export_value(bucket.bucket_arn)
    export_name = Stack.of(scope).resolve(export)["Fn::ImportValue"]
    acknowledge(scope, f"AwsSolutions-IAM5[Resource::{export_name}/{prefix}/*]", reason)
