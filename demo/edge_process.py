"""The real edge process, as the Pi's service manager would run it."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from demo.errors import DemoError
from demo.options import REPOSITORY

STOP_TIMEOUT_S = 60.0
Toml = dict[str, dict[str, str | int | float | bool]]


def write_toml(path: Path, tables: Toml) -> None:
    """Writes flat tables; JSON's scalars are TOML's."""
    lines = [
        line
        for table, values in tables.items()
        for line in (f"[{table}]", *(f"{k} = {json.dumps(v)}" for k, v in values.items()), "")
    ]
    path.write_text("\n".join(lines), encoding="utf-8")


@dataclass
class EdgeProcess:
    """``museum-edge run`` as a child process.

    Attributes:
        config: Its ``edge.toml``.
        log: Where its output goes; a restart appends.
    """

    config: Path
    log: Path
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """Starts it; it lives on until stopped or killed."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603  # our own process
                [sys.executable, "-m", "edge", "run", "--config", str(self.config)],
                cwd=REPOSITORY,
                env=os.environ | {"PYTHONUNBUFFERED": "1"},
                stdout=log,
                stderr=log,
            )

    @property
    def running(self) -> bool:
        """Whether it lives."""
        return self._process is not None and self._process.poll() is None

    def check(self) -> None:
        """Raises DemoError, with the end of its log, if it has ended by an error."""
        if self._process is not None and self._process.poll() not in (None, 0):
            raise DemoError(f"The edge process ended by an error:\n{self.tail()}")

    def kill(self) -> None:
        """SIGKILL: as when the plug is pulled."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        """SIGTERM, and waits until it has drained.

        Raises:
            DemoError: It did not end in good order.
        """
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        self.wait(STOP_TIMEOUT_S)

    def wait(self, timeout_s: float) -> None:
        """Waits until it ends by itself, in good order.

        Raises:
            DemoError: It did not.
        """
        if self._process is None:
            return
        try:
            code = self._process.wait(timeout_s)
        except subprocess.TimeoutExpired as exc:
            self.kill()
            raise DemoError(
                f"The edge process did not end within {timeout_s:.0f} s:\n{self.tail()}"
            ) from exc
        self._process = None
        if code:
            raise DemoError(f"The edge process ended with code {code}:\n{self.tail()}")

    def tail(self) -> str:
        """The last lines it wrote."""
        lines = self.log.read_text("utf-8", errors="replace").splitlines()
        return "\n".join(lines[-15:])
