"""A function that the scheduler calls once per museum, in that museum's own time."""

from collections.abc import Mapping, Sequence

from aws_cdk import Aws, CfnOutput, Duration, Stack, TimeZone
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from constructs import Construct

from contracts.museums import Museum
from stacks.constructs.function_asset import FunctionSources
from stacks.constructs.python_function import PythonFunction
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


class ScheduledFunction(PythonFunction):
    """A Python function with a schedule per museum and a queue for runs that failed for good.

    Attributes:
        dead_letters: Events that the scheduler could not deliver, or that failed after retries.
        watch_period: Length of the periods in which its runs are counted.
        watch_periods: Number of periods without a run after which its schedule is missing.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        sources: FunctionSources,
        environment: Mapping[str, str],
        log_retention_days: int,
        timeout: Duration,
        description: str,
        max_event_age: Duration,
        watch_period: Duration,
        watch_periods: int,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            name=name,
            sources=sources,
            environment=environment,
            log_retention_days=log_retention_days,
            timeout=timeout,
            description=description,
        )
        self._max_event_age = max_event_age
        self.watch_period, self.watch_periods = watch_period, watch_periods
        self.dead_letters = dead_letter_queue(self, "DeadLetters")
        self.function.configure_async_invoke(
            retry_attempts=2,
            max_event_age=max_event_age,
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

    def run_for(self, museum: Museum, *, minute: str, hour: str = "*") -> None:
        """Calls the function for ``museum`` at these cron fields of every day, museum time.

        The event is ``{"museum_id": ..., "scheduled_at": ...}``; ``scheduled_at`` is the time that
        was meant (ISO 8601, UTC), whenever the call comes through.
        """
        scheduler.Schedule(
            self,
            f"For-{museum.id}",
            description=f"{self.name} for {museum.id}",
            schedule=scheduler.ScheduleExpression.cron(
                minute=minute, hour=hour, time_zone=TimeZone.of(museum.time_zone)
            ),
            target=targets.LambdaInvoke(
                self.function,
                dead_letter_queue=self.dead_letters,
                retry_attempts=5,
                max_event_age=self._max_event_age,
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
