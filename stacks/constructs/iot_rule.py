"""An AWS IoT rule with one action, and an error action into S3 so that no message is lost."""

from collections.abc import Callable
from typing import Final

from aws_cdk import Aws
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_iot as iot
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.constructs.object_access import allow_objects
from stacks.constructs.service_role import service_role

RuleAction = Callable[[iam.Role], iot.CfnTopicRule.ActionProperty]
"""Gives a rule's role what the action needs, and describes the action."""

_SQL_VERSION: Final = "2016-03-23"


def iot_principal() -> iam.ServicePrincipal:
    """AWS IoT acting for this account only (no confused deputy)."""
    return iam.ServicePrincipal(
        "iot.amazonaws.com",
        conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
    )


def to_queue(queue: sqs.IQueue) -> RuleAction:
    """The action that sends the rule's result to a queue, as it is."""

    def bind(role: iam.Role) -> iot.CfnTopicRule.ActionProperty:
        queue.grant(role, "sqs:SendMessage")
        return iot.CfnTopicRule.ActionProperty(
            sqs=iot.CfnTopicRule.SqsActionProperty(
                queue_url=queue.queue_url, role_arn=role.role_arn, use_base64=False
            )
        )

    return bind


def to_table(table: dynamodb.ITable, *, partition: str = "") -> RuleAction:
    """The action that puts the rule's result into a table, one attribute a field.

    Args:
        table: The table.
        partition: The one partition that the rule may write to; any, unless it is said.
    """

    def bind(role: iam.Role) -> iot.CfnTopicRule.ActionProperty:
        granted = table.grant(role, "dynamodb:PutItem").principal_statements
        for statement in granted if partition else ():
            statement.add_condition(
                "ForAllValues:StringEquals", {"dynamodb:LeadingKeys": [partition]}
            )
        return iot.CfnTopicRule.ActionProperty(
            dynamo_d_bv2=iot.CfnTopicRule.DynamoDBv2ActionProperty(
                put_item=iot.CfnTopicRule.PutItemInputProperty(table_name=table.table_name),
                role_arn=role.role_arn,
            )
        )

    return bind


class IotRule(Construct):
    """A rule on the device's topics.

    Attributes:
        rule_name: Its name, which devices use for Basic Ingest.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        rule_name: str,
        sql: str,
        description: str,
        action: RuleAction,
        error_bucket: s3.IBucket,
        error_prefix: str,
    ) -> None:
        super().__init__(scope, construct_id)
        self.rule_name = rule_name
        role = service_role(self, "Role", iot_principal())
        main_action = action(role)
        allow_objects(
            self,
            role,
            error_bucket,
            actions=["s3:PutObject"],
            prefix=error_prefix,
            reason="The error action names each object by a new UUID.",
        )
        rule = iot.CfnTopicRule(
            self,
            "Rule",
            rule_name=rule_name,
            topic_rule_payload=iot.CfnTopicRule.TopicRulePayloadProperty(
                sql=sql,
                aws_iot_sql_version=_SQL_VERSION,
                description=description,
                rule_disabled=False,
                actions=[main_action],
                error_action=iot.CfnTopicRule.ActionProperty(
                    s3=iot.CfnTopicRule.S3ActionProperty(
                        bucket_name=error_bucket.bucket_name,
                        key=f"{error_prefix}/${{newuuid()}}.json",
                        role_arn=role.role_arn,
                    )
                ),
            ),
        )
        # Else the first messages would come before the permissions.
        rule.node.add_dependency(role.node.find_child("DefaultPolicy"))
