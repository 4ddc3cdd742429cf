"""Prices: dated, sourced, refused where they are not known."""

import tomllib
from datetime import date
from pathlib import Path

import pytest

from costs.assumptions import read_assumptions
from costs.errors import CostError
from costs.prices import PRICES, read_prices, regions


def test_every_price_has_a_date_and_a_source() -> None:
    """None is older than the file's oldest quotation, none from the future."""
    for key, entry in tomllib.loads(PRICES.read_text("utf-8")).items():
        for region in (name for name, value in entry.items() if "-" in name and value):
            price = read_prices(region)[key]
            assert price.usd > 0, key
            assert date(2025, 1, 1) < price.on < date(2026, 11, 22), key
            assert price.source.startswith(("list", "page ")), key


def test_an_unknown_price_is_refused_by_name() -> None:
    """Not guessed from another Region."""
    with pytest.raises(CostError, match=r"eu-north-1 for 'IoT Core: rules triggered.*us-east-1"):
        read_prices("eu-north-1")["iot_rule"]
    with pytest.raises(CostError, match="eu-north-1"):
        read_prices("eu-north-1")["dashboard"]


def test_a_price_that_stands_in_for_an_unknown_one_says_so() -> None:
    """In its own words and wherever the prices' dates are told; the Region's own do not."""
    prices = read_prices("eu-west-1")
    assert prices["iot_rule"].usd == read_prices("us-east-1")["iot_rule"].usd
    assert prices["iot_rule"].what.endswith(" (as in us-east-1)")
    assert prices.dated(["dynamodb_write", "iot_rule", "iot_action"]).endswith(
        "; iot_action as in us-east-1; iot_rule as in us-east-1"
    )
    assert " as in " not in prices["dynamodb_write"].what + prices.dated(["dynamodb_write"])
    assert regions() == ("eu-west-1", "us-east-1")


def test_the_assumed_region_is_one_of_which_every_price_is_known() -> None:
    """Else the estimate could never be made without being asked for a Region."""
    assert read_assumptions().region in regions()
    assert "eu-north-1" not in regions()


def test_free_amounts_count_only_when_asked_for() -> None:
    """The first million SQS requests of a month are free."""
    price = read_prices("us-east-1")["sqs_standard"]
    assert price.cost(3_000_000) == pytest.approx(1.20)
    assert price.cost(3_000_000, free_tier=True) == pytest.approx(0.80)
    assert price.cost(10, free_tier=True) == 0


def test_the_ten_thousandth_metric_is_cheaper_from_there() -> None:
    """The second step of the price."""
    price = read_prices("us-east-1")["custom_metric"]
    assert price.cost(10_000) == pytest.approx(3000)
    assert price.cost(11_000) == pytest.approx(3000 + 100)


def test_assumptions_name_every_key(tmp_path: Path) -> None:
    """A key that is misspelt or forgotten is an error."""
    file = tmp_path / "assumptions.toml"
    file.write_text("regoin = 'us-east-1'", encoding="utf-8")
    with pytest.raises(CostError, match="regoin"):
        read_assumptions(file)
