"""An SNS topic that mails people: encrypted with the project's own key, TLS only."""

from collections.abc import Sequence

from aws_cdk import Aws
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct


def mail_topic(
    scope: Construct, construct_id: str, *, display_name: str, key: kms.Key, emails: Sequence[str]
) -> sns.Topic:
    """A topic with one e-mail subscription an address, which its owner has to confirm once."""
    topic = sns.Topic(
        scope, construct_id, display_name=display_name[:100], master_key=key, enforce_ssl=True
    )
    for address in emails:
        topic.add_subscription(subscriptions.EmailSubscription(address))
    return topic


def allow_publishing(grantee: iam.IGrantable, topic: sns.Topic, key: kms.Key) -> None:
    """Lets a function publish to the topic, which includes using the key that encrypts it."""
    grantee.grant_principal.add_to_principal_policy(
        iam.PolicyStatement(actions=["sns:Publish"], resources=[topic.topic_arn])
    )
    key.grant(grantee, "kms:Decrypt", "kms:GenerateDataKey")


def allow_alarms(topic: sns.Topic, key: kms.Key) -> None:
    """Lets this account's CloudWatch alarms publish to the topic.

    They could not with the key ``alias/aws/sns``, whose policy nobody can change.
    """
    cloudwatch = iam.ServicePrincipal(
        "cloudwatch.amazonaws.com",
        conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
    )
    topic.add_to_resource_policy(
        iam.PolicyStatement(
            actions=["sns:Publish"], principals=[cloudwatch], resources=[topic.topic_arn]
        )
    )
    key.add_to_resource_policy(
        iam.PolicyStatement(
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            principals=[cloudwatch],
            resources=["*"],  # in a key's own policy: this key
        )
    )
