"""The cloud as the process sees it: threads beside the camera's; or none at all."""

import logging
from typing import Final, Protocol

from contracts.camera_state import CameraState
from edge.config import PublishConfig
from edge.errors import NotDeliveredError, OutboxError
from edge.forwarder import Forwarder
from edge.heartbeat import Heartbeat
from edge.ports import Outbox, Publisher
from edge.worker import Worker

_log = logging.getLogger(__name__)

_STOP_S: Final = 5.0
_GOODBYE_S: Final = 3.0


class Uplink(Protocol):
    """What takes visits from the outbox, and tells how the device is."""

    def start(self) -> None:
        """Begins, in threads of its own; returns at once."""
        ...

    def check(self) -> None:
        """Raises what ended one of its threads, if something did."""
        ...

    def camera_is(self, state: CameraState) -> None:
        """Notes the camera's state."""
        ...

    def stop(self) -> None:
        """Ends in good order, in bounded time: sends what waits, says goodbye, closes."""
        ...


class CloudUplink:
    """Connects, forwards and sends heartbeats."""

    def __init__(
        self,
        *,
        outbox: Outbox,
        publisher: Publisher,
        forwarder: Forwarder,
        heartbeat: Heartbeat,
        config: PublishConfig,
        must_reach: bool = False,
    ) -> None:
        """Wires the threads.

        Args:
            outbox: Closed at the end.
            publisher: Started first, stopped last.
            forwarder: Drains the outbox.
            heartbeat: Tells of the camera and of the end.
            config: For how long an orderly stop may take.
            must_reach: Whether it is an error never to have reached the broker: for a film, which
                does not go on tomorrow.
        """
        self._must_reach = must_reach
        self._outbox = outbox
        self._publisher = publisher
        self._forwarder = forwarder
        self._heartbeat = heartbeat
        self._config = config
        self._workers = (
            Worker("forwarder", forwarder.step),
            Worker("heartbeat", heartbeat.step),
        )

    def start(self) -> None:
        """Begins to connect, and starts the threads."""
        self._publisher.start()
        for worker in self._workers:
            worker.start()

    def check(self) -> None:
        """Raises what ended one of the threads, if something did."""
        for worker in self._workers:
            worker.check()

    def camera_is(self, state: CameraState) -> None:
        """Tells the heartbeat."""
        self._heartbeat.camera_is(state)

    def stop(self) -> None:
        """Drains the outbox for a bounded time; what could not be sent waits for the next start.

        Raises:
            NotDeliveredError: The broker was never reached, and should have been.
        """
        for worker in self._workers:
            worker.stop(self._config.timeout_s + _STOP_S)
        depth = 0
        try:
            if not self._forwarder.drain(self._config.drain_s):
                depth = self._outbox.state().depth
                _log.warning("%d visits stay in the outbox and are sent at the next start", depth)
            self._heartbeat.say_goodbye(_GOODBYE_S)
        except OutboxError as exc:
            _log.error("%s", exc)  # a disk that does not answer must not spoil the end
        reached, cause = self._publisher.reached, self._publisher.problem
        self._publisher.stop(_STOP_S)
        self._outbox.close()
        if self._must_reach and depth and not reached:
            why = f" ({cause})" if cause else ""
            problem = f"the broker was never reached{why}; {depth} visits wait for the next start"
            raise NotDeliveredError("the cloud", problem)


class NoUplink:
    """A device without a cloud: it speaks to nobody."""

    def start(self) -> None:
        """Nothing to start."""

    def check(self) -> None:
        """Nothing can fail."""

    def camera_is(self, state: CameraState) -> None:
        """Nobody wants to know; the process logs what matters."""

    def stop(self) -> None:
        """Nothing to end."""
