"""Schedules, alarms and dashboards."""

from typing import Final

from local_cloud.account import arn
from local_cloud.declared import ScheduleSpec
from local_cloud.errors import UnsupportedError
from local_cloud.resources.base import Created, Request, ResourceType, check_keys

_ALARM: Final = (
    "ActionsEnabled",
    "AlarmActions",
    "AlarmDescription",
    "ComparisonOperator",
    "DatapointsToAlarm",
    "Dimensions",
    "EvaluationPeriods",
    "ExtendedStatistic",
    "InsufficientDataActions",
    "MetricName",
    "Metrics",
    "Namespace",
    "OKActions",
    "Period",
    "Statistic",
    "Threshold",
    "TreatMissingData",
    "Unit",
)


def _schedule(request: Request) -> Created:
    name = request.properties.get("Name") or request.physical_name(64)
    target = request.require("Target")
    check_keys(
        target,
        f"{request.place}.Target",
        used=frozenset({"Arn", "Input"}),
        # The local cloud always reaches the function; what fails inside it is the function's
        # own asynchronous invocation (AWS::Lambda::EventInvokeConfig).
        no_effect=frozenset({"DeadLetterConfig", "RetryPolicy", "RoleArn"}),
    )
    window = request.properties.get("FlexibleTimeWindow", {}).get("Mode", "OFF")
    if window != "OFF":
        raise UnsupportedError(f"a flexible time window ({window})", request.place)
    if ":lambda:" not in target["Arn"]:
        raise UnsupportedError(f"a schedule's target like {target['Arn']}", request.place)
    request.declared.schedules.append(
        ScheduleSpec(
            name=name,
            expression=request.require("ScheduleExpression"),
            timezone=request.properties.get("ScheduleExpressionTimezone", "UTC"),
            enabled=request.properties.get("State", "ENABLED") == "ENABLED",
            function_arn=target["Arn"],
            payload=target.get("Input", "{}"),
            place=request.place,
        )
    )
    return Created(name, {"Arn": arn("scheduler", f"schedule/default/{name}")})


def _schedule_group(request: Request) -> Created:
    name = request.properties.get("Name") or request.physical_name(64)
    return Created(name, {"Arn": arn("scheduler", f"schedule-group/{name}")})


def _alarm(request: Request) -> Created:
    name = request.properties.get("AlarmName") or request.physical_name(255)
    request.client("cloudwatch").put_metric_alarm(AlarmName=name, **request.picked(*_ALARM))
    return Created(name, {"Arn": arn("cloudwatch", f"alarm:{name}")})


def _dashboard(request: Request) -> Created:
    name = request.properties.get("DashboardName") or request.physical_name(255)
    request.client("cloudwatch").put_dashboard(
        DashboardName=name, DashboardBody=request.require("DashboardBody")
    )
    return Created(name)


def _metadata(request: Request) -> Created:
    return Created(request.logical_id)


TYPES: Final = {
    "AWS::Scheduler::Schedule": ResourceType(
        _schedule,
        used=frozenset(
            {
                "FlexibleTimeWindow",
                "Name",
                "ScheduleExpression",
                "ScheduleExpressionTimezone",
                "State",
                "Target",
            }
        ),
        no_effect=frozenset({"Description", "GroupName"}),
    ),
    "AWS::Scheduler::ScheduleGroup": ResourceType(
        _schedule_group, used=frozenset({"Name"}), no_effect=frozenset({"Tags"})
    ),
    "AWS::CloudWatch::Alarm": ResourceType(
        _alarm, used=frozenset({"AlarmName", *_ALARM}), no_effect=frozenset({"Tags"})
    ),
    "AWS::CloudWatch::Dashboard": ResourceType(
        _dashboard, used=frozenset({"DashboardName", "DashboardBody"})
    ),
    "AWS::CDK::Metadata": ResourceType(
        _metadata, used=frozenset(), no_effect=frozenset({"Analytics"})
    ),
}
