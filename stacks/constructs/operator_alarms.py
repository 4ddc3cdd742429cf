"""Alarms that tell the operators by mail when a part of the pipeline fails or falls behind."""

from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.constructs.iot_rule import IotRule
from stacks.constructs.museum_dashboard import quarantined
from stacks.constructs.python_function import PythonFunction
from stacks.constructs.scheduled_function import ScheduledFunction

_PERIOD: Final = Duration.minutes(5)
_OLDEST_S: Final = 900
NOT_CALLED: Final = "IF(FILL(there,0) > 0, FILL(calls,0), 1)"
"""Calls in a period; one where the stack was not there yet."""
_GREATER: Final = cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD


class OperatorAlarms(Construct):
    """Builds alarms; each notifies the operators' topic when it goes off and when it is over."""

    def __init__(
        self, scope: Construct, construct_id: str, *, topic: sns.ITopic, polled: sqs.IQueue
    ) -> None:
        """Wires the alarms.

        Args:
            scope: Of the construct.
            construct_id: Its id.
            topic: The operators'.
            polled: A queue of the same stack that Lambda asks for messages without end: its metrics
                tell since when the stack has been there.
        """
        super().__init__(scope, construct_id)
        self._action = actions.SnsAction(topic)
        self._polled = polled

    def watch_queue(self, name: str, queue: sqs.IQueue) -> None:
        """Tells when the oldest message has waited for a quarter of an hour."""
        self._add(
            f"{name}Age",
            queue.metric_approximate_age_of_oldest_message(period=_PERIOD),
            f"{name}: a message has waited longer than {_OLDEST_S} s. Look at its function's log.",
            threshold=_OLDEST_S,
        )

    def watch_dead_letters(self, name: str, queue: sqs.IQueue) -> None:
        """Tells of the first dead letter."""
        self._add(
            f"{name}DeadLetters",
            queue.metric_approximate_number_of_messages_visible(
                period=_PERIOD, statistic=cloudwatch.Stats.MAXIMUM
            ),
            f"{name}: there are dead letters. Mend the cause, then redrive them.",
        )

    def watch_function(self, one: PythonFunction) -> None:
        """Tells of errors and throttles, and of dead letters where the function has a queue."""
        self._add(
            f"{one.name}-Errors",
            one.function.metric_errors(period=_PERIOD),
            f"{one.name} failed. Look at its log.",
        )
        self._add(
            f"{one.name}-Throttles",
            one.function.metric_throttles(period=_PERIOD),
            f"{one.name} was throttled. Look at the account's Lambda concurrency.",
        )
        if isinstance(one, ScheduledFunction):
            self.watch_dead_letters(f"{one.name}-", one.dead_letters)
            self._watch_schedule(one)

    def _watch_schedule(self, one: ScheduledFunction) -> None:
        """Tells when the function was not called for longer than its schedule allows.

        A period counts only if the stack was there in it, so that nothing goes off before a new
        function had its chance to run; one that never runs is told like one that ceased to.
        """
        self._add(
            f"{one.name}-Schedule",
            cloudwatch.MathExpression(
                expression=NOT_CALLED,
                using_metrics={
                    "calls": one.function.metric_invocations(statistic=cloudwatch.Stats.SUM),
                    "there": self._polled.metric_approximate_number_of_messages_visible(
                        statistic=cloudwatch.Stats.SAMPLE_COUNT
                    ),
                },
                period=one.rhythm.watch_period,
                label="calls",
            ),
            f"{one.name} was not called. Look whether its schedule is there and enabled.",
            threshold=1,
            comparison=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
            periods=one.rhythm.watch_periods,
            missing=cloudwatch.TreatMissingData.BREACHING,
        )

    def watch_rule(self, rule: IotRule) -> None:
        """Tells when a rule's action or its error action failed."""
        for metric, meaning in (
            ("Failure", "its action failed; the message is in the quarantine bucket"),
            ("ErrorActionFailure", "its error action failed too; the message is lost"),
        ):
            # A Metrics Insights query, because these metrics are kept per type of action as well.
            self._add(
                f"{rule.rule_name}-{metric}",
                cloudwatch.MathExpression(
                    expression=f'SELECT SUM({metric}) FROM "AWS/IoT" '  # noqa: S608  # no database
                    f"WHERE RuleName = '{rule.rule_name}'",
                    using_metrics={},
                    period=_PERIOD,
                    label=metric,
                ),
                f"IoT rule {rule.rule_name}: {meaning}.",
            )

    def watch_quarantine(self) -> None:
        """Tells when store_visits refused something."""
        self._add(
            "Quarantined",
            quarantined(period=Duration.hours(1)),
            "A device sent what is no visit. The quarantine bucket holds it with the reason.",
        )

    def _add(
        self,
        name: str,
        metric: cloudwatch.IMetric,
        description: str,
        *,
        threshold: float = 0,
        comparison: cloudwatch.ComparisonOperator = _GREATER,
        periods: int = 1,
        missing: cloudwatch.TreatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING,
    ) -> None:
        alarm = cloudwatch.Alarm(
            self,
            name,
            metric=metric,
            alarm_description=description,
            threshold=threshold,
            comparison_operator=comparison,
            evaluation_periods=periods,
            treat_missing_data=missing,
        )
        alarm.add_alarm_action(self._action)
        alarm.add_ok_action(self._action)
