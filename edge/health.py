"""Is the process that runs the new version, and is it well? What an upgrade asks.

``python -m edge.health FILE --pid N --version V --tolerate STATE,…`` exits 0 if so, 1 if not, and
says why not in one line. Standard library only.
"""

import argparse
import json
import sys
import time
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, Self

from contracts.camera_state import CameraState

FRESH_MS: Final = 20_000
"""A note is written every five seconds; four times that is silence."""
WELL: Final = frozenset({CameraState.OK, CameraState.CLOSED})
"""Frames are handled, or the camera is closed on purpose: the process does what it should."""


class HealthState(StrEnum):
    """Where the process is in its life."""

    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What the process notes of itself.

    Attributes:
        version: Of the software that runs.
        pid: Process id of the writer.
        state: ``RUNNING`` from the capture loop's first progress on.
        camera: The camera's state.
        updated_at: When it was written, ms since 1970 UTC.
    """

    version: str
    pid: int
    state: HealthState
    camera: CameraState
    updated_at: int

    def encode(self) -> str:
        """As a JSON document."""
        return json.dumps(asdict(self)) + "\n"

    @classmethod
    def decode(cls, text: str) -> Self:
        """From the JSON document.

        Raises:
            ValueError: It is none.
        """
        try:
            fields = json.loads(text)
            return cls(
                version=str(fields["version"]),
                pid=int(fields["pid"]),
                state=HealthState(fields["state"]),
                camera=CameraState(fields["camera"]),
                updated_at=int(fields["updated_at"]),
            )
        except (KeyError, TypeError) as exc:
            raise ValueError(f"no health note: {exc!r}") from exc


def why_unwell(
    health: Health, *, pid: int, version: str, tolerated: Collection[CameraState], now_ms: int
) -> str | None:
    """What speaks against the process being well, or None.

    Args:
        health: Its note.
        pid: The process that the service manager started.
        version: The version that should run.
        tolerated: States of the camera that are not held against it, e.g. the one that the
            version before was in.
        now_ms: The wall clock, ms since 1970 UTC.
    """
    if health.pid != pid:
        return f"the note is of process {health.pid}, the service is process {pid}"
    if health.version != version:
        return f"version {health.version} runs, not {version}"
    if abs(now_ms - health.updated_at) > FRESH_MS:
        return f"its last sign of life is {abs(now_ms - health.updated_at) // 1000} s old"
    if health.state is not HealthState.RUNNING:
        return f"it is {health.state.value}"
    if health.camera not in WELL and health.camera not in tolerated:
        return f"its camera is {health.camera.value}"
    return None


def read(file: Path) -> Health:
    """Reads a note.

    Raises:
        OSError: There is none.
        ValueError: The file is no note.
    """
    return Health.decode(file.read_text("utf-8"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints ``well``, or why not; with no ``--pid`` the camera's state.

    Returns:
        0 if the process is well, else 1.
    """
    parser = argparse.ArgumentParser(prog="python -m edge.health")
    parser.add_argument("file", type=Path)
    parser.add_argument("--pid", type=int)
    parser.add_argument("--version", default="")
    parser.add_argument("--tolerate", type=CameraState, action="append", default=[])
    args = parser.parse_args(arguments)
    try:
        health = read(args.file)
    except (OSError, ValueError) as exc:
        sys.stdout.write(f"no note yet ({type(exc).__name__})\n")
        return 1
    if args.pid is None:
        sys.stdout.write(f"{health.camera.value}\n")
        return 0
    problem = why_unwell(
        health,
        pid=args.pid,
        version=args.version,
        tolerated=args.tolerate,
        now_ms=time.time_ns() // 1_000_000,
    )
    sys.stdout.write(f"{problem or 'well'}\n")
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main())
