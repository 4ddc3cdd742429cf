from contracts.expressions import Expression
from contracts.metrics import NAMESPACE, Metric
from contracts.museum_toml import load_museums
from tests.conftest import REPOSITORY
from tests.infrastructure.synthesised import Synthesised, widgets

MUSEUM = load_museums(REPOSITORY / "museum.toml").museums[0]


def test_the_dashboard_shows_every_expression_at_every_artwork(synthesised: Synthesised) -> None:
    """One graph an artwork, one line an expression, under the names the functions publish."""
    seen = {
        (line[line.index("Artwork") + 1], line[line.index("Emotion") + 1])
        for widget in widgets(synthesised)
        for line in widget["properties"].get("metrics", [])
        if line[:2] == [NAMESPACE, Metric.EMOTION_COUNT_PER_ARTWORK]
    }
    assert seen == {(a.id, e.label) for a in MUSEUM.artworks for e in Expression}


def test_the_dashboard_shows_latency_and_the_busiest_hour(synthesised: Synthesised) -> None:
    """Latency by its percentiles, because an average hides a stuck camera."""
    lines = [
        line
        for widget in widgets(synthesised)
        for line in widget["properties"].get("metrics", [])
        if isinstance(line[0], str)  # no expression
    ]
    latency = {line[-1]["stat"] for line in lines if line[1] == Metric.LATENCY}
    assert latency == {"p50", "p95", "p99"}
    assert {line[1] for line in lines} >= {
        Metric.BUSIEST_HOUR_COUNT,
        Metric.VISITS_STORED,
        Metric.VISITS_QUARANTINED,
        Metric.CLOCK_SKEW,
        "ApproximateNumberOfMessagesVisible",
        "ApproximateAgeOfOldestMessage",
        "Errors",
        "Throttles",
    }


def test_each_museum_has_a_dashboard(trial: Synthesised) -> None:
    """Named after the deployment and the museum."""
    dashboards = trial.resources("AWS::CloudWatch::Dashboard").values()
    assert {d["DashboardName"] for d in dashboards} == {
        "trial-museums-lab-old-harbour",
        "trial-museums-lab-new-wing",
    }
