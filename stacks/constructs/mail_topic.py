"""An SNS topic that mails people: encrypted with the project's own key, TLS only."""

from collections.abc import Sequence

from aws_cdk import Aws
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct


def curators_prefix(deployment: str) -> str:
    """What stands before a museum's id in the name of its curators' topic.

    So that ``send_mail`` finds the topics of museums that are deployed after it.
    """
    return f"{deployment}-curators-"


def mail_topic(
    scope: Construct,
    construct_id: str,
    *,
    display_name: str,
    key: kms.IKey,
    emails: Sequence[str],
    topic_name: str | None = None,
) -> sns.Topic:
    """A topic with one e-mail subscription an address, which its owner has to confirm once.

    CloudFormation names it, unless ``topic_name`` does.
    """
    topic = sns.Topic(
        scope,
        construct_id,
        topic_name=topic_name,
        display_name=display_name[:100],
        master_key=key,
        enforce_ssl=True,
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


def let_publish(topic: sns.Topic, role: iam.IRole) -> None:
    """Lets a role of another stack publish, by the topic's own policy: that stack knows no topic.

    The role needs the key that encrypts the topic besides.
    """
    topic.add_to_resource_policy(
        iam.PolicyStatement(
            actions=["sns:Publish"],
            principals=[iam.ArnPrincipal(role.role_arn)],
            resources=[topic.topic_arn],
        )
    )


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
