"""A museum's CloudWatch dashboard, from the very names that the functions publish under."""

from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from contracts.expressions import Expression
from contracts.metrics import NAMESPACE, Dimension, Metric
from contracts.museums import Artwork, Museum
from stacks.constructs.cost_widgets import CostFigures, Metered, cost_widgets

_DAY: Final = Duration.days(1)
_THIRD: Final = 8  # a row is 24 units wide
_HALF: Final = 12
MOST_ARTWORKS: Final = 200
"""On one dashboard, which takes 2,500 metrics: nine an artwork, and some for the pipeline.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
"""


def museum_dashboard(
    scope: Construct,
    construct_id: str,
    *,
    name: str,
    museum: Museum,
    dead_letters: sqs.IQueue,
    metered: Metered,
    costs: CostFigures,
) -> cloudwatch.Dashboard:
    """Visitors' expressions per artwork, the busiest hour, the pipeline's health, and its cost."""
    dashboard = cloudwatch.Dashboard(
        scope, construct_id, dashboard_name=name, default_interval=Duration.days(14)
    )
    dashboard.add_widgets(
        cloudwatch.TextWidget(
            markdown=f"# {museum.name}\nVisible facial expressions, not feelings. Daily numbers; "
            "what rests on too few visits is left out.",
            width=24,
            height=2,
        )
    )
    dashboard.add_widgets(_busiest_hour(museum), _latency(museum))
    first = museum.artworks[:MOST_ARTWORKS]
    dashboard.add_widgets(*(_expressions(museum, artwork) for artwork in first))
    dashboard.add_widgets(_intake(museum), _queue(metered.queue, dead_letters), _errors(metered))
    dashboard.add_widgets(_devices(museum))
    dashboard.add_widgets(*cost_widgets(museum, metered, costs))
    return dashboard


def further_dashboards(scope: Construct, construct_id: str, *, name: str, museum: Museum) -> None:
    """Visitors' expressions at the artworks that the museum's dashboard has no room for."""
    rest = museum.artworks[MOST_ARTWORKS:]
    for number, start in enumerate(range(0, len(rest), MOST_ARTWORKS), start=2):
        dashboard = cloudwatch.Dashboard(
            scope,
            f"{construct_id}{number}",
            dashboard_name=f"{name}_{number}",  # as no museum's id
            default_interval=Duration.days(14),
        )
        artworks = rest[start : start + MOST_ARTWORKS]
        dashboard.add_widgets(*(_expressions(museum, artwork) for artwork in artworks))


def museum_metric(
    metric: Metric,
    museum: Museum,
    *,
    statistic: str,
    period: Duration,
    label: str | None = None,
    **dimensions: str,
) -> cloudwatch.Metric:
    """One of the functions' metrics as they publish it for a museum."""
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=metric,
        dimensions_map={Dimension.MUSEUM: museum.id, **dimensions},
        statistic=statistic,
        period=period,
        label=label,
    )


def _expressions(museum: Museum, artwork: Artwork) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(
        title=artwork.title,
        width=_THIRD,
        stacked=True,
        left=[
            museum_metric(
                Metric.EMOTION_COUNT_PER_ARTWORK,
                museum,
                statistic=cloudwatch.Stats.MAXIMUM,  # a retry publishes the same number again
                period=_DAY,
                label=expression.label,
                **{Dimension.ARTWORK: artwork.id, Dimension.EMOTION: expression.label},
            )
            for expression in Expression
        ],
    )


def _busiest_hour(museum: Museum) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(
        title="Visits in the busiest hour of each day",
        width=_HALF,
        left=[
            museum_metric(
                Metric.BUSIEST_HOUR_COUNT,
                museum,
                statistic=cloudwatch.Stats.MAXIMUM,
                period=_DAY,
                label="visits",
            )
        ],
    )


def _latency(museum: Museum) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(
        title="From the end of a visit to its storage (ms)",
        width=_HALF,
        left=[
            museum_metric(
                Metric.LATENCY,
                museum,
                statistic=f"p{percentile}",
                period=Duration.minutes(5),
                label=f"p{percentile}",
            )
            for percentile in (50, 95, 99)
        ],
        right=[
            museum_metric(
                Metric.CLOCK_SKEW,
                museum,
                statistic=cloudwatch.Stats.MAXIMUM,
                period=Duration.minutes(5),
                label="clock skew",
            )
        ],
    )


def _intake(museum: Museum) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(
        title="Stored and quarantined",
        width=_THIRD,
        left=[
            museum_metric(
                Metric.VISITS_STORED,
                museum,
                statistic=cloudwatch.Stats.SUM,
                period=Duration.hours(1),
                label="visits stored",
            )
        ],
        right=[quarantined(period=Duration.hours(1), label="quarantined (all museums)")],
    )


def _devices(museum: Museum) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(
        title="Cameras in the opening hours",
        width=24,
        left=[
            museum_metric(
                metric,
                museum,
                statistic=cloudwatch.Stats.MAXIMUM,
                period=Duration.minutes(5),
                label=label,
            )
            for metric, label in (
                (Metric.DEVICES_HEARD, "heard"),
                (Metric.DEVICES_SILENT, "silent"),
                (Metric.CAMERAS_TROUBLED, "camera needs a look"),
            )
        ],
    )


def quarantined(*, period: Duration, label: str | None = None) -> cloudwatch.Metric:
    """What store_visits refused, of all museums: such a message does not tell its museum."""
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=Metric.VISITS_QUARANTINED,
        dimensions_map={"service": "store_visits"},
        statistic=cloudwatch.Stats.SUM,
        period=period,
        label=label,
    )


def _queue(queue: sqs.IQueue, dead_letters: sqs.IQueue) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(
        title="Queue (all museums)",
        width=_THIRD,
        left=[
            queue.metric_approximate_number_of_messages_visible(label="waiting"),
            dead_letters.metric_approximate_number_of_messages_visible(label="dead letters"),
        ],
        right=[queue.metric_approximate_age_of_oldest_message(label="age of the oldest (s)")],
    )


def _errors(metered: Metered) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(
        title="Errors and throttles (all museums)",
        width=_THIRD,
        left=[
            metric
            for one in metered.functions
            for metric in (
                one.function.metric_errors(label=f"{one.name} errors"),
                one.function.metric_throttles(label=f"{one.name} throttles"),
            )
        ],
    )
