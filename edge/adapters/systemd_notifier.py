"""Tells systemd how the process is, over the socket that it names in ``NOTIFY_SOCKET``.

Our own forty lines: ``sdnotify`` on PyPI rests since 2017, and ``systemd-python`` would need a
compiler and systemd's headers on every Pi. The protocol is one datagram a message.
Source: https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html
"""

import logging
import os
import socket
from collections.abc import Mapping
from typing import Final, Self

from edge.ports import Clock

_log = logging.getLogger(__name__)

_WATCHDOG_S: Final = 1.0
"""Signs of life are sent at most this often; the unit's ``WatchdogSec`` is many times longer."""
_LONGEST_STATUS: Final = 200


class SystemdNotifier:
    """A ``Supervisor`` that is systemd; silent where no socket is named.

    A message that cannot be sent is dropped: systemd then does what it does to a silent process.
    """

    def __init__(self, address: str, clock: Clock) -> None:
        """Opens nothing yet.

        Args:
            address: As in ``NOTIFY_SOCKET``: a path, or ``@name`` for an abstract socket; empty
                sends nothing.
            clock: Time.
        """
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._clock = clock
        self._socket: socket.socket | None = None
        self._told = ""
        self._alive_s = float("-inf")
        self._complained = False

    @classmethod
    def of_environment(cls, clock: Clock, environment: Mapping[str, str] = os.environ) -> Self:
        """The notifier for whoever started this process."""
        return cls(environment.get("NOTIFY_SOCKET", ""), clock)

    def ready(self) -> None:
        """Says that the process has started."""
        self._send("READY=1")

    def alive(self) -> None:
        """Pets the watchdog, at most once a second."""
        now_s = self._clock.monotonic_s()
        if now_s - self._alive_s >= _WATCHDOG_S:
            self._alive_s = now_s
            self._send("WATCHDOG=1")

    def status(self, text: str) -> None:
        """Sets the line that ``systemctl status`` shows; the same line is sent once."""
        line = " ".join(text.split())[:_LONGEST_STATUS]
        if line != self._told:
            self._told = line
            self._send(f"STATUS={line}")

    def stopping(self) -> None:
        """Says that an orderly stop has begun."""
        self._send("STOPPING=1")

    def close(self) -> None:
        """Closes the socket, if there was anything to say."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _send(self, message: str) -> None:
        if not self._address:
            return
        try:
            if self._socket is None:
                kind = socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
                self._socket = socket.socket(socket.AF_UNIX, kind)
            self._socket.sendto(message.encode(), self._address)
        except OSError as exc:
            if not self._complained:
                self._complained = True
                _log.warning("systemd cannot be told %s: %s", message, exc)
