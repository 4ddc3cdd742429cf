"""Money on the dashboards: by the cost model's own prices, and said to be no bill."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts.museum_toml import DeploymentConfig, load_museums
from costs.assumptions import read_assumptions
from costs.bill import make_bill
from costs.metered import METERED, Figures, figures
from costs.note import NOTE
from costs.prices import Prices, read_prices
from costs.shape import read_shape
from stacks.constructs.cost_widgets import MONTH_DAYS, UnitPrice
from tests.infrastructure.synthesised import Synthesised, widgets

FUNCTIONS = frozenset({"store_visits", "roll_up", "publish_statistics"})
PRICES = read_prices("us-east-1")


@pytest.fixture(scope="module")
def config(repository: Path) -> DeploymentConfig:
    """The project's own museum.toml."""
    return load_museums(repository / "museum.toml")


@pytest.fixture(scope="module")
def told(synthesised: Synthesised, config: DeploymentConfig) -> Figures:
    """The estimate of its assembly."""
    return figures(synthesised.folder, config, functions=FUNCTIONS)


def _graph(synthesised: Synthesised) -> Mapping[str, Any]:
    (graph,) = (one for one in widgets(synthesised) if "USD" in one["properties"].get("title", ""))
    properties: Mapping[str, Any] = graph["properties"]
    return properties


def _lines(synthesised: Synthesised) -> dict[str, str]:
    """Expressions by label."""
    return {
        line[0]["label"]: line[0]["expression"]
        for line in _graph(synthesised)["metrics"]
        if isinstance(line[0], dict)
    }


def _metrics(synthesised: Synthesised) -> Iterator[tuple[str, str]]:
    """Id and name of each metric that the expressions name."""
    for line in _graph(synthesised)["metrics"]:
        if isinstance(line[0], str):
            yield line[-1]["id"], line[1]


def _dollars(expression: str, amounts: Mapping[str, float]) -> float:
    """Metric math of one day, by Python's own arithmetic."""
    functions = {"FILL": lambda amount, _other: amount, "TIME_SERIES": lambda amount: amount}
    value: float = eval(expression, {"__builtins__": {}}, {**functions, **amounts})  # noqa: S307  # our own template
    return value


def _cost(**amounts: float) -> float:
    return sum(PRICES[key].cost(amount) for key, amount in amounts.items())


def test_use_costs_on_the_graph_what_it_costs_in_the_estimate(synthesised: Synthesised) -> None:
    """Some use of everything, by the cost model's own arithmetic; every price of METERED is met."""
    name_of = dict(_metrics(synthesised))
    amounts = {metric: 1e6 * (i + 1) for i, metric in enumerate(name_of)}
    seen = {label: _dollars(text, amounts) for label, text in _lines(synthesised).items()}

    def total(name: str) -> float:
        return sum(amounts[metric] for metric, known in name_of.items() if known == name)

    visits, heartbeats = amounts["v"], amounts["h"]
    parts = {
        "AWS IoT": {
            "iot_message": heartbeats,
            "iot_connectivity": heartbeats,  # a heartbeat a minute
            "iot_rule": visits + heartbeats,
            "iot_action": visits + heartbeats,
        },
        "DynamoDB": {
            "dynamodb_read": total("ConsumedReadCapacityUnits"),
            "dynamodb_write": total("ConsumedWriteCapacityUnits"),
        },
        "SQS": {
            "sqs_standard": sum(
                amount for metric, amount in amounts.items() if metric.startswith("q")
            )
        },
        "Lambda": {
            "lambda_request": total("Invocations"),
            "lambda_gb_s": total("Duration") / 1000 * 256 / 1024,
        },
    }
    assert {key for part in parts.values() for key in part} == set(METERED)
    for label, part in parts.items():
        assert seen[label] == pytest.approx(_cost(**part)), label
    assert len([name for name in name_of.values() if "Consumed" in name]) == 2 * 3
    assert len([name for name in name_of.values() if name == "Duration"]) == len(FUNCTIONS)


def test_a_month_as_assumed_costs_on_the_graph_what_is_estimated(
    synthesised: Synthesised, config: DeploymentConfig, told: Figures
) -> None:
    """What is metered and what is not, together: nothing is left out, nothing counted twice."""
    (constant,) = (text for text in _lines(synthesised).values() if "TIME_SERIES" in text)
    shape = read_shape(synthesised.folder)
    assert set(shape.functions) > FUNCTIONS
    seen = replace(shape, functions={name: shape.functions[name] for name in FUNCTIONS})
    bill = make_bill(seen, config, read_assumptions(), PRICES)
    metered = _cost(**{key: bill.amount(key) for key in METERED})
    assert MONTH_DAYS * _dollars(constant, {}) + metered == pytest.approx(told.bill.usd, abs=0.01)


def test_the_dashboard_says_what_the_money_rests_on(
    synthesised: Synthesised, told: Figures
) -> None:
    """Beside the graph the estimate; on both that this is computed, by prices of which date."""
    (text,) = (
        one["properties"]["markdown"]
        for one in widgets(synthesised)
        if "### Cost" in one["properties"].get("markdown", "")
    )
    assert f"**{told.bill.usd:.2f} USD** a month for this museum" in text
    assert "not a bill" in text
    title = _graph(synthesised)["title"]
    dated = PRICES.dated(METERED)
    assert dated in text
    assert dated in title
    assert "not a bill" in title
    assert "all museums" in title


def test_without_prices_there_is_no_graph_and_no_guess(trial: Synthesised) -> None:
    """In a Region of which nothing is known; each museum's dashboard names what is missing."""
    shown = widgets(trial, "trial-museums-lab-new-wing")
    assert not [one for one in shown if "USD" in one["properties"].get("title", "")]
    (text,) = (
        one["properties"]["markdown"]
        for one in shown
        if "### Cost" in one["properties"].get("markdown", "")
    )
    assert "No estimate: no price is known in eu-north-1" in text
    assert (trial.folder / NOTE).read_text("utf-8").startswith("No cost estimate: no price is")


def test_the_synthesis_leaves_the_estimate_in_a_file(
    synthesised: Synthesised, told: Figures
) -> None:
    """A line a museum and the sum, which scripts/cdk synth prints."""
    note = (synthesised.folder / NOTE).read_text("utf-8")
    assert f"us-east-1 ({told.dated})" in note
    rows = dict(line.rsplit(maxsplit=1) for line in note.splitlines() if line.startswith("  "))
    assert rows == {
        "  city-gallery": f"{told.bill.usd:.2f}",
        "  the deployment": f"{told.bill.usd:.2f}",
    }


def test_prices_are_written_as_plain_decimals() -> None:
    """As a person reads them in costs/prices.toml, and metric math takes them."""
    assert UnitPrice(usd=0.0000133334, per=1).of("d") == "(d)*0.0000133334"
    assert UnitPrice(usd=1.0, per=1_000_000).of("h") == "(h)*1/1000000"


def test_each_museum_bears_its_own_part(trial: Synthesised, tmp_path: Path) -> None:
    """The parts add up; a museum that is larger, or open longer, bears more."""
    text = (trial.folder.parent / "trial.toml").read_text("utf-8")
    file = tmp_path / "trial.toml"
    file.write_text(
        text.replace('{ id = "screen", title = "Screen" }',
                     '{ id = "screen", title = "Screen" }, { id = "fan", title = "Fan" }'),
        encoding="utf-8",
    )  # fmt: skip
    shape, assumed = read_shape(trial.folder), read_assumptions()
    prices: Prices = PRICES
    same = make_bill(shape, load_museums(trial.folder.parent / "trial.toml"), assumed, prices)
    more = make_bill(shape, load_museums(file), assumed, prices)
    for bill in (same, more):
        assert sum(bill.per_museum.values()) == pytest.approx(bill.usd)
    mail = read_prices("us-east-1")["sns_email"].cost(2 * assumed.letters_per_day * MONTH_DAYS)
    assert same.per_museum["old-harbour"] - same.per_museum["new-wing"] == pytest.approx(mail)
    assert more.per_museum["old-harbour"] == pytest.approx(same.per_museum["old-harbour"])
    assert more.per_museum["new-wing"] > same.per_museum["new-wing"] + 0.1
    assert json.loads(json.dumps(more.to_dict()))["usd_per_month_by_museum"].keys() == {
        "old-harbour", "new-wing"
    }  # fmt: skip
