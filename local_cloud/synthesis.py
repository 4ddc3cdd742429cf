"""Synthesising the app, as an auditor would: no network, no credentials."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from local_cloud.errors import LocalCloudError

REPOSITORY: Final = Path(__file__).resolve().parent.parent


def synthesise(out: Path, **context: str) -> Path:
    """Runs ``app.py`` with its assembly in ``out``, made anew, and without any AWS setting.

    Args:
        out: The assembly's folder.
        context: The CDK's context: ``museums`` (a path), ``stage``.

    Returns:
        ``out``.

    Raises:
        LocalCloudError: It did not synthesise, e.g. for a finding of cdk-nag that nobody accepted;
            the message carries what it printed.
    """
    shutil.rmtree(out, ignore_errors=True)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    environment |= {
        "CDK_OUTDIR": str(out),
        "CDK_CONTEXT_JSON": json.dumps(context),
        "AWS_EC2_METADATA_DISABLED": "true",
        "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
    }
    run = subprocess.run(  # noqa: S603  # our own app, by the interpreter that runs us
        [sys.executable, str(REPOSITORY / "app.py")],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        said = (run.stdout + run.stderr)[-4000:]
        raise LocalCloudError(f"The CDK app did not synthesise:\n{said}")
    return out
