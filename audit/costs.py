"""The cost estimate, by ``python -m costs``; the audit asks it and adds nothing."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from audit.errors import AuditError
from audit.table import Table, make_table


def cost_table(repository: Path, assembly: Path, museums: Path, region: str) -> Table | None:
    """A month's bill by item; None where this checkout has no estimate.

    Args:
        repository: The checkout.
        assembly: The synthesised app.
        museums: Its ``museum.toml``.
        region: Whose prices; empty for the estimate's own.

    Raises:
        AuditError: The estimate stopped, e.g. at a resource without a price.
    """
    if find_spec("costs") is None or not (repository / "costs" / "__main__.py").is_file():
        return None
    asked = ["--assembly", str(assembly), "--museums", str(museums), "--json"]
    if region:
        asked += ["--region", region]
    done = subprocess.run(  # noqa: S603  # our own command, by the interpreter that runs us
        [sys.executable, "-m", "costs", *asked],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise AuditError(f"the cost estimate stopped: {done.stderr.strip()[-500:]}")
    return read_estimate(json.loads(done.stdout))


def read_estimate(told: dict[str, Any]) -> Table:
    """What the estimate printed, as a table."""
    return make_table(
        "costs",
        "What a month costs, estimated",
        f"US dollars a month in {told['region']}, before taxes. Amounts rest on the assumptions in "
        "costs/assumptions.toml and the dated prices in costs/prices.toml.",
        ("Item", "Amount", "US dollars"),
        [
            *(
                (line["what"], f"{line['amount']:.2f}", f"{line['usd']:.2f}")
                for line in told["lines"]
            ),
            ("TOTAL of the deployment", "", f"{told['usd_per_month']:.2f}"),
            *(
                (f"TOTAL of {museum}", "", f"{usd:.2f}")
                for museum, usd in told["usd_per_month_by_museum"].items()
            ),
        ],
    )
