"""``python -m costs``: the monthly bill of what ``museum.toml`` deploys, estimated."""

import argparse
import json
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from contracts.errors import ContractError
from contracts.museum_toml import load_museums
from costs.assumptions import read_assumptions
from costs.errors import CostError
from costs.estimate import Estimate, estimate, estimate_from
from local_cloud.errors import LocalCloudError

_NAMES = {"pi": "one more Pi at an artwork", "artwork": "one more artwork, with its Pi"}
_SHOWN_FROM = 0.005


def _show(result: Estimate, console: Console) -> None:
    bill = result.bill
    table = Table(
        title=f"A month in {bill.region}, {bill.museums} museum(s), US dollars, "
        + ("AWS's free amounts taken off" if bill.free_tier else "no free amounts taken off"),
        title_justify="left",
    )
    for column in ("what", "amount", "USD"):
        table.add_column(column, justify="left" if column == "what" else "right")
    small = 0.0
    for line in bill.lines:
        if line.usd < _SHOWN_FROM:
            small += line.usd
        else:
            table.add_row(line.what, f"{line.amount:,.2f}", f"{line.usd:,.2f}")
    table.add_row("everything that is less than half a cent", "", f"{small:,.2f}", end_section=True)
    table.add_row("the deployment", "", f"{bill.usd:,.2f}")
    for museum, usd in bill.per_museum.items():
        table.add_row(f"of it {museum}", "", f"{usd:,.2f}")
    table.add_section()
    for kind, usd in result.margins.items():
        table.add_row(_NAMES.get(kind, "one more museum like the first"), "", f"{usd:,.2f}")
    console.print(table)
    budget = read_assumptions().budget_usd
    console.print(f"Budget: {budget:,.2f} a museum (costs/assumptions.toml). Taxes are left out.")


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m costs", description=__doc__)
    parser.add_argument("--museums", type=Path, default=Path("museum.toml"))
    parser.add_argument("--region", default="", help="whose prices (museum.toml's, or us-east-1)")
    parser.add_argument(
        "--assembly", type=Path, help="price this cdk.out; no synthesis, no margins"
    )
    parser.add_argument("--free-tier", action="store_true", help="take AWS's free amounts off")
    parser.add_argument("--json", action="store_true", help="print JSON")
    args = parser.parse_args(arguments)
    options = {"region": args.region, "free_tier": args.free_tier}
    if args.assembly:
        result = estimate(args.assembly, load_museums(args.museums), **options)
    else:
        result = estimate_from(args.museums, **options)
    if args.json:
        print(json.dumps(result.to_dict(), indent=2))
    else:
        _show(result, Console(highlight=False))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (ContractError, CostError, LocalCloudError) as error:
        sys.exit(f"costs: {error}")
