"""Metrics in functions' logs."""

import json

import pytest

from local_cloud.metrics import MetricDatum, read_emf


def line(**members: object) -> str:
    """One line in the embedded metric format."""
    directive = {
        "Namespace": "SmartMuseum",
        "Dimensions": [["museum"], ["museum", "artwork"]],
        "Metrics": [{"Name": "Visits", "Unit": "Count"}, {"Name": "Absent"}],
    }
    meta = {"Timestamp": 1000, "CloudWatchMetrics": [directive]}
    return json.dumps({"_aws": meta, "museum": "city", "artwork": "a-1", **members})


@pytest.mark.parametrize(("value", "values"), [(3, (3.0,)), ([1, 2.5], (1.0, 2.5))])
def test_each_set_of_dimensions_is_one_datum(value: object, values: tuple[float, ...]) -> None:
    """With all its values."""
    assert read_emf(line(Visits=value)) == [
        MetricDatum("SmartMuseum", "Visits", {"museum": "city"}, values, "Count", 1000),
        MetricDatum(
            "SmartMuseum", "Visits", {"museum": "city", "artwork": "a-1"}, values, "Count", 1000
        ),
    ]


@pytest.mark.parametrize("text", ["", "hello", "{}", '{"_aws": 1}', '{"_aws"', '["_aws"]'])
def test_other_lines_hold_no_metrics(text: str) -> None:
    """Whatever a function prints."""
    assert read_emf(text) == []
