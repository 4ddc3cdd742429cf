"""Network exposure: what can be reached from where, and what stands before it."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from audit.assembly import Assembly, Resource
from audit.permissions import ALLOW, Grant
from audit.table import Row, Table, make_table

INTERNET: Final = "the internet"
API: Final = "AWS's interface in the region, signed requests only"
SERVICE: Final = "AWS services only"
NOTHING: Final = "none"

PUBLIC_KINDS: Final = frozenset(
    {
        "ApiGateway::RestApi",
        "ApiGatewayV2::Api",
        "AppSync::GraphQLApi",
        "CloudFront::Distribution",
        "Cognito::IdentityPool",
        "EC2::Instance",
        "EC2::InternetGateway",
        "EC2::SecurityGroup",
        "ElasticLoadBalancingV2::LoadBalancer",
        "IoT::DomainConfiguration",
        "Lambda::Url",
    }
)
"""Types that open something to the internet; the app has none, and a test says so."""
OPEN_BUCKET: Final = "PUBLIC ACCESS POSSIBLE"
NO_TLS: Final = "REQUESTS WITHOUT TLS ARE TAKEN"
LISTENS: Final = "PUBLIC"
WARNINGS: Final = (OPEN_BUCKET, NO_TLS, LISTENS)
_NO_VPC: Final = "no VPC: it listens nowhere and speaks to AWS's interfaces alone"


def exposure_table(assembly: Assembly, found: Iterable[Grant]) -> Table:
    """One row for each thing that something else could try to reach."""
    grants = tuple(found)
    rows: list[Row] = [_broker(grants)]
    for one in assembly.resources:
        if one.kind in PUBLIC_KINDS:
            rows.append((one.label, INTERNET, LISTENS, "see its properties in the template"))
        describe = _DESCRIBE.get(one.kind)
        if describe:
            rows += describe(assembly, one, grants)
    for kind, words in (
        ("EC2::VPC", "no network of our own"),
        ("Lambda::Url", "no function has an address of its own"),
        ("ApiGateway::RestApi", "no API"),
    ):
        if not any(True for _ in assembly.of(kind)):
            rows.append((f"{kind}: there is none", NOTHING, NOTHING, words))
    return make_table(
        "exposure",
        "What can be reached, and from where",
        "The one thing that devices outside AWS talk to is AWS IoT's endpoint. Everything else is "
        "reached through AWS's own interfaces with signed requests, which the permissions in "
        "iam.csv let through or not.",
        ("What", "Reachable from", "How", "What stands before it"),
        rows,
        keys=2,
    )


def _broker(grants: tuple[Grant, ...]) -> Row:
    allowed = sorted(
        {f"{one.action} {one.resource}" for one in grants if one.source.startswith("IoT::Policy")}
    )
    return (
        "AWS IoT Core: the account's data endpoint",
        INTERNET,
        "MQTT over TLS, ports 8883 and 443",
        f"a registered, active certificate; its policy allows: {'; '.join(allowed) or 'nothing'}",
    )


def _others(grants: tuple[Grant, ...], label: str) -> str:
    """Who a resource's own policy lets in."""
    named = sorted(
        {
            one.principal + (f" ({one.condition})" if one.condition else "")
            for one in grants
            if one.effect == ALLOW
            and one.source == "the resource's policy"
            and (one.resource == label or one.resource.startswith(f"{label}/"))
        }
    )
    return f"its own policy lets in: {', '.join(named) or 'nobody'}"


def _tls(grants: tuple[Grant, ...], label: str) -> str:
    refused = any(
        one.effect == "Deny"
        and one.principal == "anyone"
        and "aws:SecureTransport = false" in one.condition
        and one.resource == label
        for one in grants
    )
    return "requests without TLS are refused" if refused else NO_TLS


def _function(assembly: Assembly, one: Resource, grants: tuple[Grant, ...]) -> Iterator[Row]:
    inside = "VpcConfig" in one.properties
    callers = sorted(
        {g.principal for g in grants if g.resource == one.label and "Invoke" in g.action}
        | {
            assembly.text(mapping.properties["EventSourceArn"], mapping.stack)
            for mapping in assembly.of("Lambda::EventSourceMapping")
            if assembly.text(mapping.properties["FunctionName"], mapping.stack) == one.label
        }
    )
    yield (
        one.label,
        SERVICE,
        "called by " + ", ".join(callers or ["nobody"]),
        "inside a VPC" if inside else _NO_VPC,
    )


def _bucket(_: Assembly, one: Resource, grants: tuple[Grant, ...]) -> Iterator[Row]:
    block: dict[str, Any] = one.properties.get("PublicAccessBlockConfiguration", {})
    names = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    closed = all(block.get(name) is True for name in names)
    yield (
        one.label,
        API,
        "S3",
        "; ".join(
            (
                "public access is blocked in all four ways" if closed else OPEN_BUCKET,
                _tls(grants, one.label),
                _others(grants, one.label),
            )
        ),
    )


def _queue(_: Assembly, one: Resource, grants: tuple[Grant, ...]) -> Iterator[Row]:
    yield one.label, API, "SQS", f"{_tls(grants, one.label)}; {_others(grants, one.label)}"


def _topic(_: Assembly, one: Resource, grants: tuple[Grant, ...]) -> Iterator[Row]:
    yield one.label, API, "SNS", f"{_tls(grants, one.label)}; {_others(grants, one.label)}"


def _subscription(assembly: Assembly, one: Resource, _: tuple[Grant, ...]) -> Iterator[Row]:
    topic = assembly.text(one.properties["TopicArn"], one.stack)
    protocol = str(one.properties["Protocol"])
    yield (
        f"{topic} to {one.properties['Endpoint']}",
        f"goes out to {INTERNET}"
        if protocol in {"email", "email-json", "sms", "http"}
        else SERVICE,
        f"SNS by {protocol}",
        "the address has to confirm once; e-mail itself is not encrypted end to end",
    )


def _table(_: Assembly, one: Resource, grants: tuple[Grant, ...]) -> Iterator[Row]:
    yield one.label, API, "DynamoDB, TLS only", _others(grants, one.label)


def _key(_: Assembly, one: Resource, grants: tuple[Grant, ...]) -> Iterator[Row]:
    yield one.label, API, "KMS, TLS only", _others(grants, one.label)


_DESCRIBE: Final[dict[str, Callable[[Assembly, Resource, tuple[Grant, ...]], Iterator[Row]]]] = {
    "DynamoDB::Table": _table,
    "KMS::Key": _key,
    "Lambda::Function": _function,
    "S3::Bucket": _bucket,
    "SNS::Subscription": _subscription,
    "SNS::Topic": _topic,
    "SQS::Queue": _queue,
}
