"""The life of the process: a camera that fails, a film that ends, a stop that is asked for."""

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

import numpy as np
import pytest

from contracts.camera_state import CameraState
from contracts.status import WatchMode
from contracts.visit import Visit
from edge.config import DeviceConfig, PublishConfig
from edge.errors import CameraError, VisitsLostError
from edge.forwarder import Forwarder
from edge.heartbeat import Heartbeat
from edge.models import Frame
from edge.process import EdgeProcess
from edge.recorder import Recorder
from edge.stats import PipelineStats
from edge.uplink import CloudUplink
from tests.fakes.clock import FakeClock
from tests.fakes.gate import FakeGate
from tests.fakes.outbox import InMemoryOutbox
from tests.fakes.publisher import FakePublisher
from tests.fakes.visits import make_visit

FRAME = Frame(np.zeros((4, 4, 3), np.uint8), 0, 0.0)
Step = Frame | CameraError | None | Callable[[], None]


class Camera:
    """Delivers its steps in order: frames, failures, an end, or something that happens."""

    def __init__(self, steps: deque[Step]) -> None:
        self._steps = steps
        self.is_open = False
        self.openings = 0

    def __enter__(self) -> Self:
        """A failure at the head of the steps is one of opening."""
        self.openings += 1
        if isinstance(self._steps[0], CameraError):
            raise self._steps.popleft()  # type: ignore[misc]  # just checked
        self.is_open = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.is_open = False

    def read(self) -> Frame | None:
        """The next step."""
        step = self._steps.popleft()
        if isinstance(step, CameraError):
            raise step
        if callable(step):
            step()
            return FRAME
        return step


class Pipeline:
    """One visit a frame; one is open at the end."""

    def __init__(self) -> None:
        self.stats = PipelineStats()
        self.measures = True
        self.measured: list[bool] = []
        self.finished = 0

    def process(self, frame: Frame) -> Sequence[Visit]:
        """A visit that ended."""
        del frame
        self.measured.append(self.measures)
        self.stats.add_frame()
        self.stats.add_visits(1)
        return [make_visit()]

    def finish(self) -> Sequence[Visit]:
        """The visit that was open."""
        self.finished += 1
        return [make_visit()]


class Board:
    """Tells nothing."""

    def temperature_c(self) -> float | None:
        """None."""
        return None

    def clock_synced(self) -> bool | None:
        """Cannot be told."""
        return None

    def throttled(self) -> bool | None:
        """None."""
        return None


class Bench:
    """A process between fakes."""

    def __init__(self, *steps: Step, reopen: bool = True) -> None:
        clock = FakeClock()
        config = PublishConfig()
        self.camera = Camera(deque(steps))
        self.pipeline = Pipeline()
        self.outbox = InMemoryOutbox()
        self.publisher = FakePublisher()
        self.gate = FakeGate()
        recorder = Recorder(self.outbox, clock)
        self.uplink = CloudUplink(
            outbox=self.outbox,
            publisher=self.publisher,
            forwarder=Forwarder(
                self.outbox,
                self.publisher,
                topic="museum/v1/m/d/visits",
                config=config,
                clock=clock,
                rng=random.Random(1),  # noqa: S311 - jitter in a test
            ),
            heartbeat=Heartbeat(
                DeviceConfig(museum_id="m", artwork_id="a", device_id="d"),
                topic="museum/v1/m/d/status",
                model="1",
                every_s=60,
                timeout_s=5,
                stats=self.pipeline.stats,
                outbox=self.outbox,
                recorder=recorder,
                gate=self.gate,
                board=Board(),
                publisher=self.publisher,
                clock=clock,
            ),
            config=config,
        )
        self.process = EdgeProcess(
            open_camera=lambda _: self.camera,
            pipeline=self.pipeline,
            recorder=recorder,
            uplink=self.uplink,
            gate=self.gate,
            reopen=reopen,
        )


def test_a_film_that_ends_is_delivered_whole() -> None:
    """Visits that ended, the one that was open, and a goodbye."""
    bench = Bench(FRAME, FRAME, None)

    bench.process.run()

    assert len(bench.publisher.visit_ids()) == 3
    goodbye = bench.publisher.statuses()[-1]
    assert (goodbye["state"], goodbye["camera"]) == ("offline", CameraState.ENDED)
    assert (goodbye["visits"], goodbye["outbox_depth"]) == (2, 0)
    assert not bench.camera.is_open
    assert bench.outbox.closed
    assert bench.publisher.stopped


def test_a_stop_finishes_open_visits_and_drains() -> None:
    """As on SIGTERM."""

    def ask() -> None:
        bench.process.stop()

    bench = Bench(FRAME, ask)

    bench.process.run()

    assert len(bench.publisher.visit_ids()) == 3
    assert bench.publisher.statuses()[-1]["state"] == "offline"
    assert not bench.camera.is_open


def test_a_camera_that_fails_is_opened_again() -> None:
    """One failure does not end the open visits: the visitor is still there."""
    bench = Bench(FRAME, CameraError("/dev/video0", "unplugged"), FRAME, None)

    bench.process.run()

    assert bench.camera.openings == 2
    assert bench.pipeline.finished == 1, "at the end only"
    assert len(bench.publisher.visit_ids()) == 3


def test_a_camera_that_stays_away_ends_the_open_visits() -> None:
    """They are queued and sent while the process waits for the camera."""
    unplugged = CameraError("/dev/video0", "unplugged")
    bench = Bench(FRAME, unplugged, unplugged, FRAME, None)

    bench.process.run()

    assert bench.camera.openings == 3
    assert bench.pipeline.finished == 2


def test_a_broken_film_is_an_error_after_an_orderly_end() -> None:
    """A file does not come back; what was seen is delivered all the same."""
    bench = Bench(FRAME, CameraError("film.mp4", "damaged"), reopen=False)

    with pytest.raises(CameraError, match="damaged"):
        bench.process.run()

    assert len(bench.publisher.visit_ids()) == 2
    assert bench.publisher.statuses()[-1]["camera"] == CameraState.FAILED


def test_offline_the_visits_stay_for_the_next_start() -> None:
    """A stop without a broker ends in bounded time and loses nothing."""
    bench = Bench(FRAME, FRAME, None)
    bench.publisher.go_offline()

    bench.process.run()

    assert bench.outbox.state().depth == 3
    assert bench.publisher.delivered == []


def test_a_full_disk_holds_visits_in_memory() -> None:
    """They follow, in order, once there is room."""

    def fill() -> None:
        bench.outbox.full_disk = True

    def make_room() -> None:
        bench.outbox.full_disk = False

    bench = Bench(FRAME, fill, FRAME, make_room, None)

    bench.process.run()

    assert len(bench.publisher.visit_ids()) == 5


def test_a_defect_in_a_thread_ends_the_process() -> None:
    """Its supervisor starts it anew; there is no goodbye, so the last will is published."""

    class Defect(Exception):  # noqa: N818 - not one of ours
        pass

    def break_clock() -> float:
        raise Defect

    bench = Bench(*[FRAME] * 100_000, None)
    bench.uplink._workers[0]._step = break_clock

    with pytest.raises(Defect):
        bench.process.run()

    assert not bench.publisher.stopped


def test_a_pause_closes_the_camera_and_its_end_opens_it() -> None:
    """Whoever was in view is counted until then."""

    def pause() -> None:
        bench.gate.now = WatchMode.PAUSED
        threading.Thread(target=watch_the_pause).start()

    def watch_the_pause() -> None:
        for _ in range(100):
            if not bench.camera.is_open:
                break
            time.sleep(0.02)
        closed.append(not bench.camera.is_open)
        bench.gate.now = WatchMode.COUNT_ONLY

    closed: list[bool] = []
    bench = Bench(FRAME, pause, FRAME, None)

    bench.process.run()

    assert closed == [True]
    assert bench.camera.openings == 2
    assert bench.pipeline.finished == 2
    assert bench.pipeline.measured == [True, True, False]


def test_visits_that_no_disk_took_are_told_at_the_end() -> None:
    """The end is orderly, and an error."""
    bench = Bench(FRAME, FRAME, None)
    bench.outbox.full_disk = True

    with pytest.raises(VisitsLostError, match="3 visits are lost"):
        bench.process.run()

    assert bench.outbox.closed
