"""From single visits to numbers: hourly roll-ups, daily statistics, one dashboard per museum."""

from aws_cdk import Duration, Environment, Stack
from constructs import Construct

from contracts.museums import MuseumConfig
from stacks.constructs.function_asset import FunctionSources
from stacks.constructs.museum_dashboard import museum_dashboard
from stacks.constructs.scheduled_function import ScheduledFunction, dead_letters_output
from stacks.ingestion_stack import IngestionStack
from stacks.storage_stack import StorageStack


class AnalyticsStack(Stack):
    """Counts.

    Attributes:
        roll_up: Hourly; recomputes the current museum day and the days that late visits touched.
        publish_statistics: Daily; yesterday's numbers into CloudWatch.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        config: MuseumConfig,
        sources: FunctionSources,
        storage: StorageStack,
        ingestion: IngestionStack,
        env: Environment | None = None,
    ) -> None:
        super().__init__(scope, construct_id, env=env)
        self._config = config
        self._sources = sources
        self._storage = storage
        self.roll_up = self._build_roll_up()
        self.publish_statistics = self._build_publish_statistics()
        dead_letters_output(self, "AnalyticsDeadLetters", (self.roll_up, self.publish_statistics))
        for museum in config.museums:
            museum_dashboard(
                self,
                f"Dashboard-{museum.id}",
                name=f"{config.deployment.name}-{museum.id}",
                museum=museum,
                queue=ingestion.queue,
                dead_letters=ingestion.dead_letters,
                functions=(ingestion.store_visits, self.roll_up, self.publish_statistics),
            )

    def _build_roll_up(self) -> ScheduledFunction:
        storage = self._storage
        built = ScheduledFunction(
            self,
            "RollUp",
            name="roll_up",
            description="Recomputes the counts per artwork and hour of the days that changed",
            sources=self._sources,
            environment={
                "VISITS_TABLE": storage.visits.table_name,
                "ROLLUPS_TABLE": storage.rollups.table_name,
            },
            log_retention_days=self._config.privacy.log_retention_days,
            timeout=Duration.minutes(10),
            max_event_age=Duration.hours(1),
            watch_period=Duration.hours(1),
            watch_periods=2,
        )
        storage.visits.grant(built.function, "dynamodb:Query")
        storage.rollups.grant(
            built.function,
            "dynamodb:BatchWriteItem",
            "dynamodb:DeleteItem",
            "dynamodb:PutItem",
            "dynamodb:Query",
        )
        for museum in self._config.museums:
            built.run_for(museum, minute="10")
        return built

    def _build_publish_statistics(self) -> ScheduledFunction:
        storage = self._storage
        built = ScheduledFunction(
            self,
            "PublishStatistics",
            name="publish_statistics",
            description="Publishes yesterday's counts per artwork and the busiest hour",
            sources=self._sources,
            environment={"ROLLUPS_TABLE": storage.rollups.table_name},
            log_retention_days=self._config.privacy.log_retention_days,
            timeout=Duration.minutes(2),
            max_event_age=Duration.hours(6),
            watch_period=Duration.hours(6),
            watch_periods=5,  # a day, and the hour more of the night in autumn
        )
        storage.rollups.grant(built.function, "dynamodb:Query")
        for museum in self._config.museums:
            # After the roll-up of 06:10, and in hours that no summer-time change skips or repeats.
            built.run_for(museum, hour="6", minute="30")
        return built
