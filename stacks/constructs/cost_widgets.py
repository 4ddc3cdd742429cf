"""What the deployment costs, on a dashboard: computed from use and prices, and as estimated."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import jsii
from aws_cdk import Duration, IResolveContext, IStringProducer, Lazy
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_sqs as sqs

from contracts.museums import Museum
from contracts.status import HEARTBEAT_S
from stacks.constructs.iot_rule import IotRule
from stacks.constructs.python_function import PythonFunction

MONTH_DAYS: Final = 30
_DAY: Final = Duration.days(1)
_REQUESTS: Final = (
    "NumberOfMessagesSent",
    "NumberOfMessagesReceived",
    "NumberOfMessagesDeleted",
    "NumberOfEmptyReceives",
)
_NOTE: Final = (
    "The graph is computed from use and the prices of {region}, {dated}; it is not a bill. What "
    "has no meter in it (alarms, metrics, dashboards, keys, storage, logs, mail, what runs by the "
    "clock alone) stands there as estimated. No free amounts, no taxes. The account's bill: AWS "
    "Billing."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitPrice:
    """US dollars for so many of something."""

    usd: float
    per: float

    def of(self, amount: str) -> str:
        """Metric math for what ``amount`` costs, in plain decimals."""
        usd = f"{self.usd:.12f}".rstrip("0").rstrip(".")
        return f"({amount})*{usd}" + ("" if self.per == 1 else f"/{self.per:.0f}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimated:
    """US dollars a month, without free amounts and taxes.

    Attributes:
        museums: Of each museum, by id.
        unmetered: Of the part of the deployment that the graph does not compute from use.
    """

    museums: Mapping[str, float]
    unmetered: float


@dataclass(slots=True, kw_only=True)
class CostFigures:
    """What the dashboards are told of money; the app looks it up.

    Attributes:
        region: Whose prices.
        dated: Of what dates they are.
        prices: By their key in ``costs/prices.toml``; empty where one of them is not known.
        problem: Why there is no estimate.
        estimated: None until the app has counted what its templates hold.
    """

    region: str
    dated: str = ""
    prices: Mapping[str, UnitPrice]
    problem: str = ""
    estimated: Estimated | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Metered:
    """What of the deployment is used and metered, by all museums together."""

    visits_rule: IotRule
    status_rule: IotRule
    queue: sqs.IQueue
    functions: Sequence[PythonFunction]
    tables: Sequence[dynamodb.ITable]


@jsii.implements(IStringProducer)
class _Late:
    """A text that is asked for at synthesis, each time."""

    def __init__(self, text: Callable[[], str]) -> None:
        self._text = text

    def produce(self, _context: IResolveContext) -> str:
        """The text."""
        return self._text()


def cost_widgets(museum: Museum, metered: Metered, costs: CostFigures) -> list[cloudwatch.IWidget]:
    """The estimate in words and, where prices are known, what each day cost by its use."""
    estimate = Lazy.uncached_string(_Late(lambda: _estimate(museum, costs)))
    if not costs.prices:
        return [cloudwatch.TextWidget(markdown=f"### Cost\n{estimate}", width=24, height=2)]
    note = _NOTE.format(region=costs.region, dated=costs.dated)
    return [
        cloudwatch.TextWidget(markdown=f"### Cost\n{estimate}\n\n{note}", width=8, height=6),
        cloudwatch.GraphWidget(
            title=f"USD a day, all museums: by use and prices of {costs.dated}, not a bill",
            width=16,
            stacked=True,
            left=[*_lines(metered, costs)],
            left_y_axis=cloudwatch.YAxisProps(label="USD", show_units=False, min=0),
        ),
    ]


def _estimate(museum: Museum, costs: CostFigures) -> str:
    if costs.estimated is None:
        return f"No estimate: {costs.problem}"
    museums = costs.estimated.museums
    return (
        f"**{museums[museum.id]:.2f} USD** a month for this museum, "
        f"**{sum(museums.values()):.2f} USD** for the deployment ({len(museums)} museum"
        f"{'s' * (len(museums) > 1)}), estimated; line by line: scripts/audit."
    )


def _unmetered(costs: CostFigures) -> str:
    a_month = costs.estimated.unmetered if costs.estimated else 0.0
    return f"{a_month / MONTH_DAYS:.4f}"


def _lines(metered: Metered, costs: CostFigures) -> Iterator[cloudwatch.IMetric]:
    """Dollars of each day, service by service."""
    for label, expression, metrics in (
        ("AWS IoT", *_iot(metered, costs.prices)),
        ("DynamoDB", *_tables(metered, costs.prices)),
        ("SQS", *_queue(metered, costs.prices)),
        ("Lambda", *_functions(metered, costs.prices)),
    ):
        yield cloudwatch.MathExpression(
            expression=expression, using_metrics=metrics, label=label, period=_DAY
        )
    yield cloudwatch.MathExpression(
        expression=f"TIME_SERIES({Lazy.uncached_string(_Late(lambda: _unmetered(costs)))})",
        using_metrics={},
        label="without a meter, as estimated",
        period=_DAY,
    )


_Cost = tuple[str, Mapping[str, cloudwatch.IMetric]]
"""An expression and the metrics that it names."""


def _iot(metered: Metered, prices: Mapping[str, UnitPrice]) -> _Cost:
    """Visits go by Basic Ingest; a heartbeat is a message, and tells of a minute of connection."""
    rules = {"v": metered.visits_rule, "h": metered.status_rule}
    parts = [
        prices["iot_message"].of("FILL(h,0)"),
        prices["iot_connectivity"].of(f"FILL(h,0)*{HEARTBEAT_S / 60:g}"),
        prices["iot_rule"].of("FILL(v,0)+FILL(h,0)"),
        prices["iot_action"].of("FILL(v,0)+FILL(h,0)"),  # each rule has one
    ]
    return "+".join(parts), {
        name: _sum("AWS/IoT", "TopicMatch", RuleName=rule.rule_name) for name, rule in rules.items()
    }


def _tables(metered: Metered, prices: Mapping[str, UnitPrice]) -> _Cost:
    names, metrics = {"r": "Read", "w": "Write"}, {}
    for i, table in enumerate(metered.tables):
        for letter, kind in names.items():
            metrics[f"{letter}{i}"] = _sum(
                "AWS/DynamoDB", f"Consumed{kind}CapacityUnits", TableName=table.table_name
            )
    parts = [
        prices[f"dynamodb_{kind.lower()}"].of(_filled(one for one in metrics if one[0] == letter))
        for letter, kind in names.items()
    ]
    return "+".join(parts), metrics


def _queue(metered: Metered, prices: Mapping[str, UnitPrice]) -> _Cost:
    """At most: messages that Lambda receives and deletes ten at a time are counted one by one."""
    metrics = {
        f"q{i}": _sum("AWS/SQS", name, QueueName=metered.queue.queue_name)
        for i, name in enumerate(_REQUESTS)
    }
    return prices["sqs_standard"].of(_filled(metrics)), metrics


def _functions(metered: Metered, prices: Mapping[str, UnitPrice]) -> _Cost:
    metrics: dict[str, cloudwatch.IMetric] = {}
    gb_s = []
    for i, one in enumerate(metered.functions):
        name = one.function.function_name
        metrics[f"i{i}"] = _sum("AWS/Lambda", "Invocations", FunctionName=name)
        metrics[f"d{i}"] = _sum("AWS/Lambda", "Duration", FunctionName=name)
        gb_s.append(f"FILL(d{i},0)/1000*{one.memory_mb / 1024:g}")
    calls = prices["lambda_request"].of(_filled(name for name in metrics if name[0] == "i"))
    return calls + "+" + prices["lambda_gb_s"].of("+".join(gb_s)), metrics


def _filled(names: Iterable[str]) -> str:
    return "+".join(f"FILL({name},0)" for name in names)


def _sum(namespace: str, name: str, **dimensions: str) -> cloudwatch.IMetric:
    return cloudwatch.Metric(
        namespace=namespace,
        metric_name=name,
        dimensions_map=dimensions,
        statistic=cloudwatch.Stats.SUM,
        period=_DAY,
    )
