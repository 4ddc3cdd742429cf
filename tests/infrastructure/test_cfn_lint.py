import json
import subprocess
import sys
from pathlib import Path

from tests.infrastructure.synthesised import Synthesised


def test_the_templates_pass_cfn_lint(synthesised: Synthesised) -> None:
    """Every property and every reference is one that CloudFormation knows."""
    done = subprocess.run(
        [
            Path(sys.executable).parent / "cfn-lint", "--format", "json",
            # The CDK makes functions depend on their role twice over; that does no harm.
            "--ignore-checks", "W3005", "--",
            *map(str, sorted(synthesised.folder.glob("*.template.json"))),
        ],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert json.loads(done.stdout) == []
    assert done.returncode == 0
