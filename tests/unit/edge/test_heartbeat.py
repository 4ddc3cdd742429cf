"""When a heartbeat is sent, and what is in it."""

import json

import pytest

from contracts.camera_state import CameraState
from contracts.status import DeviceState, Status, parse_status
from contracts.visit import EARLIEST_MS
from edge.config import DeviceConfig
from edge.heartbeat import Heartbeat, last_will
from edge.recorder import Recorder
from edge.stats import PipelineStats
from tests.fakes.clock import FakeClock
from tests.fakes.gate import FakeGate
from tests.fakes.outbox import InMemoryOutbox
from tests.fakes.publisher import Answer, FakePublisher
from tests.fakes.visits import make_payload, make_visit

DEVICE = DeviceConfig(museum_id="city-gallery", artwork_id="harvest", device_id="pi-1")
TOPIC = "museum/v1/city-gallery/pi-1/status"


class WarmBoard:
    """A board at 51.5 °C."""

    def temperature_c(self) -> float | None:
        """Always the same."""
        return 51.5

    def clock_synced(self) -> bool | None:
        """Cannot be told."""
        return None

    def throttled(self) -> bool | None:
        """Cannot be told."""
        return None


class Bench:
    """A heartbeat between fakes."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.outbox = InMemoryOutbox(max_visits=2)
        self.publisher = FakePublisher()
        self.publisher.start()
        self.recorder = Recorder(self.outbox, self.clock)
        self.gate = FakeGate()
        self.stats = PipelineStats()
        self.heartbeat = Heartbeat(
            DEVICE,
            topic=TOPIC,
            model="1.0.0",
            every_s=60,
            timeout_s=5,
            stats=self.stats,
            outbox=self.outbox,
            recorder=self.recorder,
            gate=self.gate,
            board=WarmBoard(),
            publisher=self.publisher,
            clock=self.clock,
        )

    def pass_time(self, seconds: int) -> None:
        """Steps once a second."""
        for _ in range(seconds):
            self.heartbeat.step()
            self.clock.sleep(1)

    @property
    def last(self) -> Status:
        """What the broker received last."""
        return parse_status(self.publisher.statuses()[-1])


def test_one_heartbeat_a_minute_and_one_per_connection() -> None:
    """The first follows the connection at once."""
    bench = Bench()

    bench.pass_time(1)
    assert len(bench.publisher.statuses()) == 1
    bench.pass_time(59)
    assert len(bench.publisher.statuses()) == 1
    bench.pass_time(2)
    assert len(bench.publisher.statuses()) == 2

    bench.publisher.go_offline()
    bench.pass_time(10)
    bench.publisher.go_online()
    bench.pass_time(1)
    assert len(bench.publisher.statuses()) == 3


def test_it_carries_the_figures() -> None:
    """Counters, medians, outbox and board."""
    bench = Bench()
    bench.pass_time(1)
    bench.heartbeat.camera_is(CameraState.OK)
    for _ in range(120):
        bench.stats.add_frame()
    for ms in (1.0, 2.0, 9.0):
        bench.stats.add_time("detect", ms)
    bench.stats.add_visits(3)
    bench.stats.add_still_faces(1)
    for _ in range(3):
        bench.outbox.put(make_payload(), bench.clock.now_ms())
    bench.pass_time(60)

    status = bench.last
    assert status.state is DeviceState.ONLINE
    assert status.camera is CameraState.OK
    assert status.stages_ms == {"detect": 2.0}
    assert (status.visits, status.still_faces_suppressed) == (3, 1)
    assert (status.outbox_depth, status.dropped) == (2, 1)
    assert status.temperature_c == 51.5
    assert status.throttled is None
    assert status.model == "1.0.0"


def test_the_rate_is_that_since_the_last_heartbeat() -> None:
    """Not an average since the start."""
    bench = Bench()
    bench.pass_time(1)
    for _ in range(600):
        bench.stats.add_frame()
    bench.pass_time(61)
    assert 9 <= bench.last.frames_per_s <= 11

    bench.pass_time(60)
    assert bench.last.frames_per_s == 0


def test_a_camera_that_fails_is_told_soon_but_not_all_the_time() -> None:
    """A change is told after a few seconds, flapping at most every five."""
    bench = Bench()
    bench.pass_time(10)
    bench.heartbeat.camera_is(CameraState.FAILED)
    bench.pass_time(1)
    assert bench.last.camera is CameraState.FAILED

    before = len(bench.publisher.statuses())
    for i in range(10):
        bench.heartbeat.camera_is(CameraState.OK if i % 2 else CameraState.FAILED)
        bench.pass_time(1)
    assert len(bench.publisher.statuses()) - before <= 2


def test_the_goodbye_says_offline_with_the_figures_of_the_whole_run() -> None:
    """Frames per second of working camera, although the last heartbeat was just sent."""
    bench = Bench()
    bench.pass_time(5)
    bench.heartbeat.camera_is(CameraState.OK)
    for _ in range(100):
        bench.stats.add_frame()
    bench.pass_time(10)
    bench.heartbeat.camera_is(CameraState.ENDED)
    bench.pass_time(100)

    bench.heartbeat.say_goodbye(3)

    assert bench.last.state is DeviceState.OFFLINE
    assert bench.last.camera is CameraState.ENDED
    assert bench.last.frames_per_s == 10


def test_a_camera_that_sees_badly_still_handles_frames() -> None:
    """A moved camera's time counts for the rate of the whole run, a frozen one's does not."""
    bench = Bench()
    for state in (CameraState.MOVED, CameraState.FROZEN):
        bench.heartbeat.camera_is(state)
        for _ in range(100 if state is CameraState.MOVED else 0):
            bench.stats.add_frame()
        bench.pass_time(10)

    bench.heartbeat.say_goodbye(3)

    assert bench.last.camera is CameraState.FROZEN
    assert bench.last.frames_per_s == 10


def test_a_failed_heartbeat_is_no_error() -> None:
    """The next one tells more."""
    bench = Bench()
    bench.publisher.answers.extend([Answer.BUSY, Answer.REFUSE])
    bench.pass_time(62)

    assert bench.publisher.statuses() == []
    bench.pass_time(60)
    assert len(bench.publisher.statuses()) == 1


def test_a_clock_that_went_back_gives_no_negative_age() -> None:
    """The outbox's oldest age is 0 then."""
    bench = Bench()
    bench.outbox.put(make_payload(), bench.clock.now_ms() + 3_600_000)
    bench.pass_time(1)

    assert bench.last.outbox_oldest_s == 0


def test_a_clock_that_is_not_set_stops_no_heartbeat() -> None:
    """The contract begins in 2020; that the clock is not set is said by ``clock_synced``."""
    bench = Bench()
    bench.clock.wall_ms = 25_000
    bench.pass_time(1)

    assert (bench.last.sent_at, bench.last.clock_synced) == (EARLIEST_MS, False)


def test_visits_that_memory_had_no_room_for_are_told_before_they_can_be_noted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """``dropped`` counts those in the outbox's file and those that it has yet to count."""
    monkeypatch.setattr("edge.recorder.MOST_HELD", 1)
    bench = Bench()
    for _ in range(3):
        bench.outbox.put(make_payload(), bench.clock.now_ms())
    bench.outbox.full_disk = True
    bench.recorder.record([make_visit() for _ in range(5)])
    bench.pass_time(1)

    assert bench.last.dropped == 1 + 4


@pytest.mark.parametrize("now_ms", [1_792_900_000_000, 0, 9_999_999_999_999])
def test_the_last_will_keeps_the_contract(now_ms: int) -> None:
    """Offline, and nothing claimed that nobody knows; also when the clock is not set."""
    status = parse_status(json.loads(last_will(DEVICE, model="1.0.0", now_ms=now_ms)))

    assert status.state is DeviceState.OFFLINE
    assert status.camera is CameraState.UNKNOWN
    assert status.device_id == "pi-1"
