"""The life of the edge process: camera to outbox in the main thread, the rest beside it."""

import logging
import threading
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Final, Protocol

from contracts.status import CameraState, WatchMode
from contracts.visit import Visit
from edge.errors import CameraError, CameraStuckError
from edge.gate import WATCHING
from edge.models import Frame
from edge.ports import FrameSource, Gate, VisitSink
from edge.stats import PipelineStats
from edge.uplink import Uplink

_log = logging.getLogger(__name__)

_REOPEN_MIN_S: Final = 0.5
_REOPEN_MAX_S: Final = 10.0
"""A camera that comes back is in use again within ten seconds."""
_REST_S: Final = 0.5
"""How soon an end of a pause is noticed."""


class VisitPipeline(Protocol):
    """What the process needs of the pipeline."""

    @property
    def stats(self) -> PipelineStats:
        """Its figures."""
        ...

    measures: bool
    """Whether expressions are measured; else visits are only counted."""

    def process(self, frame: Frame) -> Sequence[Visit]:
        """Takes in a frame; returns the visits that ended with it."""
        ...

    def finish(self) -> Sequence[Visit]:
        """Ends what is still open; more frames may follow."""
        ...


class EdgeProcess:
    """Runs until the camera's film has ended or ``stop`` was called.

    1. Connect, forward and send heartbeats in threads of their own, where there is a cloud.
    2. Frames go through the pipeline; finished visits go into the outbox, the log, or both. A
       camera that fails is opened again, with growing pauses, for as long as it takes.
    3. At the end open visits are finished, the outbox is drained for a bounded time, the device
       says that it leaves. What could not be sent stays in the outbox for the next start.
    """

    def __init__(
        self,
        *,
        open_camera: Callable[[Callable[[], bool]], FrameSource],
        pipeline: VisitPipeline,
        recorder: VisitSink,
        uplink: Uplink,
        gate: Gate,
        reopen: bool,
    ) -> None:
        """Wires the process.

        Args:
            open_camera: Makes a source; it is opened by entering it. It is given what tells
                whether a picture is still wanted, for a camera that keeps one waiting.
            pipeline: Finds visits.
            recorder: Puts them into the outbox, the log, or both.
            uplink: Started first, stopped last.
            gate: Closes the camera outside the opening hours and in pauses.
            reopen: Whether a camera that fails can come back; a file can't.
        """
        self._open_camera = open_camera
        self._pipeline = pipeline
        self._recorder = recorder
        self._uplink = uplink
        self._gate = gate
        self._reopen = reopen
        self._stop = threading.Event()
        self._unwanted = False

    def stop(self) -> None:
        """Asks for an orderly stop; may be called from a signal handler or any thread."""
        self._stop.set()

    def run(self) -> None:
        """Runs the process; returns after an orderly end.

        Raises:
            CameraError: The camera failed and is one that cannot come back, or its driver hangs
                so that only a new process can open it; the end was orderly.

        Any other error leaves without a goodbye: the connection breaks, the broker publishes the
        last will, and the supervisor starts the process anew.
        """
        self._uplink.start()
        failure: CameraError | None = None
        try:
            self._watch()
        except CameraError as exc:
            failure = exc
        self._shut_down()
        if failure is not None:
            raise failure

    def _watch(self) -> None:
        """Keeps the camera open until its film ends or a stop is asked for.

        Raises:
            CameraError: It failed and cannot come back.
        """
        pause_s = _REOPEN_MIN_S
        frames = self._pipeline.stats.snapshot().frames
        while not self._stop.is_set():
            self._uplink.check()
            if self._gate.mode() not in WATCHING:
                self._rest()
                continue
            try:
                with self._open_camera(self._is_wanted) as camera:
                    has_ended = self._capture(camera)
            except CameraError as exc:
                self._uplink.camera_is(CameraState.FAILED)
                if not self._reopen or isinstance(exc, CameraStuckError):
                    raise
                seen = self._pipeline.stats.snapshot().frames
                if seen > frames:
                    frames, pause_s = seen, _REOPEN_MIN_S
                elif pause_s > _REOPEN_MIN_S:
                    self._recorder.record(self._pipeline.finish())  # nobody waits that long
                if pause_s < _REOPEN_MAX_S:  # a camera that stays away does not fill the log
                    _log.warning("%s; opening it again in %.1f s", exc, pause_s)
                self._stop.wait(pause_s)
                pause_s = min(2 * pause_s, _REOPEN_MAX_S)
            else:
                if has_ended:
                    return

    def _rest(self) -> None:
        """Waits, with the camera closed, until it is time to watch again or to stop."""
        _log.info("the camera is closed: %s", self._gate.mode().value)
        self._recorder.record(self._pipeline.finish())
        self._uplink.camera_is(CameraState.CLOSED)
        while self._gate.mode() not in WATCHING and not self._stop.wait(_REST_S):
            self._uplink.check()
            self._recorder.record(())  # what a full disk held back
        self._uplink.camera_is(CameraState.STARTING)

    def _capture(self, camera: FrameSource) -> bool:
        """Handles frames until the film ends (True), or a stop or the gate says so (False)."""
        stats = self._pipeline.stats
        is_first = True
        self._unwanted = False
        while not self._stop.is_set() and (mode := self._gate.mode()) in WATCHING:
            begun = perf_counter()
            frame = camera.read()
            if frame is None and self._unwanted:
                return False
            if frame is None:
                _log.info("the film has ended")
                self._uplink.camera_is(CameraState.ENDED)
                return True
            stats.add_time("capture", (perf_counter() - begun) * 1000)
            if is_first:
                is_first = False
                _log.info("the camera delivers")
                self._uplink.camera_is(CameraState.OK)
            self._pipeline.measures = mode is WatchMode.FULL
            self._recorder.record(self._pipeline.process(frame))
            self._uplink.check()
        return False

    def _is_wanted(self) -> bool:
        """Whether a camera that keeps one waiting is to be waited for."""
        self._unwanted = self._stop.is_set() or self._gate.mode() not in WATCHING
        return not self._unwanted

    def _shut_down(self) -> None:
        _log.info("stopping")
        self._recorder.record(self._pipeline.finish())
        self._recorder.flush()
        self._uplink.stop()
