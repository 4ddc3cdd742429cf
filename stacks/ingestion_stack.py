"""From the broker into the tables: rules, the queue of visits, the function that stores them."""

from typing import Final

from aws_cdk import CfnOutput, Duration, Environment, Stack
from aws_cdk import aws_lambda_event_sources as event_sources
from constructs import Construct

from contracts.museum_toml import DeploymentConfig
from contracts.presence import DISCONNECTED, DISCONNECTED_FILTER
from contracts.topics import STATUS_FILTER, VISITS_FILTER, basic_ingest
from stacks.constructs.device_policy import device_policy
from stacks.constructs.iot_logging import IotLogging
from stacks.constructs.iot_rule import IotRule, to_queue, to_table
from stacks.constructs.object_access import allow_objects
from stacks.constructs.python_function import InCommon, PythonFunction
from stacks.constructs.queues import dead_letter_queue, private_queue
from stacks.storage_stack import StorageStack

_SENDER: Final = "clientid() AS client_id, timestamp() AS received_at"
VISITS_SQL: Final = (
    f"SELECT encode(*, 'base64') AS payload, topic(3) AS museum_id, {_SENDER} "  # noqa: S608  # made of constants
    f"FROM '{VISITS_FILTER}'"
)
"""Takes any bytes: a message that is no JSON reaches the queue too, and then the quarantine.

The museum is the topic's, which the device's policy binds to its thing's.
"""

STATUS_SQL: Final = (
    f"SELECT *, {_SENDER} FROM '{STATUS_FILTER}' "  # noqa: S608  # made of constants
    "WHERE clientid() = topic(4) AND device_id = topic(4) AND museum_id = topic(3)"
)
"""A heartbeat is kept under the names that it carries: they must be the sender's own."""

DISCONNECTS_SQL: Final = (
    f"SELECT '{DISCONNECTED}' AS museum_id, clientId AS device_id, "  # noqa: S608  # made of constants
    f"timestamp AS disconnected_at, disconnectReason AS reason FROM '{DISCONNECTED_FILTER}'"
)
"""Of the event no more than that; the addresses in it stay where they are."""

_FUNCTION_TIMEOUT_S: Final = 60
_BATCH_SIZE: Final = 50  # messages; Lambda takes fewer where they would exceed its 6 MB
_BATCH_WINDOW_S: Final = 2
_MAX_CONCURRENCY: Final = 5
_MAX_RECEIVE_COUNT: Final = 5


class IngestionStack(Stack):
    """Takes in what devices publish.

    Attributes:
        queue: Messages with visits, as the broker received them.
        dead_letters: Messages that failed five times.
        store_visits: The function that validates and stores.
        visits_rule: Its name is part of the topic that devices publish to.
        status_rule: Keeps the latest heartbeat of each device.
        disconnects_rule: Keeps why the broker last lost each device.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        config: DeploymentConfig,
        common: InCommon,
        storage: StorageStack,
        env: Environment | None = None,
    ) -> None:
        super().__init__(scope, construct_id, env=env)
        self._config = config
        self._common = common
        self._storage = storage
        self.dead_letters = dead_letter_queue(self, "VisitsDeadLetters")
        self.queue = private_queue(
            self,
            "Visits",
            # So that a message under work is not handed out a second time.
            visibility_timeout=Duration.seconds(6 * _FUNCTION_TIMEOUT_S + _BATCH_WINDOW_S),
            dead_letters=self.dead_letters,
            max_receive_count=_MAX_RECEIVE_COUNT,
        )
        self._add_rules()
        self.store_visits = self._build_store_visits()
        if config.deployment.iot_logging:
            IotLogging(self, "IotLogging", log_retention_days=config.privacy.log_retention_days)
        self._add_outputs()

    def _add_rules(self) -> None:
        prefix = self._config.deployment.name.replace("-", "_")
        self.visits_rule = IotRule(
            self,
            "VisitsRule",
            rule_name=f"{prefix}_visits",
            description="Visits into the queue, byte for byte, with the sender and the time",
            sql=VISITS_SQL,
            action=to_queue(self.queue),
            error_bucket=self._storage.quarantine,
            error_prefix="rule-errors/visits",
        )
        self.status_rule = IotRule(
            self,
            "StatusRule",
            rule_name=f"{prefix}_status",
            description="The latest heartbeat of each device, from the device itself only",
            sql=STATUS_SQL,
            action=to_table(self._storage.devices),
            error_bucket=self._storage.quarantine,
            error_prefix="rule-errors/status",
        )
        self.disconnects_rule = IotRule(
            self,
            "DisconnectsRule",
            rule_name=f"{prefix}_disconnects",
            description="Why the broker last lost each device, from the broker itself",
            sql=DISCONNECTS_SQL,
            action=to_table(self._storage.devices, partition=DISCONNECTED),
            error_bucket=self._storage.quarantine,
            error_prefix="rule-errors/disconnects",
        )
        self.device_policy = device_policy(
            self,
            "DevicePolicy",
            policy_name=f"{self._config.deployment.name}-device",
            visits_rule=self.visits_rule.rule_name,
        )

    def _build_store_visits(self) -> PythonFunction:
        storage = self._storage
        built = PythonFunction(
            self,
            "StoreVisits",
            name="store_visits",
            description="Validates visits and stores them once; what is unreadable is quarantined",
            common=self._common,
            environment={
                "VISITS_TABLE": storage.visits.table_name,
                "ROLLUPS_TABLE": storage.rollups.table_name,
                "QUARANTINE_BUCKET": storage.quarantine.bucket_name,
            },
            timeout=Duration.seconds(_FUNCTION_TIMEOUT_S),
        )
        storage.visits.grant(built.function, "dynamodb:BatchWriteItem")
        storage.rollups.grant(built.function, "dynamodb:PutItem")
        allow_objects(
            built,
            built.function,
            storage.quarantine,
            actions=["s3:PutObject"],
            prefix="visits",
            reason="The object's name is taken from the refused message's content.",
        )
        built.function.add_event_source(
            event_sources.SqsEventSource(
                self.queue,
                batch_size=_BATCH_SIZE,
                max_batching_window=Duration.seconds(_BATCH_WINDOW_S),
                max_concurrency=_MAX_CONCURRENCY,
                report_batch_item_failures=True,
            )
        )
        return built

    def _add_outputs(self) -> None:
        CfnOutput(self, "VisitsRuleName", value=self.visits_rule.rule_name)
        CfnOutput(self, "StatusRuleName", value=self.status_rule.rule_name)
        for name, topic in (
            ("VisitsTopic", basic_ingest(self.visits_rule.rule_name, _example(VISITS_FILTER))),
            ("StatusTopic", _example(STATUS_FILTER)),
        ):
            CfnOutput(self, name, value=topic)
        CfnOutput(
            self,
            "EndpointCommand",
            description="CloudFormation does not know the endpoint; register-device asks for it.",
            value="aws iot describe-endpoint --endpoint-type iot:Data-ATS",
        )
        CfnOutput(self, "DevicePolicyName", value=self.device_policy.ref)
        CfnOutput(self, "VisitsQueueUrl", value=self.queue.queue_url)
        CfnOutput(self, "VisitsDeadLetterQueueUrl", value=self.dead_letters.queue_url)


def _example(topic_filter: str) -> str:
    """A filter as a person reads it."""
    return topic_filter.replace("+", "MUSEUM", 1).replace("+", "DEVICE", 1)
