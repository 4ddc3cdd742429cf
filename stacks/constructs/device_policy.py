"""What one camera may do at the broker: be itself, and nothing else."""

from typing import Any, Final

from aws_cdk import Aws
from aws_cdk import aws_iot as iot
from constructs import Construct

from contracts import topics

_THING: Final = "${iot:Connection.Thing.ThingName}"
_MUSEUM: Final = "${iot:Connection.Thing.Attributes[museum_id]}"


def device_policy(
    scope: Construct, construct_id: str, *, policy_name: str, visits_rule: str
) -> iot.CfnPolicy:
    """One policy for the whole fleet; AWS IoT fills in the thing that the certificate belongs to.

    A device may connect under its own thing's name, publish its visits to ``visits_rule`` by Basic
    Ingest and its heartbeat on its status topic, each below its own museum and name. It subscribes
    to nothing.
    """
    visits = topics.basic_ingest(visits_rule, _topic(topics.VISITS_FILTER))
    document: dict[str, Any] = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "iot:Connect",
                "Resource": _arn("client", _THING),
                "Condition": {
                    "Bool": {"iot:Connection.Thing.IsAttached": ["true"]},
                    # The last will says "offline"; a persistent session is never needed.
                    "ForAllValues:StringEquals": {"iot:ConnectAttributes": ["LastWill"]},
                },
            },
            {
                "Effect": "Allow",
                "Action": "iot:Publish",
                "Resource": [
                    _arn("topic", visits),
                    _arn("topic", _topic(topics.STATUS_FILTER)),
                ],
            },
        ],
    }
    return iot.CfnPolicy(scope, construct_id, policy_name=policy_name, policy_document=document)


def _topic(topic_filter: str) -> str:
    return topic_filter.replace("+", _MUSEUM, 1).replace("+", _THING, 1)


def _arn(kind: str, name: str) -> str:
    return f"arn:{Aws.PARTITION}:iot:{Aws.REGION}:{Aws.ACCOUNT_ID}:{kind}/{name}"
