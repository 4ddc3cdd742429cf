"""The load run, small: the synthesised app stores every visit, within its bounds."""

import json
from pathlib import Path

import pytest

from contracts.museum_toml import load_museums
from costs.load_run import run_load
from tests.infrastructure.synthesised import Synthesised

VISITS = 600


@pytest.mark.integration
def test_every_visit_is_stored_and_every_stage_told(
    synthesised: Synthesised, repository: Path, tmp_path: Path
) -> None:
    """One write unit a visit; the function and the table take a request for ten visits or more."""
    told: list[int] = []
    museum = load_museums(repository / "museum.toml").museums[0]
    run = run_load(synthesised.folder, museum, VISITS, tmp_path, told.append)
    assert run.stored == VISITS == sum(told)
    assert not any(run.failures.values()), run.failures
    stages = {stage.name: stage for stage in run.stages}
    assert list(stages) == ["rule", "queue", "function", "table"]
    assert stages["rule"].requests == 2 * run.messages
    assert stages["queue"].requests > run.messages
    assert stages["table"].requests >= VISITS / 25
    assert all(stage.seconds > 0 for stage in run.stages)
    assert run.write_units_per_visit <= 1.2
    assert run.function_requests_per_visit <= 0.1
    assert json.loads(json.dumps(run.to_dict()))["visits"] == VISITS
