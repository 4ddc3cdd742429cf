"""SQS queues: encrypted, TLS only, kept as long as SQS can."""

from aws_cdk import Duration
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.constructs.acknowledge import acknowledge

_LONGEST = Duration.days(14)


def private_queue(
    scope: Construct,
    construct_id: str,
    *,
    visibility_timeout: Duration,
    dead_letters: sqs.Queue,
    max_receive_count: int,
) -> sqs.Queue:
    """A queue that moves a message into ``dead_letters`` after ``max_receive_count`` attempts."""
    return sqs.Queue(
        scope,
        construct_id,
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        retention_period=_LONGEST,
        visibility_timeout=visibility_timeout,
        dead_letter_queue=sqs.DeadLetterQueue(
            queue=dead_letters, max_receive_count=max_receive_count
        ),
    )


def dead_letter_queue(scope: Construct, construct_id: str) -> sqs.Queue:
    """A queue for what could not be done: two weeks to look at it and to send it again."""
    queue = sqs.Queue(
        scope,
        construct_id,
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        retention_period=_LONGEST,
    )
    acknowledge(
        queue, "AwsSolutions-SQS3", "It is itself a dead-letter queue; an alarm watches its depth."
    )
    return queue
