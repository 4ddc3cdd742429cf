"""What the seed's own setup would cost for the same museum, by the same prices.

The setup is that of the project this one grew from: a message for every classified face, a table
with the key ``id``, a function for every message that puts one item and one metric, and once a day
three functions that scan the whole table, publish a metric an artwork and the busiest hour, and
send three mails. Two of its faults are left out in its favour: an item gets the ``id`` that its own
code forgets (every write is rejected without), and a scan goes on after the first megabyte (it is
cut off there).

Of our own bill only the same jobs are held against it: what it has nothing of (alarms, dashboards,
heartbeats, keys) is left out.
"""

import argparse
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from contracts.errors import ContractError
from contracts.museum_toml import DeploymentConfig, load_museums
from contracts.museums import Artwork
from contracts.status import HEARTBEAT_S
from costs.assumptions import Assumptions, read_assumptions
from costs.bill import make_bill
from costs.errors import CostError
from costs.hours import open_days, open_hours
from costs.prices import Prices, read_prices
from costs.series import HOURS
from costs.shape import MONTH_DAYS, Shape, read_shape
from local_cloud.metering import READ_UNIT_BYTES

PIS: Final = 20
MESSAGES_PER_VISIT: Final = 105.0
"""Three a second, as in its own log (1,479 rows in 491 seconds), for the 34.8 s that a visit of the
workload lasts on average."""
ITEM_BYTES: Final = 125
"""Artwork, expression, time as text, confidence, and a UUID as ``id``; a test measures one."""
SCANS_A_DAY: Final = 3
_MEMORY_GB: Final = 0.125
_CALL_S: Final = 0.1
"""Lambda's smallest size; a put and a metric, one after the other, on two warm connections."""
_LOG_BYTES: Final = 900
"""Lambda's three lines, and the event, the item and two results that the code prints."""
_SCAN_CALL_S: Final = 3.0
_NOT_THE_SEEDS: Final = frozenset({"alarm_metric", "dashboard", "kms_key", "kms_request"})
_HEARTBEAT_KEYS: Final = ("iot_message", "iot_rule", "iot_action", "dynamodb_write")


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One setup's month: how much of everything, and US dollars."""

    amounts: Mapping[str, float]
    usd: float


def scan_units(items_a_day: float, days: int, item_bytes: float = ITEM_BYTES) -> float:
    """Read units of a month of daily whole scans of a table that grows by so many items a day."""
    sizes = (day * items_a_day * item_bytes for day in range(1, days + 1))
    return sum(SCANS_A_DAY * max(0.5, size / READ_UNIT_BYTES / 2) for size in sizes)


def seed_side(
    config: DeploymentConfig, assumed: Assumptions, prices: Prices, messages_per_visit: float
) -> Side:
    """The seed's month for twenty Pis of the first museum."""
    museum = config.museums[0]
    days = open_days(museum)
    messages = PIS * days * assumed.visits_per_pi_day * messages_per_visit
    runs = SCANS_A_DAY * MONTH_DAYS
    amounts = {
        "iot_connectivity": PIS * MONTH_DAYS * 24 * 60.0,
        "iot_message": messages,
        "iot_rule": messages,
        "iot_action": messages,
        "lambda_request": messages + runs,
        "lambda_gb_s": (messages * _CALL_S + runs * _SCAN_CALL_S) * _MEMORY_GB,
        "put_metric_data": messages + MONTH_DAYS * (PIS + 1),
        "dynamodb_write": messages,
        "dynamodb_read": scan_units(messages / MONTH_DAYS, MONTH_DAYS),
        "dynamodb_storage": messages * ITEM_BYTES / 2**30,
        "log_ingest": (messages + runs) * _LOG_BYTES / 2**30,
        "custom_metric": ((PIS + 1) * MONTH_DAYS + open_hours(museum)) / HOURS,
        "sns_email": SCANS_A_DAY * float(MONTH_DAYS),
    }
    return _priced(amounts, prices)


def our_side(shape: Shape, config: DeploymentConfig, assumed: Assumptions, prices: Prices) -> Side:
    """Our month for the same Pis, each beside an artwork of its own, the same jobs only."""
    museum = replace(
        config.museums[0],
        artworks=tuple(Artwork(id=f"artwork-{i}", title=f"Artwork {i}") for i in range(PIS)),
    )
    same = replace(config, museums=(museum,))
    bill = make_bill(shape, same, replace(assumed, pis_per_artwork=1), prices)
    amounts = {line.key: line.amount for line in bill.lines if line.key not in _NOT_THE_SEEDS}
    heartbeats = PIS * MONTH_DAYS * 24 * 3600 / HEARTBEAT_S
    for key in _HEARTBEAT_KEYS:
        amounts[key] -= heartbeats
    return _priced(amounts, prices)


def _priced(amounts: Mapping[str, float], prices: Prices) -> Side:
    usd = sum(prices[key].cost(amount) for key, amount in amounts.items())
    return Side(amounts=dict(amounts), usd=usd)


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m costs.seed", description=__doc__)
    parser.add_argument("--assembly", type=Path, default=Path("cdk.out"))
    parser.add_argument("--museums", type=Path, default=Path("museum.toml"))
    parser.add_argument("--messages-per-visit", type=float, default=MESSAGES_PER_VISIT)
    args = parser.parse_args(arguments)
    config, assumed = load_museums(args.museums), read_assumptions()
    prices = read_prices(assumed.region)
    ours = our_side(read_shape(args.assembly), config, assumed, prices)
    seeds = seed_side(config, assumed, prices, args.messages_per_visit)
    table = Table(title=f"{PIS} Pis, a month, {prices.region}", title_justify="left")
    for column in ("what", "seed", "USD", "ours", "USD"):
        table.add_column(column, justify="left" if column == "what" else "right")
    for key in sorted(seeds.amounts.keys() | ours.amounts.keys()):
        cells = [prices[key].what]
        for side in (seeds, ours):
            amount = side.amounts.get(key, 0.0)
            cells += [f"{amount:,.1f}", f"{prices[key].cost(amount):,.2f}"]
        table.add_row(*cells)
    table.add_row("in all", "", f"{seeds.usd:,.2f}", "", f"{ours.usd:,.2f}")
    console = Console(highlight=False)
    console.print(table)
    console.print(f"Ours is {ours.usd / seeds.usd:.1%} of the seed's.")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (ContractError, CostError) as error:
        sys.exit(f"costs.seed: {error}")
