"""The functions' tables, buckets and topics in moto, and their handlers in this process."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from moto import mock_aws

from lambdas.shared.aws import make_client
from lambdas.store_visits.logic import Message

VISITS: Final = "Visits"
ROLLUPS: Final = "Rollups"
QUARANTINE: Final = "quarantine-bucket"
REPORTS: Final = "reports-bucket"


def make_table(client: Any, name: str) -> None:  # noqa: ANN401  # a class made at run time
    """A table with the design's keys."""
    client.create_table(
        TableName=name,
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )


class Cloud:
    """What the functions find in their environment, and what they left behind."""

    def __init__(self) -> None:
        self.dynamodb = make_client("dynamodb")
        self.s3 = make_client("s3")
        self.sqs = make_client("sqs")
        sns = make_client("sns")
        make_table(self.dynamodb, VISITS)
        make_table(self.dynamodb, ROLLUPS)
        for bucket in (QUARANTINE, REPORTS):
            self.s3.create_bucket(
                Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
            )
        self._mailbox = self.sqs.create_queue(QueueName="mailbox")["QueueUrl"]
        topic = sns.create_topic(Name="curators")["TopicArn"]
        arn = self.sqs.get_queue_attributes(QueueUrl=self._mailbox, AttributeNames=["QueueArn"])
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn["Attributes"]["QueueArn"])
        self.environment = {
            "MUSEUM_CONFIG": "museum.toml",
            "VISITS_TABLE": VISITS,
            "ROLLUPS_TABLE": ROLLUPS,
            "QUARANTINE_BUCKET": QUARANTINE,
            "REPORTS_BUCKET": REPORTS,
            "CURATOR_TOPICS": json.dumps({"city-gallery": topic}),
            "POWERTOOLS_SERVICE_NAME": "test",
        }

    def items(self, table: str) -> list[dict[str, Any]]:
        """Everything in a table; only tests scan."""
        items: list[dict[str, Any]] = self.dynamodb.scan(TableName=table)["Items"]
        return items

    def objects(self, bucket: str) -> dict[str, bytes]:
        """Everything in a bucket."""
        listed = self.s3.list_objects_v2(Bucket=bucket).get("Contents", [])
        return {
            one["Key"]: self.s3.get_object(Bucket=bucket, Key=one["Key"])["Body"].read()
            for one in listed
        }

    def mails(self) -> list[Mapping[str, str]]:
        """The e-mails since the last look."""
        answer = self.sqs.receive_message(QueueUrl=self._mailbox, MaxNumberOfMessages=10)
        received = answer.get("Messages", [])
        for one in received:
            self.sqs.delete_message(QueueUrl=self._mailbox, ReceiptHandle=one["ReceiptHandle"])
        return [json.loads(one["Body"]) for one in received]


@contextmanager
def moto_cloud() -> Iterator[Cloud]:
    """A fresh cloud in this process."""
    with mock_aws():
        yield Cloud()


def sqs_event(messages: Sequence[Message]) -> dict[str, Any]:
    """The event with which the queue calls store_visits."""
    return {
        "Records": [
            {
                "messageId": one.message_id,
                "body": one.body,
                "receiptHandle": "r",
                "attributes": {},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:visits",
                "awsRegion": "eu-west-1",
            }
            for one in messages
        ]
    }
