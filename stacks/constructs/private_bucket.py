"""An S3 bucket that is closed, encrypted, logged and emptied by age."""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_s3 as s3
from constructs import Construct


def private_bucket(
    scope: Construct,
    construct_id: str,
    *,
    keep_days: int,
    removal_policy: RemovalPolicy,
    access_logs: s3.IBucket | None = None,
) -> s3.Bucket:
    """A bucket without public access, TLS only, whose objects go after ``keep_days`` days.

    Args:
        scope: Where it belongs.
        construct_id: Its id there, also the prefix of its access logs.
        keep_days: Age in days at which an object is deleted.
        removal_policy: What happens to it when the stack is deleted.
        access_logs: Where its access log goes; None for the bucket that holds the logs.
    """
    return s3.Bucket(
        scope,
        construct_id,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        encryption=s3.BucketEncryption.S3_MANAGED,
        enforce_ssl=True,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        removal_policy=removal_policy,
        server_access_logs_bucket=access_logs,
        server_access_logs_prefix=f"{construct_id.lower()}/" if access_logs else None,
        lifecycle_rules=[
            s3.LifecycleRule(
                expiration=Duration.days(keep_days),
                abort_incomplete_multipart_upload_after=Duration.days(1),
            )
        ],
    )
