"""Which part of the bill the dashboards compute from what CloudWatch meters, and which they cannot.

Its alarms, metrics, keys and dashboards stand there whatever happens; of storage, logs, mail and
what runs by the clock alone nothing is metered on the dashboards: too little money for a line.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from contracts.museum_toml import DeploymentConfig
from costs.assumptions import read_assumptions, region_of
from costs.bill import Bill, make_bill
from costs.prices import read_prices
from costs.shape import read_shape

METERED: Final = (
    "iot_connectivity",
    "iot_message",
    "iot_rule",
    "iot_action",
    "sqs_standard",
    "lambda_request",
    "lambda_gb_s",
    "dynamodb_read",
    "dynamodb_write",
)
"""Prices by which ``stacks/constructs/cost_widgets.py`` turns use into money."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a synthesis tells of money.

    Attributes:
        bill: The month's, without free amounts.
        unmetered_usd: US dollars of it that the dashboards do not compute from use.
        dated: From when the prices of the bill are.
    """

    bill: Bill
    unmetered_usd: float
    dated: str


def figures(assembly: Path, config: DeploymentConfig, *, functions: Collection[str]) -> Figures:
    """Estimates what a cloud assembly would cost.

    Args:
        assembly: What was synthesised.
        config: For which museums.
        functions: Names of the functions whose use the dashboards meter.

    Raises:
        CostError: A price is not known in the Region, or the templates hold something unpriced.
    """
    assumed = read_assumptions()
    prices = read_prices(region_of(config, assumed))
    shape = read_shape(assembly)
    bill = make_bill(shape, config, assumed, prices)
    seen = {name: one for name, one in shape.functions.items() if name in functions}
    of_seen = make_bill(replace(shape, functions=seen), config, assumed, prices)
    metered = sum(line.usd for line in of_seen.lines if line.key in METERED)
    return Figures(
        bill=bill,
        unmetered_usd=bill.usd - metered,
        dated=prices.dated(line.key for line in bill.lines),
    )
