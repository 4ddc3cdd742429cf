"""The broker's own log: refused connections, failed rules."""

from aws_cdk import Aws, RemovalPolicy
from aws_cdk import aws_iot as iot
from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks.constructs.iot_rule import iot_principal
from stacks.constructs.logs_key import IOT_LOG_GROUP
from stacks.constructs.python_function import log_retention
from stacks.constructs.service_role import service_role


class IotLogging(Construct):
    """Account-wide AWS IoT logging of warnings and errors, kept as long as every other log."""

    def __init__(self, scope: Construct, construct_id: str, *, log_retention_days: int) -> None:
        super().__init__(scope, construct_id)
        log_group = logs.LogGroup(
            self,
            "Logs",
            log_group_name=IOT_LOG_GROUP,
            retention=log_retention(log_retention_days),
            removal_policy=RemovalPolicy.DESTROY,
        )
        role = service_role(self, "Role", iot_principal())
        log_group.grant_write(role)
        logging = iot.CfnLogging(
            self,
            "Logging",
            account_id=Aws.ACCOUNT_ID,
            default_log_level="WARN",
            role_arn=role.role_arn,
        )
        # Else the first messages would come before the permissions.
        logging.node.add_dependency(role.node.find_child("DefaultPolicy"))
