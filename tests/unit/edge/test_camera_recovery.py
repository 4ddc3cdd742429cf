"""A camera that is lost is back within 30 s, whatever happened to it, and the process lives on."""

import threading
from collections.abc import Iterable, Sequence
from enum import Enum, auto
from types import TracebackType
from typing import Self

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.camera_state import CameraState
from contracts.status import WatchMode
from contracts.visit import Visit
from edge.adapters.live_source import OPEN_S, KeepWaiting, LiveDevice, LiveSource
from edge.adapters.system_clock import SystemClock
from edge.camera_condition import CameraCondition
from edge.config import CameraConfig, CameraSource, ConditionConfig
from edge.errors import CameraError, CameraStuckError
from edge.models import Frame, Image
from edge.process import EdgeProcess
from edge.stats import PipelineStats
from tests.fakes.clock import FakeClock
from tests.fakes.gate import FakeGate

FRAMES_PER_S = 5.0
OPENING_S = 2.0
STALL_S = CameraConfig(source=CameraSource.V4L2).stall_s
WATCHDOG_S = 60.0
"""As in the service's unit."""


class Fault(Enum):
    """What may happen to a camera."""

    UNPLUGGED = auto()
    HANGS = auto()
    FROZEN = auto()
    FROZEN_UNTIL_OPENED = auto()


class Uplink:
    """Notes the camera's states and when they were told."""

    def __init__(self, clock: FakeClock | SystemClock) -> None:
        self._clock = clock
        self.told: list[tuple[float, CameraState]] = []
        self.changed = threading.Condition()

    def start(self) -> None:
        """Nothing to connect to."""

    def check(self) -> None:
        """Nothing to check."""

    def camera_is(self, state: CameraState) -> None:
        """Notes it."""
        with self.changed:
            self.told.append((self._clock.monotonic_s(), state))
            self.changed.notify_all()

    def stop(self) -> None:
        """Nothing to stop."""

    def wait_for(self, state: CameraState) -> None:
        """Until that was the last state told."""
        with self.changed:
            assert self.changed.wait_for(lambda: self.told and self.told[-1][1] is state, 10)


class Supervisor:
    """Notes when the process showed that it lives."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self.alive_s = [clock.monotonic_s()]
        self.said: list[str] = []

    def ready(self) -> None:
        """Notes it."""
        self.said.append("ready")

    def alive(self) -> None:
        """Notes the moment."""
        self.alive_s.append(self._clock.monotonic_s())

    def status(self, text: str) -> None:
        """Notes it."""
        self.said.append(text)

    def stopping(self) -> None:
        """Notes it."""
        self.said.append("stopping")


class Pipeline:
    """Counts what it is given."""

    def __init__(self) -> None:
        self.stats = PipelineStats()
        self.measures = True
        self.finished = 0

    def process(self, frame: Frame) -> Sequence[Visit]:
        """Counts the frame."""
        del frame
        self.stats.add_frame()
        return []

    def finish(self) -> Sequence[Visit]:
        """Counts the call."""
        self.finished += 1
        return []


class Sink:
    """Takes visits and forgets them."""

    def record(self, visits: Iterable[Visit]) -> None:
        """Forgets them."""

    def flush(self) -> int:
        """Nothing to do."""
        return 0


class Museum:
    """A process with a camera to which something happens at a time, on a simulated clock."""

    def __init__(self, fault: Fault, begins_s: float, lasts_s: float) -> None:
        self.clock = FakeClock()
        self.start_s = self.clock.monotonic_s()
        self.fault, self.begins_s = fault, self.start_s + begins_s
        self.ends_s = self.begins_s + lasts_s
        self.closes_s = self.ends_s + 60
        self.uplink = Uplink(self.clock)
        self.supervisor = Supervisor(self.clock)
        self.pipeline = Pipeline()
        self.openings = 0
        self._rng = np.random.default_rng(1)
        self._room = self._rng.integers(60, 200, (36, 64, 3), np.uint8)
        self._frozen: Image | None = None
        self._frames = 0
        self.process = EdgeProcess(
            open_camera=lambda _: self,
            pipeline=self.pipeline,
            recorder=Sink(),
            uplink=self.uplink,
            gate=FakeGate(),
            reopen=True,
            condition=CameraCondition(ConditionConfig()),
            supervisor=self.supervisor,
            wait=self._wait,
        )

    def __enter__(self) -> Self:
        """Opens the camera; one that hangs takes as long as ``LiveSource`` lets it."""
        self.openings += 1
        if self._is(Fault.UNPLUGGED):
            self.clock.sleep(0.1)
            raise CameraError("x", "not there")
        if self._is(Fault.HANGS):
            self.clock.sleep(OPEN_S)
            raise CameraError("x", "does not open")
        self.clock.sleep(OPENING_S)
        if not self._is(Fault.FROZEN_UNTIL_OPENED):
            self._frozen = None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Closes the camera."""

    def read(self) -> Frame:
        """The next picture."""
        self._close_up()
        if self._is(Fault.HANGS):
            self.clock.sleep(STALL_S)
            raise CameraError("x", "delivers nothing")
        self.clock.sleep(1 / FRAMES_PER_S)
        if self._is(Fault.UNPLUGGED):
            raise CameraError("x", "unplugged")
        is_frozen = self._is(Fault.FROZEN) or self._is(Fault.FROZEN_UNTIL_OPENED)
        if is_frozen and self._frozen is None:
            self._frozen = self._picture()
        if self._frozen is not None and (is_frozen or self.fault is Fault.FROZEN_UNTIL_OPENED):
            image = self._frozen
        else:
            image = self._picture()
        self._frames += 1
        return Frame(image, self._frames, self.clock.monotonic_s())

    def _picture(self) -> Image:
        grain = self._rng.integers(0, 6, self._room.shape, np.uint8)
        return self._room + grain

    def _is(self, fault: Fault) -> bool:
        return self.fault is fault and self.begins_s <= self.clock.monotonic_s() < self.ends_s

    def _wait(self, seconds: float) -> bool:
        self.clock.sleep(seconds)
        return self._close_up()

    def _close_up(self) -> bool:
        if self.clock.monotonic_s() >= self.closes_s:
            self.process.stop()
            return True
        return False

    def states_after(self, moment_s: float) -> list[CameraState]:
        """What was told from a moment on, and what held at that moment."""
        before = [state for told_s, state in self.uplink.told if told_s <= moment_s]
        return before[-1:] + [state for told_s, state in self.uplink.told if told_s > moment_s]


TOLD = {
    Fault.UNPLUGGED: CameraState.FAILED,
    Fault.HANGS: CameraState.FAILED,
    Fault.FROZEN: CameraState.FROZEN,
    Fault.FROZEN_UNTIL_OPENED: CameraState.FROZEN,
}


@settings(max_examples=25, deadline=None)
@given(
    fault=st.sampled_from(Fault),
    begins_s=st.floats(5, 30),
    lasts_s=st.one_of(st.floats(15, 120), st.floats(120, 600)),
)
def test_a_lost_camera_is_back_within_30_s(fault: Fault, begins_s: float, lasts_s: float) -> None:
    """It is told that it is lost, and that it is back; its supervisor hears of progress."""
    museum = Museum(fault, begins_s, lasts_s)

    museum.process.run()

    during = [s for told_s, s in museum.uplink.told if museum.begins_s <= told_s < museum.ends_s]
    assert TOLD[fault] in during
    assert museum.states_after(museum.ends_s + 30) == [CameraState.OK]
    pauses_s = np.diff(museum.supervisor.alive_s)
    assert pauses_s.max() < WATCHDOG_S / 2
    assert museum.supervisor.said[0] == "ready"
    assert museum.supervisor.said[-1] == "stopping"


def test_a_frozen_picture_is_nobodys_visit_and_makes_the_camera_be_opened_again() -> None:
    """From the verdict on no frame of it is measured, and whoever was in view has left."""
    museum = Museum(Fault.FROZEN_UNTIL_OPENED, 20, 40)

    museum.process.run()

    states = [state for _, state in museum.uplink.told]
    assert states == [CameraState.OK, CameraState.FROZEN, CameraState.OK]
    assert museum.openings >= 3
    frozen_s = next(t for t, s in museum.uplink.told if s is CameraState.FROZEN)
    back_s = museum.uplink.told[-1][0]
    measured = museum.pipeline.stats.snapshot().frames
    seen_s = (frozen_s - museum.start_s) + (museum.closes_s - back_s)
    assert measured <= seen_s * FRAMES_PER_S + 1
    assert museum.pipeline.finished >= 2


class Handle:
    """An open camera that hangs once told to."""

    def __init__(self, desk: "Desk") -> None:
        self._desk = desk
        self._rng = np.random.default_rng(1)

    def read(self) -> Image:
        """A picture, or nothing for as long as it hangs."""
        if self._desk.hangs.is_set():
            self._desk.let_go.wait(20)
            raise CameraError("x", "let go")
        self._desk.hangs.wait(0.01)
        return self._rng.integers(60, 200, (36, 64, 3)).astype(np.uint8)

    def close(self) -> None:
        """Notes it."""
        self._desk.closed.set()


class Desk(LiveSource):
    """A camera on real time that hangs in its driver as a stopped process would."""

    def __init__(self) -> None:
        super().__init__("x", SystemClock(), stall_s=1)
        self.hangs, self.let_go, self.closed = (threading.Event() for _ in range(3))
        self.gate = FakeGate()
        self.uplink = Uplink(SystemClock())
        self.pipeline = Pipeline()
        self.process = EdgeProcess(
            open_camera=self.for_process,
            pipeline=self.pipeline,
            recorder=Sink(),
            uplink=self.uplink,
            gate=self.gate,
            reopen=True,
        )

    def for_process(self, keep_waiting: KeepWaiting) -> "Desk":
        """Itself."""
        self._keep_waiting = keep_waiting
        return self

    def open_device(self) -> LiveDevice:
        """The camera can be opened again at once."""
        return Handle(self)


@pytest.fixture(name="desk")
def fixture_desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A camera on a desk; nothing is left behind it from other tests."""
    monkeypatch.setattr(LiveSource, "_left_behind", [])
    return Desk()


def test_a_driver_that_hangs_does_not_hold_up_the_process(desk: Desk) -> None:
    """The reader is left behind, a new one delivers; the old one closes its camera later."""
    running = threading.Thread(target=desk.process.run, daemon=True)
    running.start()
    desk.uplink.wait_for(CameraState.OK)

    desk.hangs.set()
    desk.uplink.wait_for(CameraState.FAILED)
    desk.hangs.clear()
    desk.uplink.wait_for(CameraState.OK)
    assert not desk.closed.is_set()
    desk.let_go.set()
    assert desk.closed.wait(5)

    desk.process.stop()
    running.join(10)
    assert not running.is_alive()


def test_a_pause_closes_a_camera_that_hangs(desk: Desk) -> None:
    """The state is told without waiting for the driver."""
    desk._stall_s = 1000
    running = threading.Thread(target=desk.process.run, daemon=True)
    running.start()
    desk.uplink.wait_for(CameraState.OK)

    desk.hangs.set()
    desk.gate.now = WatchMode.PAUSED
    desk.uplink.wait_for(CameraState.CLOSED)
    assert not desk.let_go.is_set()

    desk.process.stop()
    running.join(10)
    desk.let_go.set()
    assert not running.is_alive()


def test_a_driver_that_never_lets_go_ends_the_process_in_good_order() -> None:
    """Its supervisor starts it anew: what only a new process can mend is not tried for ever."""
    uplink, pipeline = Uplink(FakeClock()), Pipeline()

    def open_camera(_: KeepWaiting) -> LiveSource:
        raise CameraStuckError("x", "hangs")

    process = EdgeProcess(
        open_camera=open_camera,
        pipeline=pipeline,
        recorder=Sink(),
        uplink=uplink,
        gate=FakeGate(),
        reopen=True,
    )

    with pytest.raises(CameraStuckError):
        process.run()

    assert pipeline.finished == 1
    assert [state for _, state in uplink.told] == [CameraState.FAILED]
