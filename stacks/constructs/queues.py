"""SQS queues: encrypted, TLS only, kept as long as SQS can."""

from aws_cdk import Duration
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.constructs.acknowledge import acknowledge

_LONGEST = Duration.days(14)
_ENCRYPTED = (
    "Encrypted by SQS itself (SSE-SQS); checkov knows KMS keys only. A key of ours would have to "
    "be opened to each service that writes here, for messages that name no person."
)


def private_queue(
    scope: Construct,
    construct_id: str,
    *,
    visibility_timeout: Duration,
    dead_letters: sqs.Queue,
    max_receive_count: int,
    fifo: bool = False,
) -> sqs.Queue:
    """A queue that moves a message into ``dead_letters`` after ``max_receive_count`` attempts.

    Args:
        scope: Where it belongs.
        construct_id: Its id there.
        visibility_timeout: How long a message under work is not handed out again.
        dead_letters: Where a message goes that failed too often; FIFO as the queue is.
        max_receive_count: How often a message is tried.
        fifo: Whether it keeps the order within a group, and takes what is sent twice within five
            minutes once.
    """
    queue = sqs.Queue(
        scope,
        construct_id,
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        retention_period=_LONGEST,
        visibility_timeout=visibility_timeout,
        fifo=fifo or None,  # CloudFormation refuses the word "false" here
        dead_letter_queue=sqs.DeadLetterQueue(
            queue=dead_letters, max_receive_count=max_receive_count
        ),
    )
    acknowledge(queue, "CKV_AWS_27", _ENCRYPTED)
    return queue


def dead_letter_queue(scope: Construct, construct_id: str, *, fifo: bool = False) -> sqs.Queue:
    """A queue for what could not be done: two weeks to look at it and to send it again."""
    queue = sqs.Queue(
        scope,
        construct_id,
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        retention_period=_LONGEST,
        fifo=fifo or None,
    )
    acknowledge(
        queue, "AwsSolutions-SQS3", "It is itself a dead-letter queue; an alarm watches its depth."
    )
    acknowledge(queue, "CKV_AWS_27", _ENCRYPTED)
    return queue
