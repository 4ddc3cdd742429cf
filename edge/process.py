"""The life of the edge process: camera to outbox in the main thread, the rest beside it."""

import logging
import threading
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Final, Protocol

from contracts.camera_state import CameraState
from contracts.status import WatchMode
from contracts.visit import Visit
from edge.camera_condition import CameraCondition
from edge.errors import CameraError, CameraStuckError, VisitsLostError
from edge.gate import WATCHING
from edge.models import Frame
from edge.ports import FrameSource, Gate, Supervisor, VisitSink
from edge.stats import PipelineStats
from edge.supervision import Supervision
from edge.uplink import Uplink

_log = logging.getLogger(__name__)

_REOPEN_MIN_S: Final = 0.5
_REOPEN_MAX_S: Final = 10.0
"""Longest pause between two tries to open a camera.

A camera that comes back is in use again within 30 s: at worst a try that is just under way takes
the 10 s that it may, this pause follows, and the next try succeeds.
"""
_REST_S: Final = 0.5
"""How soon the end of a pause, or a stop, is noticed."""


class _FrozenError(CameraError):
    """The camera delivers one picture again and again."""


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
        condition: CameraCondition | None = None,
        supervisor: Supervisor | None = None,
        wait: Callable[[float], bool] | None = None,
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
            condition: Judges a live camera by its pictures; None for a film, which needs none.
            supervisor: Told of the start, of progress and of the end.
            wait: Waits for some seconds, or until a stop is asked for (then True); tests own time.
        """
        self._open_camera = open_camera
        self._pipeline = pipeline
        self._recorder = recorder
        self._uplink = uplink
        self._gate = gate
        self._reopen = reopen
        self._stop = threading.Event()
        self._unwanted = False
        self._condition = condition
        self._supervisor = Supervision(()) if supervisor is None else supervisor
        self._wait = self._stop.wait if wait is None else wait
        self._camera = CameraState.STARTING
        self._pause_s = _REOPEN_MIN_S
        self._seen = 0

    @property
    def camera(self) -> CameraState:
        """The camera's present state."""
        return self._camera

    def stop(self) -> None:
        """Asks for an orderly stop; any thread may, but no signal handler in the one that runs."""
        self._stop.set()

    def run(self) -> None:
        """Runs the process; returns after an orderly end.

        Raises:
            CameraError: The camera failed and is one that cannot come back, or its driver hangs
                so that only a new process can open it; the end was orderly.
            VisitsLostError: Visits waited in memory for room on the disk until the end.
            NotDeliveredError: A film has ended and the broker was never reached.

        Any other error leaves without a goodbye: the connection breaks, the broker publishes the
        last will, and the supervisor starts the process anew.
        """
        self._uplink.start()
        self._supervisor.ready()
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
        while not self._stop.is_set():
            if self._gate.mode() not in WATCHING:
                self._rest()
                continue
            try:
                with self._open_camera(self._is_wanted) as camera:
                    has_ended = self._capture(camera)
            except CameraError as exc:
                self._recover(exc)
            else:
                if has_ended:
                    return

    def _rest(self) -> None:
        """Waits, with the camera closed, until it is time to watch again or to stop."""
        _log.info("the camera is closed: %s", self._gate.mode().value)
        self._recorder.record(self._pipeline.finish())
        self._tell(CameraState.CLOSED)
        while self._gate.mode() not in WATCHING and not self._wait(_REST_S):
            self._take_turn()
        self._tell(CameraState.STARTING)

    def _recover(self, failure: CameraError) -> None:
        """Waits until the camera is worth another try, for longer each time.

        Raises:
            CameraError: It is not.
        """
        self._tell(CameraState.FROZEN if isinstance(failure, _FrozenError) else CameraState.FAILED)
        if not self._reopen or isinstance(failure, CameraStuckError):
            raise failure
        seen = self._pipeline.stats.snapshot().frames
        if seen > self._seen:
            self._seen, self._pause_s = seen, _REOPEN_MIN_S
        elif self._pause_s > _REOPEN_MIN_S:
            self._recorder.record(self._pipeline.finish())  # nobody waits that long
        if self._pause_s < _REOPEN_MAX_S:  # a camera that stays away does not fill the log
            _log.warning("%s; opening it again in %.1f s", failure, self._pause_s)
        waited_s = 0.0
        while waited_s < self._pause_s and self._is_wanted():
            self._take_turn()
            self._wait(_REST_S)
            waited_s += _REST_S
        self._pause_s = min(2 * self._pause_s, _REOPEN_MAX_S)

    def _take_turn(self) -> None:
        """What is done while there is no picture."""
        self._uplink.check()
        self._recorder.record(())  # what a full disk held back
        self._supervisor.alive()

    def _capture(self, camera: FrameSource) -> bool:
        """Handles frames until the film ends (True), or a stop or the gate says so (False).

        Raises:
            CameraError: The camera failed, or delivers the same picture again and again.
        """
        stats = self._pipeline.stats
        self._unwanted = False
        if self._condition is not None:
            self._condition.opened()
        while not self._stop.is_set() and (mode := self._gate.mode()) in WATCHING:
            begun = perf_counter()
            frame = camera.read()
            if frame is None and self._unwanted:
                return False
            if frame is None:
                _log.info("the film has ended")
                self._tell(CameraState.ENDED)
                return True
            stats.add_time("capture", (perf_counter() - begun) * 1000)
            self._pipeline.measures = mode is WatchMode.FULL
            self._handle(frame)
            self._uplink.check()
            self._supervisor.alive()
        return False

    def _handle(self, frame: Frame) -> None:
        """Judges the camera by its picture, and measures whom it shows.

        A picture that stands still shows nobody: whoever is in it may have left long ago. With any
        other fault what can be seen is measured; a room that nobody can see makes no visits.
        """
        state = CameraState.OK if self._condition is None else self._condition.look(frame)
        self._tell(state)
        if state is not CameraState.FROZEN:
            self._recorder.record(self._pipeline.process(frame))
        elif self._condition is not None and self._condition.is_stuck:
            raise _FrozenError("picture", "the same to the last bit for many seconds")

    def _tell(self, state: CameraState) -> None:
        if state is self._camera:
            return
        self._camera = state
        _log.info("camera: %s", state.value)
        self._uplink.camera_is(state)
        self._supervisor.status(f"camera: {state.value}")

    def _is_wanted(self) -> bool:
        """Whether a camera that keeps one waiting is to be waited for."""
        self._unwanted = self._stop.is_set() or self._gate.mode() not in WATCHING
        return not self._unwanted

    def _shut_down(self) -> None:
        _log.info("stopping")
        self._supervisor.stopping()
        self._recorder.record(self._pipeline.finish())
        lost = self._recorder.flush()
        self._uplink.stop()
        if lost:
            raise VisitsLostError(lost)
