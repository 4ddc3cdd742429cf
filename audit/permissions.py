"""The IAM matrix: who may do what on what, under which condition."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from audit.assembly import Assembly, Resource, as_list
from audit.table import Table, make_table

ACCOUNT: Final = "everyone whom IAM of <account> lets"
"""``arn:aws:iam::<account>:root`` as a principal means this."""
ALLOW: Final = "Allow"
CAMERA: Final = "a registered camera, by its certificate"

_THIS: Final = "this resource"
_OWN: Final = "a policy of the principal's own"
_FORBIDDEN_ACTIONS: Final = frozenset({"dynamodb:Scan"})
_PREFIX: Final = re.compile(r"(/[A-Za-z0-9-]+)+/\*")
_RESOURCE_POLICIES: Final = {
    "KMS::Key": "KeyPolicy",
    "S3::BucketPolicy": "PolicyDocument",
    "SNS::TopicPolicy": "PolicyDocument",
    "SQS::QueuePolicy": "PolicyDocument",
}
WIDE_FOR_A_REASON: Final = {
    (ACCOUNT, "kms:*", "KMS::Key"): (
        "KMS's own advice: without it nobody could manage the key. Each person still needs a "
        "permission in IAM."
    ),
}
"""Statements that are wider than one use needs, by principal, action and kind of resource."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One principal, one action, one resource.

    Attributes:
        principal: A role, a service, a thing, or who the words say.
        effect: ``Allow`` or ``Deny``.
        action: E.g. ``dynamodb:Query``.
        resource: Kind and name, with a prefix where it is a part.
        condition: In words, or empty.
        source: Which policy says so.
        part: What of the resource, below its name; for resources that are not ours all of it.
    """

    principal: str
    effect: str
    action: str
    resource: str
    condition: str
    source: str
    part: str = ""


def grants(assembly: Assembly) -> tuple[Grant, ...]:
    """Every statement of every policy in the templates, taken apart."""
    labels = sorted((one.label for one in assembly.resources), key=len, reverse=True)
    found: list[Grant] = []
    for one in assembly.resources:
        found += (
            replace(grant, part=_part(grant.resource, labels)) for grant in _of(assembly, one)
        )
    return tuple(found)


def _part(resource: str, labels: Iterable[str]) -> str:
    for label in labels:
        if resource.startswith(label):
            return resource.removeprefix(label)
    return resource


def _of(assembly: Assembly, one: Resource) -> Iterator[Grant]:
    reader = _Reader(assembly, one)
    if one.kind == "IAM::Role":
        yield from reader.trust()
        for policy in one.properties.get("Policies", ()):
            yield from reader.owned(policy["PolicyDocument"], [{"Ref": one.logical_id}])
    elif one.kind in {"IAM::Policy", "IAM::ManagedPolicy"}:
        owners = [
            owner for kind in ("Roles", "Users", "Groups") for owner in one.properties.get(kind, ())
        ]
        yield from reader.owned(one.properties["PolicyDocument"], owners)
    elif one.kind in _RESOURCE_POLICIES:
        yield from reader.resource_policy(one.properties[_RESOURCE_POLICIES[one.kind]])
    elif one.kind == "Lambda::Permission":
        yield reader.invoke_permission()
    elif one.kind == "IoT::Policy":
        yield from reader.device_policy()


@dataclass(frozen=True, slots=True)
class _Reader:
    assembly: Assembly
    one: Resource

    def trust(self) -> Iterator[Grant]:
        for statement in self.one.properties["AssumeRolePolicyDocument"]["Statement"]:
            yield from self._taken_apart(
                statement, _principals(self, statement), [self.one.label], "the role's trust"
            )

    def owned(self, document: Mapping[str, Any], owners: Iterable[Any]) -> Iterator[Grant]:
        names = [self.text(owner) for owner in owners] or ["nobody yet"]
        for statement in document["Statement"]:
            yield from self._taken_apart(statement, names, None, _OWN)

    def resource_policy(self, document: Mapping[str, Any]) -> Iterator[Grant]:
        for statement in document["Statement"]:
            # In a key's own policy "*" is the key.
            own = [self.one.label] if self.one.kind == "KMS::Key" else None
            yield from self._taken_apart(
                statement, _principals(self, statement), own, "the resource's policy"
            )

    def invoke_permission(self) -> Grant:
        properties = self.one.properties
        conditions = {
            key: self.text(properties[key])
            for key in ("SourceAccount", "SourceArn")
            if key in properties
        }
        return Grant(
            principal=self.text(properties["Principal"]),
            effect=ALLOW,
            action=str(properties["Action"]),
            resource=self.text(properties["FunctionName"]),
            condition="; ".join(f"{key} = {value}" for key, value in conditions.items()),
            source="the resource's policy",
        )

    def device_policy(self) -> Iterator[Grant]:
        for statement in self.one.properties["PolicyDocument"]["Statement"]:
            yield from self._taken_apart(statement, [CAMERA], None, self.one.label)

    def text(self, value: Any) -> str:  # noqa: ANN401  # JSON
        return self.assembly.text(value, self.one.stack)

    def _taken_apart(
        self,
        statement: Mapping[str, Any],
        principals: Iterable[str],
        resources: list[str] | None,
        source: str,
    ) -> Iterator[Grant]:
        negated = "not " if "NotAction" in statement else ""
        actions = as_list(statement.get("Action", statement.get("NotAction", [])))
        for principal in principals:
            for action in actions:
                for resource in resources or self._resources(statement):
                    yield Grant(
                        principal=principal,
                        effect=statement["Effect"],
                        action=negated + str(action),
                        resource=resource,
                        condition=self._condition(statement.get("Condition", {})),
                        source=source,
                    )

    def _resources(self, statement: Mapping[str, Any]) -> list[str]:
        if "NotResource" in statement:
            return [f"not {self.text(one)}" for one in as_list(statement["NotResource"])]
        return [self.text(one) for one in as_list(statement.get("Resource", _THIS))]

    def _condition(self, condition: Mapping[str, Any]) -> str:
        return "; ".join(
            f"{operator} {key} = {' or '.join(self.text(one) for one in as_list(values))}"
            for operator, keys in sorted(condition.items())
            for key, values in sorted(keys.items())
        )


def _principals(reader: _Reader, statement: Mapping[str, Any]) -> list[str]:
    principal = statement.get("Principal", statement.get("NotPrincipal", "*"))
    if isinstance(principal, str):
        return ["anyone" if principal == "*" else principal]
    found = []
    for kind, values in principal.items():
        for value in as_list(values):
            text = reader.text(value)
            if text == "*":
                text = "anyone"
            elif re.fullmatch(r"arn:aws:iam::<account>:root", text):
                text = ACCOUNT
            found.append(text if kind != "Federated" else f"federated {text}")
    return found


def too_wide(grant: Grant) -> str:
    """In which way a grant is wider than its resource; empty where it is not.

    A prefix below a bucket is no wider than what a function writes whose object names come with
    time, and what cdk-nag wants acknowledged at the resource.
    """
    if grant.effect != ALLOW or _recorded(grant):
        return ""
    wild = re.search(r"[*?]", _without_variables(grant.part))
    in_bucket = grant.resource.startswith("S3::Bucket ") and _PREFIX.fullmatch(grant.part)
    for found, words in (
        (grant.action.startswith("not ") or "*" in grant.action, "an action with a wildcard"),
        (grant.action in _FORBIDDEN_ACTIONS, "reads a whole table"),
        (grant.principal == "anyone", "anyone may"),
        (grant.resource.startswith("not "), "everything but a resource"),
        (wild and not in_bucket, "a resource with a wildcard"),
    ):
        if found:
            return words
    return ""


def _without_variables(text: str) -> str:
    return re.sub(r"\$\{[^}]*\}", "", text)


def _recorded(grant: Grant) -> str:
    kind = grant.resource.split(" ", 1)[0]
    return WIDE_FOR_A_REASON.get((grant.principal, grant.action, kind), "")


def permission_table(found: Iterable[Grant]) -> Table:
    """The IAM matrix."""
    return make_table(
        "iam",
        "Who may do what",
        "One row for each principal, action and resource, from every role's policy, every trust, "
        "every resource's own policy and the cameras' policy. What is in no row nobody may do, but "
        "people whom the account's own IAM lets. A remark says why a row is as wide as it is.",
        ("Principal", "Effect", "Action", "Resource", "Condition", "By", "Remark"),
        (
            (
                one.principal,
                one.effect,
                one.action,
                one.resource,
                one.condition,
                one.source,
                _remark(one),
            )
            for one in found
        ),
        keys=6,
    )


def _remark(grant: Grant) -> str:
    wide = too_wide(grant)
    if wide:
        return f"TOO WIDE: {wide}"
    return _recorded(grant)
