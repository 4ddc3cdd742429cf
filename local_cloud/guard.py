"""Ends a child process when this process is gone, however it went."""

import subprocess
from typing import Final

_SCRIPT: Final = 'read -r _; kill -KILL "$0"'
"""Waits for the end of standard input, which comes when whoever holds the other end has ended."""


class Guard:
    """Watches over one child that does not watch over its parent itself, such as Mosquitto."""

    def __init__(self, child: int) -> None:
        self._shell = subprocess.Popen(  # noqa: S603 - our own script and a process id
            ["/bin/sh", "-c", _SCRIPT, str(child)],
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def release(self) -> None:
        """Stops watching: to be called once the child has ended."""
        self._shell.kill()
        self._shell.wait()
        if self._shell.stdin is not None:
            self._shell.stdin.close()
