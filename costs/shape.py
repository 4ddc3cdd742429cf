"""What of a synthesised app costs money, read from its templates."""

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from costs.errors import CostError
from local_cloud.schedule_expression import parse_schedule

MONTH_DAYS: Final = 30
_FIRST: Final = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
FREE: Final = frozenset(
    {
        "AWS::CDK::Metadata",
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::Policy",
        "AWS::IAM::Role",
        "AWS::IoT::Logging",
        "AWS::IoT::Policy",
        "AWS::Lambda::EventInvokeConfig",
        "AWS::Lambda::Permission",
        "AWS::SNS::TopicPolicy",
        "AWS::SQS::QueuePolicy",
        "AWS::S3::BucketPolicy",
        "AWS::KMS::Alias",
    }
)
"""Resources that AWS does not charge for."""
PRICED: Final = frozenset(
    {
        "AWS::CloudWatch::Alarm",
        "AWS::CloudWatch::Dashboard",
        "AWS::DynamoDB::Table",
        "AWS::IoT::TopicRule",
        "AWS::KMS::Key",
        "AWS::Lambda::EventSourceMapping",
        "AWS::Lambda::Function",
        "AWS::Logs::LogGroup",
        "AWS::S3::Bucket",
        "AWS::SNS::Subscription",
        "AWS::SNS::Topic",
        "AWS::SQS::Queue",
        "AWS::Scheduler::Schedule",
    }
)
"""Resources that the estimate knows how to price."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function: its folder's name, its memory, and how often schedules call it in a month."""

    name: str
    memory_mb: int
    scheduled_calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What was counted.

    Attributes:
        resources: Resources of each type, over all stacks.
        per_stack: Resources of each stack.
        functions: By name.
        mapped: Queues that functions are called from: name of the function, whether it is FIFO.
        alarm_metrics: Metrics that alarms name.
        alarm_queries: Alarms that look through metrics by a query.
    """

    resources: Mapping[str, int]
    per_stack: Mapping[str, int]
    functions: Mapping[str, Function]
    mapped: tuple[tuple[str, bool], ...]
    alarm_metrics: int
    alarm_queries: int
    pitr_tables: int
    keyed_tables: int

    def count(self, kind: str) -> int:
        """Resources of a type."""
        return self.resources.get(kind, 0)


def read_shape(assembly: Path) -> Shape:
    """Reads every template of a cloud assembly.

    Raises:
        CostError: There is none, or it holds a type of resource of which no price is known.
    """
    files = sorted(assembly.glob("*.template.json"))
    if not files:
        raise CostError(f"{assembly} holds no templates; synthesise first: scripts/cdk synth --all")
    templates = {
        file.name.removesuffix(".template.json"): json.loads(file.read_text("utf-8"))
        for file in files
    }
    stacks = {name: template["Resources"] for name, template in templates.items()}
    exports = {
        output["Export"]["Name"]: output["Value"]
        for template in templates.values()
        for output in template.get("Outputs", {}).values()
        if "Export" in output
    }
    everything = [pair for resources in stacks.values() for pair in resources.items()]
    kinds = Counter(resource["Type"] for _, resource in everything)
    unknown = kinds.keys() - FREE - PRICED
    if unknown:
        raise CostError(
            f"no price is known of {', '.join(sorted(unknown))}: see costs/shape.py and "
            "costs/prices.toml"
        )
    alarms = [r["Properties"] for _, r in everything if r["Type"] == "AWS::CloudWatch::Alarm"]
    tables = [r["Properties"] for _, r in everything if r["Type"] == "AWS::DynamoDB::Table"]
    named = [_alarm_metrics(alarm) for alarm in alarms]
    return Shape(
        resources=dict(kinds),
        per_stack={name: len(resources) for name, resources in stacks.items()},
        functions={one.name: one for one in _functions(everything, exports)},
        mapped=tuple(_mapped(everything, exports)),
        alarm_metrics=sum(named),
        alarm_queries=named.count(0),
        pitr_tables=sum("PointInTimeRecoverySpecification" in table for table in tables),
        keyed_tables=sum("KMSMasterKeyId" in table.get("SSESpecification", {}) for table in tables),
    )


_Resources = list[tuple[str, Any]]
_Exports = Mapping[str, Any]


def _alarm_metrics(alarm: Mapping[str, Any]) -> int:
    """Metrics that an alarm names; 0 where it looks through them by a query."""
    if "Metrics" not in alarm:
        return 1
    return sum("MetricStat" in one for one in alarm["Metrics"])


def _functions(everything: _Resources, exports: _Exports) -> Iterator[Function]:
    calls: Counter[str] = Counter()
    for _, resource in everything:
        if resource["Type"] == "AWS::Scheduler::Schedule":
            properties = resource["Properties"]
            due = parse_schedule(
                properties["ScheduleExpression"],
                properties.get("ScheduleExpressionTimezone", "UTC"),
                "ScheduleExpression",
            )
            end = _FIRST + dt.timedelta(days=MONTH_DAYS)
            calls[_referred(properties["Target"]["Arn"], exports)] += sum(
                1 for _ in due.between(_FIRST, end)
            )
    for logical_id, resource in everything:
        if resource["Type"] == "AWS::Lambda::Function":
            properties = resource["Properties"]
            yield Function(
                name=_name(resource),
                memory_mb=properties["MemorySize"],
                scheduled_calls=calls[logical_id],
            )


def _name(function: Mapping[str, Any]) -> str:
    """``store_visits`` of the handler ``lambdas.store_visits.handler.handler``."""
    handler: str = function["Properties"]["Handler"]
    return handler.split(".")[1]


def _mapped(everything: _Resources, exports: _Exports) -> Iterator[tuple[str, bool]]:
    by_id = dict(everything)
    for _, resource in everything:
        if resource["Type"] == "AWS::Lambda::EventSourceMapping":
            properties = resource["Properties"]
            function = by_id[_referred(properties["FunctionName"], exports)]
            queue = by_id[_referred(properties["EventSourceArn"], exports)]
            yield _name(function), bool(queue["Properties"].get("FifoQueue"))


def _referred(value: Mapping[str, Any], exports: _Exports) -> str:
    """The resource that an intrinsic refers to, in the same stack or by another's export."""
    ((function, argument),) = value.items()
    if function == "Fn::ImportValue":
        return _referred(exports[argument], exports)
    referred: str = argument if function == "Ref" else argument[0]
    return referred
