"""SQS queues, SNS topics and their subscriptions."""

import json
from typing import Final

from local_cloud.declared import MailSubscription
from local_cloud.errors import UnsupportedError
from local_cloud.resources.base import Created, Request, ResourceType

_FIFO: Final = ".fifo"
_QUEUE_ATTRIBUTES: Final = (
    "DelaySeconds",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "VisibilityTimeout",
)


def _queue(request: Request) -> Created:
    name = request.properties.get("QueueName") or request.physical_name(80)
    attributes = {key: str(value) for key, value in request.picked(*_QUEUE_ATTRIBUTES).items()}
    if request.properties.get("FifoQueue"):
        # SQS wants the ending and CloudFormation gives it.
        name = name if name.endswith(_FIFO) else name[: 80 - len(_FIFO)] + _FIFO
        attributes["FifoQueue"] = "true"
    redrive = request.properties.get("RedrivePolicy")
    if redrive:
        attributes["RedrivePolicy"] = json.dumps(redrive)
    client = request.client("sqs")
    url = client.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    answer = client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return Created(
        url, {"Arn": answer["Attributes"]["QueueArn"], "QueueName": name, "QueueUrl": url}
    )


def _queue_policy(request: Request) -> Created:
    return Created(request.physical_name(80))


def _topic(request: Request) -> Created:
    name = request.properties.get("TopicName") or request.physical_name(256)
    attributes = request.picked("DisplayName", "KmsMasterKeyId")
    made = request.client("sns").create_topic(Name=name, Attributes=attributes)["TopicArn"]
    return Created(made, {"TopicArn": made, "TopicName": name})


def _topic_policy(request: Request) -> Created:
    return Created(request.physical_name(80))


def _subscription(request: Request) -> Created:
    protocol = request.require("Protocol")
    topic = request.require("TopicArn")
    endpoint = request.require("Endpoint")
    if protocol == "email":
        # moto mails nothing: the mailbox subscribes to the topic and writes the letters.
        request.declared.mail.append(MailSubscription(topic_arn=topic, address=endpoint))
        return Created(f"{topic}:{request.physical_name(60)}")
    if protocol == "sqs":
        made = request.client("sns").subscribe(
            TopicArn=topic,
            Protocol=protocol,
            Endpoint=endpoint,
            Attributes={
                key: str(value).lower()
                for key, value in request.picked("RawMessageDelivery").items()
            },
        )
        return Created(made["SubscriptionArn"])
    raise UnsupportedError(f"subscriptions by {protocol}", request.place)


TYPES: Final = {
    "AWS::SQS::Queue": ResourceType(
        _queue,
        used=frozenset({"FifoQueue", "QueueName", "RedrivePolicy", *_QUEUE_ATTRIBUTES}),
        no_effect=frozenset(
            {
                "KmsDataKeyReusePeriodSeconds",
                "KmsMasterKeyId",
                "RedriveAllowPolicy",
                "SqsManagedSseEnabled",
                "Tags",
            }
        ),
    ),
    "AWS::SQS::QueuePolicy": ResourceType(
        _queue_policy, used=frozenset(), no_effect=frozenset({"PolicyDocument", "Queues"})
    ),
    "AWS::SNS::Topic": ResourceType(
        _topic,
        used=frozenset({"TopicName", "DisplayName", "KmsMasterKeyId"}),
        no_effect=frozenset({"Tags", "TracingConfig"}),
    ),
    "AWS::SNS::TopicPolicy": ResourceType(
        _topic_policy, used=frozenset(), no_effect=frozenset({"PolicyDocument", "Topics"})
    ),
    "AWS::SNS::Subscription": ResourceType(
        _subscription,
        used=frozenset({"Protocol", "TopicArn", "Endpoint", "RawMessageDelivery"}),
        no_effect=frozenset({"Region"}),
    ),
}
