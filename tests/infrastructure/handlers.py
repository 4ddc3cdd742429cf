"""Loads a deployed function as Lambda would: from its package and the runtime's own boto3 alone."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.infrastructure.synthesised import Synthesised

FUNCTIONS = (
    "store_visits",
    "roll_up",
    "publish_statistics",
    "daily_report",
    "watch_expressions",
    "watch_devices",
    "send_mail",
)
RUNTIMES_OWN = ("boto3", "botocore", "s3transfer", "jmespath", "python-dateutil", "urllib3", "six")

_LOAD = """
import importlib, sys
package, runtime, module, attribute = sys.argv[1:]
sys.path.insert(0, package)
sys.path.append(runtime)
assert callable(getattr(importlib.import_module(module), attribute))
for name, loaded in sorted(sys.modules.items()):
    if name.startswith(("lambdas", "contracts")) and loaded.__file__:
        print(loaded.__file__)
"""


def properties(synthesised: Synthesised, name: str) -> dict[str, Any]:
    """The properties of the function in ``lambdas/<name>``."""
    functions = synthesised.resources("AWS::Lambda::Function").values()
    (function,) = (f for f in functions if f["Handler"].split(".")[1] == name)
    return function


def package_of(synthesised: Synthesised, name: str) -> Path:
    """The folder that is deployed for the function."""
    key: str = properties(synthesised, name)["Code"]["S3Key"]
    return synthesised.folder / f"asset.{key.removesuffix('.zip')}"


def load(synthesised: Synthesised, runtime: Path, name: str) -> list[Path]:
    """Imports the handler in a bare interpreter; gives the files of ours that it imported."""
    function, package = properties(synthesised, name), package_of(synthesised, name)
    module, _, attribute = function["Handler"].rpartition(".")
    given = {
        key: value if isinstance(value, str) else "a-name"
        for key, value in function["Environment"]["Variables"].items()
    }
    done = subprocess.run(
        # -I and -S: neither this environment's packages nor the checkout.
        [sys.executable, "-I", "-S", "-B", "-c", _LOAD, package, runtime, module, attribute],
        env={**given, "AWS_DEFAULT_REGION": "eu-west-1", "LAMBDA_TASK_ROOT": str(package)},
        cwd=package,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [Path(line) for line in done.stdout.splitlines()]
