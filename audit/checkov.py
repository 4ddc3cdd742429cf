"""checkov over the synthesised templates.

Its own packages contradict ours, so it lives in an environment of its own (``scripts/checkov``).
"""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

from audit.errors import AuditError

REPOSITORY: Final = Path(__file__).resolve().parent.parent
ENVIRONMENT: Final = REPOSITORY / "build" / "checkov"
"""Where ``scripts/checkov`` installs it."""


def find_checkov() -> Path | None:
    """The command: that of ``CHECKOV``, of ``scripts/checkov``, or of the path; else None."""
    named = os.environ.get("CHECKOV") or str(ENVIRONMENT / "bin" / "checkov")
    found = shutil.which(named) or shutil.which("checkov")
    return Path(found) if found else None


def check_with_checkov(command: Path, assembly: Path) -> list[str]:
    """The failed checks, one a line; acceptances are in the templates, with their reasons.

    Raises:
        AuditError: checkov did not run, or could not read a template.
    """
    done = subprocess.run(  # noqa: S603  # the command that was found above
        [command, "--directory", assembly, "--framework", "cloudformation", "--output", "json",
         "--quiet", "--compact", "--skip-download"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    try:
        told: dict[str, Any] = json.loads(done.stdout)
        summary = told["summary"]
    except (ValueError, KeyError, TypeError) as error:
        raise AuditError(f"checkov did not run: {done.stderr.strip()[-500:]}") from error
    templates = sum(1 for _ in assembly.glob("*.template.json"))
    if summary["parsing_errors"] or not summary["passed"] or not templates:
        raise AuditError(f"checkov could not read {assembly}: {summary}")
    return [
        f"checkov {one['check_id']} {one['resource']}: {one['check_name']}"
        for one in told["results"]["failed_checks"]
    ]
