"""A thread that repeats one step at the pace the step asks for."""

import logging
import threading
from collections.abc import Callable
from typing import Final

from edge.errors import EdgeError

_log = logging.getLogger(__name__)

_AFTER_ERROR_S: Final = 5.0


class Worker:
    """Runs ``step`` until stopped.

    An ``EdgeError`` is logged and the step tried again after some seconds. Anything else is a
    defect: the thread ends, and ``check`` raises it in the main thread, so that the process ends
    and its supervisor starts it anew.
    """

    def __init__(self, name: str, step: Callable[[], float]) -> None:
        """Prepares the thread.

        Args:
            name: Of the thread, for logs.
            step: Does a piece of work; returns the seconds until it wants to be called again.
        """
        self._step = step
        self._stop = threading.Event()
        self._failure: Exception | None = None
        # A daemon, so that a crash of the main thread ends the process at once and the broker
        # publishes the last will; an orderly stop joins it.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """Ends the thread after its present step."""
        self._stop.set()
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            _log.warning("%s did not end within %g s", self._thread.name, timeout_s)

    def check(self) -> None:
        """Raises what ended the thread, if something did."""
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        delay_s = 0.0
        while not self._stop.wait(delay_s):
            try:
                delay_s = self._step()
            except EdgeError as exc:
                _log.error("%s: %s", self._thread.name, exc)
                delay_s = _AFTER_ERROR_S
            except Exception as exc:  # noqa: BLE001 - handed to the main thread by check()
                self._failure = exc
                return
