"""A function that the scheduler calls for each museum, in that museum's own time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aws_cdk import Aws, CfnOutput, Duration, Stack, TimeZone
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from constructs import Construct

from contracts.museums import Museum
from stacks.constructs.python_function import InCommon, PythonFunction
from stacks.constructs.queues import dead_letter_queue
from stacks.constructs.service_role import service_role


def dead_letters_output(
    stack: Stack, construct_id: str, functions: Sequence["ScheduledFunction"]
) -> None:
    """Gives out what ``scripts/redrive`` needs: function and queue of dead letters by name."""
    CfnOutput(
        stack,
        construct_id,
        value=stack.to_json_string(
            {
                one.name: [one.function.function_name, one.dead_letters.queue_url]
                for one in functions
            }
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """How often a schedule calls its function.

    Attributes:
        max_event_age: Until when a call that did not come through, or failed, is repeated.
        watch_period: Length of the periods in which the calls are counted.
        watch_periods: Number of periods without a call after which the schedule is missing.
    """

    max_event_age: Duration
    watch_period: Duration
    watch_periods: int


DAILY: Final = Rhythm(
    max_event_age=Duration.hours(6),
    watch_period=Duration.hours(6),
    watch_periods=5,  # a day, and the hour more of the night in autumn
)
HOURLY: Final = Rhythm(
    max_event_age=Duration.hours(1), watch_period=Duration.hours(1), watch_periods=2
)


def every(minutes: int) -> Rhythm:
    """Of some minutes; three periods, of five minutes at least, without a call are too many."""
    return Rhythm(
        max_event_age=Duration.minutes(minutes),
        watch_period=Duration.minutes(max(minutes, 5)),
        watch_periods=3,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Cron fields of every day, museum time."""

    minute: str
    hour: str = "*"


class ScheduledFunction(PythonFunction):
    """A Python function that museums' schedules call, with a queue for runs that failed for good.

    Attributes:
        dead_letters: Events that the scheduler could not deliver, or that failed after retries.
        rhythm: How often it runs.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        description: str,
        common: InCommon,
        environment: Mapping[str, str],
        timeout: Duration,
        rhythm: Rhythm,
        due: Callable[[Museum], Due],
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            name=name,
            description=description,
            common=common,
            environment=environment,
            timeout=timeout,
        )
        self.rhythm = rhythm
        self._due = due
        self.dead_letters = dead_letter_queue(self, "DeadLetters")
        self.function.configure_async_invoke(
            retry_attempts=2,
            max_event_age=rhythm.max_event_age,
            on_failure=destinations.SqsDestination(self.dead_letters),
        )
        self._role = self._build_schedule_role()

    def _build_schedule_role(self) -> iam.Role:
        role = service_role(
            self,
            "ScheduleRole",
            iam.ServicePrincipal(
                "scheduler.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
            ),
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["lambda:InvokeFunction"], resources=[self.function.function_arn]
            )
        )
        self.dead_letters.grant(role, "sqs:SendMessage")
        return role

    def run_for(self, scope: Construct, museum: Museum) -> None:
        """Has a schedule in ``scope`` call the function for ``museum`` when it is due there.

        The event is ``{"museum_id": ..., "scheduled_at": ...}``; ``scheduled_at`` is the time that
        was meant (ISO 8601, UTC), whenever the call comes through.
        """
        due = self._due(museum)
        scheduler.Schedule(
            scope,
            self.node.id,
            description=f"{self.name} for {museum.id}",
            schedule=scheduler.ScheduleExpression.cron(
                minute=due.minute, hour=due.hour, time_zone=TimeZone.of(museum.time_zone)
            ),
            target=targets.LambdaInvoke(
                self.function,
                dead_letter_queue=self.dead_letters,
                retry_attempts=5,
                max_event_age=self.rhythm.max_event_age,
                # The CDK would also allow every version of the function; ours says it exactly.
                role=self._role.without_policy_updates(),
                input=scheduler.ScheduleTargetInput.from_object(
                    {
                        "museum_id": museum.id,
                        "scheduled_at": scheduler.ContextAttribute.scheduled_time,
                    }
                ),
            ),
        )
