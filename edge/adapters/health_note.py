"""A note on how the process is, for whoever upgrades it: ``/run/museum-edge/health.json``.

It lies in the service's ``RuntimeDirectory``, which is memory and vanishes with the process, and
holds nothing of what the camera sees. ``edge/health.py`` reads it.
"""

import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from contracts.camera_state import CameraState
from edge.health import Health, HealthState
from edge.ports import Clock

_log = logging.getLogger(__name__)

NAME: Final = "health.json"
EVERY_S: Final = 5.0
"""A note is written at most this often, changes of state apart."""


class HealthNote:
    """A ``Supervisor`` that leaves a note, replaced atomically.

    A note that cannot be written is worth one warning, never the process.
    """

    def __init__(
        self, file: Path | None, *, version: str, camera: Callable[[], CameraState], clock: Clock
    ) -> None:
        """Prepares the note; nothing is written yet.

        Args:
            file: Where; None writes nothing.
            version: Of this software.
            camera: Tells the camera's present state; called by ``alive`` in its thread.
            clock: Time.
        """
        self._file = file
        self._version = version
        self._camera = camera
        self._clock = clock
        self._state = HealthState.STARTING
        self._written: tuple[HealthState, CameraState] | None = None
        self._written_s = float("-inf")
        self._complained = False

    @staticmethod
    def file_of_environment(environment: Mapping[str, str] = os.environ) -> Path | None:
        """The note of a service that systemd gave a ``RuntimeDirectory``; else None."""
        folder = environment.get("RUNTIME_DIRECTORY", "").split(":")[0]
        return Path(folder) / NAME if folder else None

    def ready(self) -> None:
        """Notes that the process has started."""
        self._note()

    def alive(self) -> None:
        """Notes that the capture loop makes progress."""
        self._state = HealthState.RUNNING
        self._note()

    def status(self, text: str) -> None:
        """Nothing: the note holds no free text."""

    def stopping(self) -> None:
        """Notes that an orderly stop has begun."""
        self._state = HealthState.STOPPING
        self._note()

    def _note(self) -> None:
        if self._file is None:
            return
        what, now_s = (self._state, self._camera()), self._clock.monotonic_s()
        if what == self._written and now_s - self._written_s < EVERY_S:
            return
        self._written, self._written_s = what, now_s
        health = Health(
            version=self._version,
            pid=os.getpid(),
            state=what[0],
            camera=what[1],
            updated_at=self._clock.now_ms(),
        )
        try:
            new = self._file.with_suffix(".new")
            new.write_text(health.encode(), encoding="utf-8")
            new.replace(self._file)
        except OSError as exc:
            if not self._complained:
                self._complained = True
                _log.warning("the health note %s cannot be written: %s", self._file, exc)
