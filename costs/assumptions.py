"""What the estimate assumes, from one file."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

from contracts.museum_toml import DeploymentConfig
from costs.errors import CostError

ASSUMPTIONS: Final = Path(__file__).with_name("assumptions.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """See ``assumptions.toml``, which says what each of them is."""

    region: str
    budget_usd: float
    pis_per_artwork: float
    visits_per_pi_day: float
    visits_per_message: float
    messages_per_batch: float
    disconnects_per_pi_day: float
    letters_per_day: float
    refused_per_day: float
    insights_metrics: int
    visit_bytes: int
    rollup_bytes: int
    heartbeat_bytes: int
    log_bytes_per_call: int
    report_bytes: int
    pollers: int
    poll_s: float
    ms_per_call: Mapping[str, float]

    def duration_ms(self, function: str) -> float:
        """Billed milliseconds of a call.

        Raises:
            CostError: Nothing is assumed of this function.
        """
        if function not in self.ms_per_call:
            raise CostError(
                f"nothing is assumed of the function {function}: add it to ms_per_call in "
                "costs/assumptions.toml"
            )
        return self.ms_per_call[function]


def read_assumptions(path: Path = ASSUMPTIONS) -> Assumptions:
    """The assumptions.

    Raises:
        CostError: A key is missing or unknown.
    """
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    known = {field.name for field in fields(Assumptions)}
    if table.keys() != known:
        raise CostError(f"{path.name}: these keys are missing or unknown: {table.keys() ^ known}")
    return Assumptions(**table)


def region_of(config: DeploymentConfig, assumed: Assumptions, asked: str = "") -> str:
    """The Region whose prices count: the one asked for, museum.toml's, or the assumed one."""
    return asked or config.deployment.region or assumed.region
