"""The estimate in a few lines, as ``scripts/cdk synth`` ends with it."""

from typing import Final

from costs.metered import Figures

NOTE: Final = "estimate.txt"
"""Its file in the cloud assembly."""


def note_of(told: Figures) -> str:
    """US dollars a month, museum by museum."""
    bill = told.bill
    rows = [*bill.per_museum.items(), ("the deployment", bill.usd)]
    width = max(len(name) for name, _ in rows)
    prices = f"prices of {bill.region} ({told.dated})"
    lines = [
        f"Estimated US dollars a month, by {prices}, no free amounts, no taxes:",
        *(f"  {name:<{width}} {usd:10,.2f}" for name, usd in rows),
        "Line by line: scripts/audit",
    ]
    return "\n".join(lines) + "\n"
