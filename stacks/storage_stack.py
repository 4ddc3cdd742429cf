"""Everything that holds data: two tables of visits, one of devices, and two buckets."""

from typing import Final

from aws_cdk import CfnOutput, Environment, RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from contracts.museum_toml import DeploymentConfig
from stacks.constructs.acknowledge import acknowledge
from stacks.constructs.logs_key import logs_key
from stacks.constructs.private_bucket import private_bucket

# Cost fuses, not expectations: 1,000 writes a second around the clock would cost some 2.5 USD an
# hour (0.705 USD a million, eu-west-1, 2026-08-15), 1,000 reads 0.5 USD. Beyond them DynamoDB
# throttles, the queue holds the visits back, and an alarm tells of their age.
MAX_WRITES_PER_S: Final = 1000
MAX_READS_PER_S: Final = 1000
_VISITS_RECOVERABLE_DAYS: Final = (
    7  # beyond it, a visit that has expired could still be brought back
)
_RECOVERABLE_DAYS: Final = 35  # the most that DynamoDB takes


class StorageStack(Stack):
    """Tables and buckets; in production they outlive the stack.

    Attributes:
        visits: Single visits, ``pk = <museum>#<artwork>#<museum day>``; expire by ``ttl``.
        rollups: Counts per artwork and hour, and the markers of the functions.
        devices: The latest heartbeat of each device.
        quarantine: Messages that could not be used, each with its reason.
        reports: What was mailed to the curators.
        logs_key: Encrypts the log groups of the other stacks.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        config: DeploymentConfig,
        env: Environment | None = None,
    ) -> None:
        super().__init__(scope, construct_id, env=env)
        self._production = config.deployment.production
        self._removal = RemovalPolicy.RETAIN if self._production else RemovalPolicy.DESTROY
        self.visits = self._build_table(
            "Visits", "pk", "sk", ttl="ttl", recoverable_days=_VISITS_RECOVERABLE_DAYS
        )
        self.rollups = self._build_table("Rollups", "pk", "sk", ttl="ttl")
        self.devices = self._build_table("Devices", "museum_id", "device_id")
        privacy = config.privacy
        access_logs = private_bucket(
            self,
            "AccessLogs",
            keep_days=privacy.log_retention_days,
            removal_policy=self._removal,
        )
        self.quarantine = private_bucket(
            self,
            "Quarantine",
            keep_days=privacy.quarantine_retention_days,
            removal_policy=self._removal,
            access_logs=access_logs,
        )
        self.reports = private_bucket(
            self,
            "Reports",
            keep_days=privacy.report_retention_days,
            removal_policy=self._removal,
            access_logs=access_logs,
            versioned=True,
        )
        self.logs_key = logs_key(
            self,
            "LogsKey",
            deployment_name=config.deployment.name,
            iot_logging=config.deployment.iot_logging,
        )
        self._add_outputs()

    def _build_table(
        self,
        construct_id: str,
        partition_key: str,
        sort_key: str,
        *,
        ttl: str | None = None,
        recoverable_days: int = _RECOVERABLE_DAYS,
    ) -> dynamodb.Table:
        table = dynamodb.Table(
            self,
            construct_id,
            partition_key=dynamodb.Attribute(
                name=partition_key, type=dynamodb.AttributeType.STRING
            ),
            sort_key=dynamodb.Attribute(name=sort_key, type=dynamodb.AttributeType.STRING),
            time_to_live_attribute=ttl,
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            max_read_request_units=MAX_READS_PER_S,
            max_write_request_units=MAX_WRITES_PER_S,
            encryption=dynamodb.TableEncryption.AWS_MANAGED,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True,
                recovery_period_in_days=recoverable_days,
            ),
            deletion_protection=self._production,
            removal_policy=self._removal,
        )
        acknowledge(
            table,
            "NIST.800.53.R5-DynamoDBInBackupPlan",
            f"Point-in-time recovery goes back {recoverable_days} days to the second. A backup "
            "plan would keep data beyond the retention that is promised, and belongs to the "
            "account's owners.",
        )
        acknowledge(
            table,
            "CKV_AWS_119",
            "Encrypted with the AWS-managed KMS key for DynamoDB; rows name no person, and each "
            "reader is bounded by IAM (docs/adr/0007).",
        )
        return table

    def _add_outputs(self) -> None:
        CfnOutput(self, "VisitsTableName", value=self.visits.table_name)
        CfnOutput(self, "RollupsTableName", value=self.rollups.table_name)
        CfnOutput(self, "DevicesTableName", value=self.devices.table_name)
        CfnOutput(self, "QuarantineBucketName", value=self.quarantine.bucket_name)
        CfnOutput(self, "ReportsBucketName", value=self.reports.bucket_name)
