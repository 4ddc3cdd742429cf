"""An S3 bucket that is closed, encrypted, logged and emptied by age."""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks.constructs.acknowledge import acknowledge

OLD_VERSION_DAYS = 30
"""How long what was overwritten or deleted in a versioned bucket can be brought back."""


def private_bucket(
    scope: Construct,
    construct_id: str,
    *,
    keep_days: int,
    removal_policy: RemovalPolicy,
    access_logs: s3.IBucket | None = None,
    versioned: bool = False,
) -> s3.Bucket:
    """A bucket without public access, TLS only, whose objects go after ``keep_days`` days.

    Args:
        scope: Where it belongs.
        construct_id: Its id there, also the prefix of its access logs.
        keep_days: Age in days at which an object is deleted.
        removal_policy: What happens to it when the stack is deleted.
        access_logs: Where its access log goes; None for the bucket that holds the logs.
        versioned: Whether what is overwritten or deleted stays for ``OLD_VERSION_DAYS`` more.
    """
    bucket = s3.Bucket(
        scope,
        construct_id,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        encryption=s3.BucketEncryption.KMS_MANAGED
        if access_logs
        else s3.BucketEncryption.S3_MANAGED,
        bucket_key_enabled=True if access_logs else None,
        enforce_ssl=True,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        removal_policy=removal_policy,
        versioned=versioned or None,
        server_access_logs_bucket=access_logs,
        server_access_logs_prefix=f"{construct_id.lower()}/" if access_logs else None,
        lifecycle_rules=[
            s3.LifecycleRule(
                expiration=Duration.days(keep_days),
                noncurrent_version_expiration=Duration.days(OLD_VERSION_DAYS)
                if versioned
                else None,
                abort_incomplete_multipart_upload_after=Duration.days(1),
            )
        ],
    )
    _accept_findings(bucket, holds_logs=access_logs is None, versioned=versioned)
    return bucket


def _accept_findings(bucket: s3.Bucket, *, holds_logs: bool, versioned: bool) -> None:
    acknowledge(
        bucket,
        "NIST.800.53.R5-S3BucketReplicationEnabled",
        "S3 keeps each object in three availability zones. Copies in a second region would be one "
        "more place to keep retention in, for logs, refused messages and reports that the roll-ups "
        "can give again.",
    )
    if not versioned:
        acknowledge(
            bucket,
            ["NIST.800.53.R5-S3BucketVersioningEnabled", "CKV_AWS_21"],
            "An object's name is unique or made of its content, so that a retry writes the same "
            "again; no role of ours may delete one. Old versions would outlive the retention.",
        )
    if holds_logs:
        acknowledge(
            bucket,
            "NIST.800.53.R5-S3DefaultEncryptionKMS",
            "S3 delivers access logs into buckets with SSE-S3 only.",
        )
        acknowledge(bucket, "CKV_AWS_18", "It holds the access logs; its own would feed on itself.")
