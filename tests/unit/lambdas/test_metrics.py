"""Metrics become lines that CloudWatch can read."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.metrics import NAMESPACE, Metric
from lambdas.shared.clock import now_ms
from lambdas.shared.metrics import EmfMetrics
from lambdas.shared.museum_time import DAY_MS
from lambdas.shared.ports import Unit


def _lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(st.integers(0, 10**7), max_size=350))
def test_every_value_is_printed_once_in_arrays_of_a_hundred(
    capsys: pytest.CaptureFixture[str], values: list[int]
) -> None:
    """The format takes no longer arrays."""
    EmfMetrics().put(Metric.LATENCY, values, Unit.MILLISECONDS, {"Museum": "city-gallery"})
    arrays = [line[Metric.LATENCY] for line in _lines(capsys)]
    assert [value for array in arrays for value in array] == values
    assert all(1 <= len(array) <= 100 for array in arrays)


def test_a_line_has_these_dimensions_and_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    """A dimension too many would make it another metric."""
    yesterday = now_ms() - DAY_MS  # CloudWatch takes nothing older than 14 days
    EmfMetrics().put(
        Metric.BUSIEST_HOUR_COUNT, [12], Unit.COUNT, {"Museum": "city-gallery"}, at_ms=yesterday
    )
    (line,) = _lines(capsys)
    assert line == {
        "_aws": {
            "Timestamp": yesterday,
            "CloudWatchMetrics": [
                {
                    "Namespace": NAMESPACE,
                    "Dimensions": [["Museum"]],
                    "Metrics": [{"Name": "BusiestHourCount", "Unit": "Count"}],
                }
            ],
        },
        "Museum": "city-gallery",
        "BusiestHourCount": [12.0],
    }
