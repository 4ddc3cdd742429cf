"""How the Pi is, once a minute, on every new connection, and on leaving."""

import logging
from typing import Final

from contracts.camera_state import CameraState
from contracts.status import DeviceState, Status, WatchMode
from contracts.visit import EARLIEST_MS, LATEST_MS
from edge import VERSION
from edge.config import DeviceConfig
from edge.delivery import wait_for_ack
from edge.errors import NotDeliveredError, RefusedError
from edge.models import OutboxState
from edge.ports import Board, Clock, Gate, Outbox, Publisher
from edge.recorder import Recorder
from edge.stats import PipelineStats
from edge.validation import encode_checked_status

_log = logging.getLogger(__name__)

_LOOK_S: Final = 1.0
"""How soon a new connection or a camera's failure is noticed."""
_CHANGE_S: Final = 5.0
"""A camera or mode that comes and goes is told of at most this often."""
_CONNECTING_S: Final = 0.05
_DELIVERING: Final = frozenset(
    {
        CameraState.OK,
        CameraState.BLACK,
        CameraState.COVERED,
        CameraState.MOVED,
        CameraState.OUT_OF_FOCUS,
    }
)
"""States in which frames are handled; the rate of a whole run is that of these times."""


def last_will(device: DeviceConfig, *, model: str, now_ms: int) -> bytes:
    """What the broker says for a device that vanished: offline, all else unknown.

    Its ``sent_at`` is when the device was started; the broker's rule adds when it was published.

    Raises:
        InvalidMessageError: A value does not keep the contract.
    """
    return encode_checked_status(
        Status(
            museum_id=device.museum_id,
            device_id=device.device_id,
            artwork_id=device.artwork_id,
            sent_at=_sendable(now_ms),
            state=DeviceState.OFFLINE,
            mode=WatchMode.UNKNOWN,
            camera=CameraState.UNKNOWN,
            frames_per_s=0.0,
            detect_every=0,
            stages_ms={},
            temperature_c=None,
            throttled=None,
            outbox_depth=0,
            outbox_oldest_s=0,
            dropped=0,
            held_back=0,
            outboxes_set_aside=0,
            clock_synced=None,
            still_faces_suppressed=0,
            excluded=0,
            passers_by=0,
            visits=0,
            model=model,
            software=VERSION,
            uptime_s=0,
        )
    )


class Heartbeat:
    """Builds and sends the status; only ``camera_is`` may be called from any thread."""

    def __init__(
        self,
        device: DeviceConfig,
        *,
        topic: str,
        model: str,
        every_s: float,
        timeout_s: float,
        stats: PipelineStats,
        outbox: Outbox,
        recorder: Recorder,
        gate: Gate,
        board: Board,
        publisher: Publisher,
        clock: Clock,
    ) -> None:
        """Wires the heartbeat.

        Args:
            device: Who this is.
            topic: Where the status is published.
            model: Version of the CNN.
            every_s: Seconds between heartbeats.
            timeout_s: Longest wait for the broker's acknowledgement, seconds.
            stats: The pipeline's figures.
            outbox: For its depth.
            recorder: For what it held back.
            gate: For the mode.
            board: For temperature, throttling and the clock.
            publisher: Sends it.
            clock: Time.
        """
        self._device = device
        self._topic = topic
        self._model = model
        self._every_s = every_s
        self._timeout_s = timeout_s
        self._stats = stats
        self._outbox = outbox
        self._recorder = recorder
        self._gate = gate
        self._board = board
        self._publisher = publisher
        self._clock = clock
        self._camera = CameraState.STARTING
        self._told = (CameraState.STARTING, WatchMode.UNKNOWN)
        self._connection = 0
        self._started_s = self._sent_s = clock.monotonic_s()
        self._sent_frames = 0
        self._camera_since_s = self._started_s
        self._camera_ok_s = 0.0

    def camera_is(self, state: CameraState) -> None:
        """Notes the camera's state; a change is told soon."""
        now_s = self._clock.monotonic_s()
        if self._camera in _DELIVERING:
            self._camera_ok_s += now_s - self._camera_since_s
        self._camera, self._camera_since_s = state, now_s

    def step(self) -> float:
        """Sends a heartbeat if one is due; returns after how many seconds to call again.

        Raises:
            OutboxError: The outbox cannot be read.
            InvalidMessageError: The status does not keep the contract.
        """
        connection = self._publisher.connection
        if connection and self._is_due(connection):
            self._connection = connection
            self._send(self._status(DeviceState.ONLINE), self._timeout_s)
        return min(_LOOK_S, self._every_s)

    def say_goodbye(self, limit_s: float) -> None:
        """Says ``offline`` in an orderly stop; its rate covers the whole run.

        Waits for a connection, and then for the acknowledgement, ``limit_s`` each at most.

        Raises:
            OutboxError: As ``step``.
            InvalidMessageError: As ``step``.
        """
        self.camera_is(self._camera)
        status = self._status(DeviceState.OFFLINE)
        deadline_s = self._clock.monotonic_s() + limit_s
        while not self._publisher.connection and self._clock.monotonic_s() < deadline_s:
            self._clock.sleep(_CONNECTING_S)
        self._send(status, limit_s)

    def _is_due(self, connection: int) -> bool:
        silent_s = self._clock.monotonic_s() - self._sent_s
        changed = (self._camera, self._gate.mode()) != self._told and silent_s >= _CHANGE_S
        return changed or connection != self._connection or silent_s >= self._every_s

    def _status(self, state: DeviceState) -> Status:
        figures = self._stats.snapshot()
        outbox = self._outbox.state()
        now_ms, now_s = self._clock.now_ms(), self._clock.monotonic_s()
        if state is DeviceState.ONLINE:
            frames, span_s = figures.frames - self._sent_frames, now_s - self._sent_s
        else:
            frames, span_s = figures.frames, self._camera_ok_s
        mode = self._gate.mode()
        self._sent_frames, self._sent_s, self._told = figures.frames, now_s, (self._camera, mode)
        return Status(
            museum_id=self._device.museum_id,
            device_id=self._device.device_id,
            artwork_id=self._device.artwork_id,
            sent_at=_sendable(now_ms),
            state=state,
            mode=mode,
            camera=self._camera,
            frames_per_s=round(frames / span_s, 2) if span_s > 0 else 0.0,
            detect_every=figures.detect_every,
            stages_ms=figures.stages_ms,
            temperature_c=self._board.temperature_c(),
            throttled=self._board.throttled(),
            outbox_depth=outbox.depth,
            outbox_oldest_s=_age_s(outbox, now_ms),
            dropped=outbox.dropped + self._recorder.lost,
            held_back=self._recorder.held_back,
            outboxes_set_aside=outbox.set_aside,
            clock_synced=self._board.clock_synced() if _sendable(now_ms) == now_ms else False,
            still_faces_suppressed=figures.still_faces_suppressed,
            excluded=figures.excluded,
            passers_by=figures.passers_by,
            visits=figures.visits,
            model=self._model,
            software=VERSION,
            uptime_s=int(now_s - self._started_s),
        )

    def _send(self, status: Status, limit_s: float) -> None:
        answer = self._publisher.publish(self._topic, encode_checked_status(status))
        try:
            wait_for_ack(answer, self._topic, limit_s)
        except NotDeliveredError as exc:
            _log.info("heartbeat: %s", exc)  # the next one tells more
        except RefusedError as exc:
            _log.error("heartbeat: %s", exc)


def _sendable(now_ms: int) -> int:
    """A time that the contract takes; ``clock_synced`` says what to think of it."""
    return min(max(now_ms, EARLIEST_MS), LATEST_MS)


def _age_s(outbox: OutboxState, now_ms: int) -> int:
    """Age of the oldest visit, seconds; a wall clock that went back makes it 0, not negative."""
    return 0 if outbox.oldest_at is None else max(0, (now_ms - outbox.oldest_at) // 1000)
