"""What software runs here; a report of a fault should name it."""

import platform
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Final

from edge import VERSION
from edge.doctor.report import Finding, failed, passed

_PACKAGES: Final = {
    "numpy": "numpy",
    "opencv-python-headless": "cv2",
    "awsiotsdk": "awsiot",
    "fastjsonschema": "fastjsonschema",
}
"""What is imported from each; Debian's own packages go by other names."""
_RUNTIMES: Final = {"ai-edge-litert": "ai_edge_litert", "tflite-runtime": "tflite_runtime"}


def versions() -> Finding:
    """Looks up all versions; judges whether something is missing."""
    wanted = _PACKAGES | _RUNTIMES
    return judge_versions({name: _version(name, module) for name, module in wanted.items()})


def judge_versions(found: dict[str, str | None]) -> Finding:
    """Judges installed packages, by name; None is missing."""
    missing = [name for name in _PACKAGES if found.get(name) is None]
    if not any(found.get(name) for name in _RUNTIMES):
        missing.append(" or ".join(_RUNTIMES))
    there = {name: number for name, number in found.items() if number is not None}
    machine = f"Python {platform.python_version()}, {platform.machine()}"
    text = f"museum-edge {VERSION}, {machine}"
    figures = {"museum_edge": VERSION, "python": platform.python_version(), **there}
    if missing:
        mend = "install it again: sudo edge/install.sh --upgrade"
        return failed(f"{text}; not installed: {', '.join(missing)}", mend, **figures)
    listed = ", ".join(f"{name} {number}" for name, number in there.items())
    return passed(f"{text}, {listed}", **figures)


def _version(name: str, module: str) -> str | None:
    if find_spec(module) is None:
        return None
    try:
        return version(name)
    except PackageNotFoundError:
        return "of the system"
