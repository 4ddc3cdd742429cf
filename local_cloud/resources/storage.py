"""DynamoDB tables and S3 buckets."""

from typing import Final

from local_cloud.account import REGION
from local_cloud.json_value import Json
from local_cloud.resources.base import Created, Request, ResourceType


def _table(request: Request) -> Created:
    name = request.properties.get("TableName") or request.physical_name(255)
    keyed: dict[str, Json] = request.picked(
        "AttributeDefinitions",
        "KeySchema",
        "BillingMode",
        "GlobalSecondaryIndexes",
        "LocalSecondaryIndexes",
        "ProvisionedThroughput",
    )
    client = request.client("dynamodb")
    made = client.create_table(TableName=name, **keyed)["TableDescription"]
    ttl = request.properties.get("TimeToLiveSpecification")
    if ttl:
        client.update_time_to_live(TableName=name, TimeToLiveSpecification=ttl)
    return Created(name, {"Arn": made["TableArn"]})


def _bucket(request: Request) -> Created:
    name = request.properties.get("BucketName") or request.physical_name(63, lower=True)
    client = request.client("s3")
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    versioning = request.properties.get("VersioningConfiguration")
    if versioning:
        client.put_bucket_versioning(Bucket=name, VersioningConfiguration=versioning)
    return Created(
        name,
        {
            "Arn": f"arn:aws:s3:::{name}",
            "DomainName": f"{name}.s3.amazonaws.com",
            "RegionalDomainName": f"{name}.s3.{REGION}.amazonaws.com",
        },
    )


def _bucket_policy(request: Request) -> Created:
    return Created(f"{request.require('Bucket')}-policy")


TYPES: Final = {
    "AWS::DynamoDB::Table": ResourceType(
        _table,
        used=frozenset(
            {
                "TableName",
                "AttributeDefinitions",
                "KeySchema",
                "BillingMode",
                "GlobalSecondaryIndexes",
                "LocalSecondaryIndexes",
                "ProvisionedThroughput",
                "TimeToLiveSpecification",
            }
        ),
        no_effect=frozenset(
            {
                "ContributorInsightsSpecification",
                "DeletionProtectionEnabled",
                "OnDemandThroughput",
                "PointInTimeRecoverySpecification",
                "SSESpecification",
                "TableClass",
                "Tags",
            }
        ),
    ),
    "AWS::S3::Bucket": ResourceType(
        _bucket,
        used=frozenset({"BucketName", "VersioningConfiguration"}),
        no_effect=frozenset(
            {
                "BucketEncryption",
                "LifecycleConfiguration",
                "LoggingConfiguration",
                "OwnershipControls",
                "PublicAccessBlockConfiguration",
                "Tags",
            }
        ),
    ),
    "AWS::S3::BucketPolicy": ResourceType(
        _bucket_policy, used=frozenset({"Bucket"}), no_effect=frozenset({"PolicyDocument"})
    ),
}
