"""IAM roles and policies, KMS keys."""

import json
from typing import Final

from local_cloud.account import arn
from local_cloud.json_value import Json
from local_cloud.resources.base import Created, Request, ResourceType


def _role(request: Request) -> Created:
    name = request.properties.get("RoleName") or request.physical_name(64)
    made = request.client("iam").create_role(
        RoleName=name,
        AssumeRolePolicyDocument=json.dumps(request.require("AssumeRolePolicyDocument")),
    )["Role"]
    for policy in request.properties.get("Policies", ()):
        _remember(request, name, policy["PolicyDocument"])
    return Created(name, {"Arn": made["Arn"], "RoleId": made["RoleId"]})


def _policy(request: Request) -> Created:
    document = request.require("PolicyDocument")
    for role in request.properties.get("Roles", ()):
        request.client("iam").put_role_policy(
            RoleName=role,
            PolicyName=request.require("PolicyName"),
            PolicyDocument=json.dumps(document),
        )
        _remember(request, role, document)
    return Created(request.require("PolicyName"))


def _managed_policy(request: Request) -> Created:
    name = request.properties.get("ManagedPolicyName") or request.physical_name(128)
    document = request.require("PolicyDocument")
    client = request.client("iam")
    made = client.create_policy(PolicyName=name, PolicyDocument=json.dumps(document))["Policy"]
    for role in request.properties.get("Roles", ()):
        client.attach_role_policy(RoleName=role, PolicyArn=made["Arn"])
        _remember(request, role, document)
    return Created(made["Arn"], {"PolicyArn": made["Arn"]})


def _remember(request: Request, role: str, document: Json) -> None:
    request.declared.role_statements.setdefault(role, []).extend(document["Statement"])


def _key(request: Request) -> Created:
    made = request.client("kms").create_key(
        Description=request.properties.get("Description", ""),
        Policy=json.dumps(request.require("KeyPolicy")),
    )["KeyMetadata"]
    return Created(made["KeyId"], {"Arn": made["Arn"], "KeyId": made["KeyId"]})


def _alias(request: Request) -> Created:
    name = request.require("AliasName")
    key = str(request.require("TargetKeyId")).rsplit("/", 1)[-1]
    request.client("kms").create_alias(AliasName=name, TargetKeyId=key)
    return Created(name, {"Arn": arn("kms", name)})


TYPES: Final = {
    "AWS::IAM::Role": ResourceType(
        _role,
        used=frozenset({"RoleName", "AssumeRolePolicyDocument", "Policies"}),
        no_effect=frozenset(
            {
                "Description",
                "ManagedPolicyArns",
                "MaxSessionDuration",
                "PermissionsBoundary",
                "Tags",
            }
        ),
    ),
    "AWS::IAM::Policy": ResourceType(
        _policy, used=frozenset({"PolicyDocument", "PolicyName", "Roles"})
    ),
    "AWS::IAM::ManagedPolicy": ResourceType(
        _managed_policy,
        used=frozenset({"ManagedPolicyName", "PolicyDocument", "Roles"}),
        no_effect=frozenset({"Description", "Path"}),
    ),
    "AWS::KMS::Key": ResourceType(
        _key,
        used=frozenset({"Description", "KeyPolicy"}),
        no_effect=frozenset({"EnableKeyRotation", "PendingWindowInDays", "Tags"}),
    ),
    "AWS::KMS::Alias": ResourceType(_alias, used=frozenset({"AliasName", "TargetKeyId"})),
}
