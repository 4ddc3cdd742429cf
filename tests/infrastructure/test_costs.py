"""The estimate of the monthly bill, from the synthesised templates."""

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from contracts.museum_toml import DeploymentConfig, load_museums
from contracts.status import STAGES, STATUS_FIELDS
from costs.__main__ import main
from costs.assumptions import read_assumptions
from costs.bill import Bill, make_bill
from costs.errors import CostError
from costs.estimate import estimate
from costs.prices import read_prices
from costs.shape import Shape, read_shape
from lambdas.shared.visit_table import visit_item
from local_cloud.metering import item_bytes
from local_cloud.rule_actions import attribute
from tests.fakes.visits import make_visit
from tests.infrastructure.synthesised import Synthesised


@pytest.fixture(scope="module")
def config(repository: Path) -> DeploymentConfig:
    """The project's own museum.toml."""
    return load_museums(repository / "museum.toml")


@pytest.fixture(scope="module")
def shape(synthesised: Synthesised) -> Shape:
    """What its templates declare."""
    return read_shape(synthesised.folder)


def _bill(shape: Shape, config: DeploymentConfig, **changes: float) -> Bill:
    assumed = replace(read_assumptions(), **changes)  # type: ignore[arg-type]  # numbers, all
    return make_bill(shape, config, assumed, read_prices("us-east-1"))


def test_the_museum_keeps_its_budget(synthesised: Synthesised, config: DeploymentConfig) -> None:
    """Without any of AWS's free amounts."""
    bill = estimate(synthesised.folder, config, region="us-east-1").bill
    (usd,) = bill.per_museum.values()
    assert usd == pytest.approx(bill.usd)
    assert 0 < usd <= read_assumptions().budget_usd


def test_what_the_templates_declare_is_counted(shape: Shape, synthesised: Synthesised) -> None:
    """Against a count of the templates' own words."""
    text = json.dumps(synthesised.templates)
    assert shape.count("AWS::CloudWatch::Dashboard") == 1
    assert shape.count("AWS::KMS::Key") == text.count('"AWS::KMS::Key"')
    assert shape.functions["watch_devices"].scheduled_calls == 30 * 720
    assert shape.functions["daily_report"].scheduled_calls == 30
    assert shape.functions["store_visits"].scheduled_calls == 0
    assert sorted(shape.mapped) == [("send_mail", True), ("store_visits", False)]
    assert shape.alarm_queries == text.count("SELECT SUM(")
    assert shape.alarm_metrics + shape.alarm_queries >= text.count('"AWS::CloudWatch::Alarm"')


def test_a_function_of_every_stack_has_an_assumed_duration(shape: Shape) -> None:
    """A new function must be thought of."""
    assert read_assumptions().ms_per_call.keys() == shape.functions.keys()


def test_more_visits_cost_more_and_nothing_else_moves(
    shape: Shape, config: DeploymentConfig
) -> None:
    """One write unit a visit."""
    few, many = (_bill(shape, config, visits_per_pi_day=n) for n in (100, 1100))
    visits = 12 * 25 * 1000
    assert many.amount("dynamodb_write") - few.amount("dynamodb_write") == visits
    assert many.amount("alarm_metric") == few.amount("alarm_metric")
    assert many.amount("custom_metric") == few.amount("custom_metric")
    assert many.usd > few.usd


def test_the_margin_of_a_pi_is_its_own_traffic(
    synthesised: Synthesised, config: DeploymentConfig
) -> None:
    """Its heartbeats, connection and visits: cents, for it adds no resource."""
    margin = estimate(synthesised.folder, config, region="us-east-1").margins["pi"]
    assert 0.05 < margin < 0.25


def test_the_assumed_sizes_hold(config: DeploymentConfig) -> None:
    """Visits with long names and all their decimals; heartbeats of a Pi that has run for a year."""
    assumed = read_assumptions()
    visit = replace(
        make_visit(),
        artwork_id="girl-with-a-lamp",
        device_id="gallery-cam-12",
        confidence=0.7357,
        expressions=(0.101, 0.617, 0.051, 0.051, 0.045, 0.045, 0.045, 0.045),
        inference_ms=12.3456,
    )
    size = item_bytes(visit_item(visit, config.museums[0].zone, 30))
    assert 0.8 * assumed.visit_bytes < size <= assumed.visit_bytes
    busy = dict.fromkeys(STATUS_FIELDS, 123456789) | {
        "museum_id": "museum-of-modern-art",
        "device_id": "gallery-cam-12",
        "artwork_id": "girl-with-a-lamp",
        "sent_at": 1_792_900_000_123,
        "received_at": 1_792_900_000_456,
        "client_id": "gallery-cam-12",
        "state": "online",
        "mode": "count-only",
        "camera": "out_of_focus",
        "stages_ms": {stage: Decimal("1234.567") for stage in STAGES},
        "frames_per_s": Decimal("29.97"),
        "temperature_c": Decimal("81.2"),
        "throttled": True,
        "clock_synced": True,
        "model": "expression-1.2.3",
        "software": "1.2.3",
    }
    heartbeat = item_bytes({name: attribute(value) for name, value in busy.items()})
    assert 0.5 * assumed.heartbeat_bytes < heartbeat <= assumed.heartbeat_bytes


def test_an_unpriced_resource_is_refused(tmp_path: Path) -> None:
    """Never left out in silence."""
    template = {"Resources": {"Cluster": {"Type": "AWS::RDS::DBCluster"}}}
    (tmp_path / "x.template.json").write_text(json.dumps(template), encoding="utf-8")
    with pytest.raises(CostError, match="AWS::RDS::DBCluster"):
        read_shape(tmp_path)


def test_a_region_without_prices_is_refused(
    synthesised: Synthesised, config: DeploymentConfig
) -> None:
    """It says which price is missing."""
    with pytest.raises(CostError, match="no price is known in eu-south-1"):
        estimate(synthesised.folder, config, region="eu-south-1")


def test_the_command_prints_json(
    synthesised: Synthesised, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """For the audit and for scripts."""
    where = ["--museums", str(repository / "museum.toml"), "--assembly", str(synthesised.folder)]
    assert main([*where, "--region", "us-east-1", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["usd_per_month"] == pytest.approx(
        sum(one["usd"] for one in told["lines"]), abs=0.01
    )
    assert told["one_more"]["pi"] > 0
    assert main([*where, "--region", "us-east-1", "--free-tier"]) == 0
    assert "free amounts taken off" in capsys.readouterr().out
