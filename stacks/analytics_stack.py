"""From single visits to numbers: hourly roll-ups, daily statistics."""

from aws_cdk import Duration, Environment, Stack
from constructs import Construct

from stacks.constructs.cost_widgets import Metered
from stacks.constructs.python_function import InCommon
from stacks.constructs.scheduled_function import (
    DAILY,
    HOURLY,
    Due,
    ScheduledFunction,
    dead_letters_output,
)
from stacks.ingestion_stack import IngestionStack
from stacks.storage_stack import StorageStack


class AnalyticsStack(Stack):
    """Counts.

    Attributes:
        roll_up: Hourly; recomputes the current museum day and the days that late visits touched.
        publish_statistics: Daily; yesterday's numbers into CloudWatch.
        metered: What the dashboards compute the cost of.
        scheduled: What the museums' schedules call.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        common: InCommon,
        storage: StorageStack,
        ingestion: IngestionStack,
        env: Environment | None = None,
    ) -> None:
        super().__init__(scope, construct_id, env=env)
        self._common = common
        self._storage = storage
        self.roll_up = self._build_roll_up()
        self.publish_statistics = self._build_publish_statistics()
        self.scheduled = (self.roll_up, self.publish_statistics)
        dead_letters_output(self, "AnalyticsDeadLetters", self.scheduled)
        self.metered = Metered(
            visits_rule=ingestion.visits_rule,
            status_rule=ingestion.status_rule,
            queue=ingestion.queue,
            functions=(ingestion.store_visits, self.roll_up, self.publish_statistics),
            tables=(storage.visits, storage.rollups, storage.devices),
        )

    def _build_roll_up(self) -> ScheduledFunction:
        storage = self._storage
        built = ScheduledFunction(
            self,
            "RollUp",
            name="roll_up",
            description="Recomputes the counts per artwork and hour of the days that changed",
            common=self._common,
            environment={
                "VISITS_TABLE": storage.visits.table_name,
                "ROLLUPS_TABLE": storage.rollups.table_name,
            },
            timeout=Duration.minutes(10),
            rhythm=HOURLY,
            due=lambda _: Due(minute="10"),
        )
        storage.visits.grant(built.function, "dynamodb:Query")
        storage.rollups.grant(
            built.function,
            "dynamodb:BatchWriteItem",
            "dynamodb:DeleteItem",
            "dynamodb:PutItem",
            "dynamodb:Query",
        )
        return built

    def _build_publish_statistics(self) -> ScheduledFunction:
        storage = self._storage
        built = ScheduledFunction(
            self,
            "PublishStatistics",
            name="publish_statistics",
            description="Publishes yesterday's counts per artwork and the busiest hour",
            common=self._common,
            environment={"ROLLUPS_TABLE": storage.rollups.table_name},
            timeout=Duration.minutes(2),
            rhythm=DAILY,
            # After the roll-up of 06:10, and in hours that no summer-time change skips or repeats.
            due=lambda _: Due(hour="6", minute="30"),
        )
        storage.rollups.grant(built.function, "dynamodb:Query")
        return built
