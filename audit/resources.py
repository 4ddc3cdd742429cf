"""The resource list: everything that the stacks make, and what matters of it."""

from collections.abc import Iterator
from typing import Final

from audit.assembly import Assembly, Resource
from audit.retention import kept
from audit.table import Table, make_table

_KEEP: Final = {"Retain": "stays", "Delete": "goes", "RetainExceptOnCreate": "stays"}
_STORES: Final = frozenset({"DynamoDB::Table", "S3::Bucket", "SQS::Queue", "Logs::LogGroup"})


def resource_table(assembly: Assembly) -> Table:
    """One row for each resource of each stack."""
    return make_table(
        "resources",
        "What is deployed",
        "Every resource of every stack. 'When the stack goes' says whether it is deleted with it; "
        "a store's age is what CloudFormation sets, single records may go earlier (data.csv).",
        (
            "Stack",
            "Name",
            "Type",
            "Logical id",
            "When the stack goes",
            "Encrypted with",
            "Keeps for",
            "Settings",
        ),
        (
            (
                one.stack,
                one.name,
                one.kind,
                one.logical_id,
                _KEEP.get(str(one.whole.get("DeletionPolicy")), "goes"),
                _encryption(assembly, one),
                kept(assembly, one) if one.kind in _STORES else "",
                "; ".join(_settings(assembly, one)),
            )
            for one in assembly.resources
        ),
        keys=4,
    )


def _encryption(assembly: Assembly, one: Resource) -> str:
    properties = one.properties
    for key in ("KmsMasterKeyId", "KmsKeyId", "KmsKeyArn"):
        if key in properties:
            return assembly.text(properties[key], one.stack)
    if one.kind == "DynamoDB::Table":
        specification = properties.get("SSESpecification", {})
        own = specification.get("KMSMasterKeyId")
        if own:
            return assembly.text(own, one.stack)
        return "AWS-managed KMS key" if specification.get("SSEEnabled") else "AWS-owned key"
    if one.kind == "S3::Bucket":
        rules = properties.get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration", [])
        names = {"aws:kms": "AWS-managed KMS key", "AES256": "S3's own keys"}
        return ", ".join(
            names.get(rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"], "?") for rule in rules
        )
    if one.kind == "SQS::Queue" and properties.get("SqsManagedSseEnabled", True):
        return "SQS's own keys"
    return "Lambda's own keys" if one.kind == "Lambda::Function" else ""


_SHOWN: Final = {
    "CloudWatch::Alarm": ("Threshold", "ComparisonOperator", "EvaluationPeriods"),
    "DynamoDB::Table": ("DeletionProtectionEnabled", "OnDemandThroughput", "BillingMode"),
    "IAM::Role": ("PermissionsBoundary", "ManagedPolicyArns"),
    "KMS::Key": ("EnableKeyRotation",),
    "Lambda::EventSourceMapping": ("BatchSize", "EventSourceArn", "ScalingConfig"),
    "Lambda::Function": ("Handler", "Runtime", "Architectures", "MemorySize", "Timeout"),
    "S3::Bucket": ("VersioningConfiguration", "PublicAccessBlockConfiguration"),
    "SNS::Subscription": ("Protocol", "Endpoint", "TopicArn"),
    "SQS::Queue": ("VisibilityTimeout", "FifoQueue", "RedrivePolicy"),
    "Scheduler::Schedule": ("ScheduleExpression", "ScheduleExpressionTimezone", "State"),
}


def _settings(assembly: Assembly, one: Resource) -> Iterator[str]:
    for key in _SHOWN.get(one.kind, ()):
        if key in one.properties:
            yield f"{key} = {assembly.text(one.properties[key], one.stack)}"
    if one.kind == "Lambda::Function":
        variables = one.properties.get("Environment", {}).get("Variables", {})
        yield f"environment: {', '.join(sorted(variables))}"
        code = str(one.properties["Code"].get("S3Key", "in the template"))
        yield f"package {code.partition('.')[0][:12]}"
