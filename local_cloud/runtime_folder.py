"""A folder with what AWS's Python runtime brings besides the standard library."""

import importlib.util
from pathlib import Path
from typing import Final

from local_cloud.errors import LocalCloudError

_RUNTIME: Final = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six")
_CLOCK: Final = ("time_machine", "_time_machine")
"""Not AWS's: with it a function's clock can be shifted."""


def make_runtime_folder(folder: Path) -> Path:
    """Links the packages into a folder that can stand on ``sys.path``.

    Raises:
        LocalCloudError: One of them is not installed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in (*_RUNTIME, *_CLOCK):
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            raise LocalCloudError(f"the Python package {name} is missing; install requirements.txt")
        origin = Path(spec.origin)
        target = origin.parent if origin.name == "__init__.py" else origin
        link = folder / target.name
        link.unlink(missing_ok=True)
        link.symlink_to(target)
    return folder
