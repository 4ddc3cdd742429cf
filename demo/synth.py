"""Synthesising the app, as an auditor would: no network, no credentials."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from demo.errors import DemoError
from demo.options import REPOSITORY


def synthesise(out: Path) -> Path:
    """Runs ``app.py`` with its assembly in ``out`` and without any AWS setting; returns ``out``.

    Raises:
        DemoError: The app did not synthesise; the message carries what it printed.
    """
    shutil.rmtree(out, ignore_errors=True)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    environment |= {"CDK_OUTDIR": str(out), "AWS_EC2_METADATA_DISABLED": "true"}
    run = subprocess.run(  # noqa: S603  # our own app, by the interpreter that runs us
        [sys.executable, str(REPOSITORY / "app.py")],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        raise DemoError(f"The CDK app did not synthesise:\n{run.stdout}{run.stderr}")
    return out
