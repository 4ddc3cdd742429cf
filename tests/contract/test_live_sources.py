"""Every live camera keeps the port's promises, those of a healthy one and those of a broken one.

CSI runs against a fake of picamera2 0.3.36, USB against one of OpenCV's ``VideoCapture``, RTSP
against a server on the loopback that OpenCV's own FFmpeg talks to.
"""

import gc
import sys
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
import pytest

from edge.adapters import live_source
from edge.adapters.live_source import KeepWaiting, LiveSource, always
from edge.adapters.picamera2_source import Picamera2Source
from edge.adapters.rtsp_source import RtspSource
from edge.adapters.system_clock import SystemClock
from edge.adapters.v4l2_source import V4l2Source
from edge.config import CameraConfig, CameraSource
from edge.errors import CameraError, CameraStuckError
from edge.models import Frame, Image
from tests.fakes.clock import FakeClock
from tests.fakes.picamera2 import Ribbon, install
from tests.fakes.rtsp_server import RtspCamera, striped
from tests.fakes.video_capture import Usb

WIDTH, HEIGHT, RATE = 64, 48, 40.0
SECRET = "joe:s3cr3t"


class Rig(Protocol):
    """A camera, its cable and its adapter."""

    def source(
        self, *, stall_s: float = 10.0, rotation: int = 0, keep_waiting: KeepWaiting = always
    ) -> LiveSource:
        """The adapter, for this camera."""
        ...

    def pull(self) -> None:
        """The cable is pulled."""
        ...

    def hang(self) -> None:
        """The camera stays there and delivers nothing."""
        ...

    def mend(self) -> None:
        """All is well again."""
        ...

    def is_in_use(self) -> bool:
        """Whether somebody holds the camera."""
        ...


class UsbRig:
    """A USB camera."""

    def __init__(self, show: Callable[[], Image], monkeypatch: pytest.MonkeyPatch) -> None:
        self.usb = Usb(show)
        monkeypatch.setattr(cv2, "VideoCapture", self.usb.video_capture)

    def source(
        self, *, stall_s: float = 10.0, rotation: int = 0, keep_waiting: KeepWaiting = always
    ) -> LiveSource:
        """The adapter."""
        return V4l2Source(
            0,
            SystemClock(),
            width=WIDTH,
            height=HEIGHT,
            frames_per_s=RATE,
            stall_s=stall_s,
            rotation=rotation,
            keep_waiting=keep_waiting,
        )

    def pull(self) -> None:
        """OpenCV's read fails."""
        self.usb.is_plugged = False

    def hang(self) -> None:
        """OpenCV's read does not return."""
        self.usb.hangs = True

    def mend(self) -> None:
        """Whoever hangs is let go."""
        self.usb.is_plugged, self.usb.hangs = True, False
        self.usb.let_go.set()

    def is_in_use(self) -> bool:
        """Whether the device is open."""
        return self.usb.holder is not None


class CsiRig:
    """A CSI camera."""

    def __init__(self, show: Callable[[], Image], monkeypatch: pytest.MonkeyPatch) -> None:
        self.ribbon = Ribbon(show)
        install(monkeypatch, self.ribbon)

    def source(
        self, *, stall_s: float = 10.0, rotation: int = 0, keep_waiting: KeepWaiting = always
    ) -> LiveSource:
        """The adapter."""
        return Picamera2Source(
            0,
            SystemClock(),
            width=WIDTH,
            height=HEIGHT,
            frames_per_s=RATE,
            stall_s=stall_s,
            rotation=rotation,
            keep_waiting=keep_waiting,
        )

    def pull(self) -> None:
        """Captures time out, and no camera is found."""
        self.ribbon.delivers, self.ribbon.cameras = False, 0

    def hang(self) -> None:
        """Captures time out, and stopping does not return."""
        self.ribbon.delivers, self.ribbon.stop_hangs = False, True

    def mend(self) -> None:
        """Whoever hangs is let go."""
        self.ribbon.delivers, self.ribbon.cameras, self.ribbon.stop_hangs = True, 1, False
        self.ribbon.let_go.set()

    def is_in_use(self) -> bool:
        """Whether the camera is acquired."""
        return self.ribbon.in_use


class RtspRig:
    """A network camera."""

    def __init__(self, show: Callable[[], Image]) -> None:
        self.camera = RtspCamera(show, RATE, SECRET)
        self.camera.plug()
        self._opened = 0

    def source(
        self, *, stall_s: float = 10.0, rotation: int = 0, keep_waiting: KeepWaiting = always
    ) -> LiveSource:
        """The adapter."""
        return RtspSource(
            self.camera.url(SECRET),
            SystemClock(),
            stall_s=stall_s,
            rotation=rotation,
            keep_waiting=keep_waiting,
        )

    def pull(self) -> None:
        """The connection breaks."""
        self.camera.unplug()

    def hang(self) -> None:
        """The connection stays."""
        self.camera.hang()

    def mend(self) -> None:
        """It can be reached again."""
        self.camera.unplug()
        self.camera.plug()

    def is_in_use(self) -> bool:
        """Whether somebody is connected."""
        return self.camera.connected > 0


@pytest.fixture(name="level")
def fixture_level() -> list[int]:
    """How bright the scene is."""
    return [200]


@pytest.fixture(name="rig", params=["usb", "csi", "rtsp"])
def fixture_rig(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, level: list[int]
) -> Iterator[Rig]:
    """One camera after the other, all before the same scene; nobody is left hanging."""

    def show() -> Image:
        return striped(level[0], WIDTH, HEIGHT)

    monkeypatch.setattr(LiveSource, "_left_behind", [])
    rig: UsbRig | CsiRig | RtspRig
    if request.param == "usb":
        rig = UsbRig(show, monkeypatch)
    elif request.param == "csi":
        rig = CsiRig(show, monkeypatch)
    else:
        rig = RtspRig(show)
    yield rig
    rig.mend()
    if isinstance(rig, RtspRig):
        rig.camera.unplug()
    wait_until(lambda: not readers())


def readers() -> list[threading.Thread]:
    """Threads that hold a camera."""
    return [thread for thread in threading.enumerate() if thread.name.startswith("camera ")]


def wait_until(condition: Callable[[], bool]) -> None:
    """Waits for what another thread is about to do."""
    for _ in range(500):
        if condition():
            return
        time.sleep(0.01)
    pytest.fail("it did not happen within 5 s")


def read(source: LiveSource) -> Frame:
    """A frame; there is one."""
    frame = source.read()
    assert frame is not None
    return frame


def read_on(source: LiveSource) -> None:
    """Reads until it fails."""
    while True:
        read(source)


def test_frames_come_in_the_right_colours_and_order(rig: Rig) -> None:
    """8-bit BGR, with rising numbers and moments; what is left blue and right red stays so."""
    with rig.source() as source:
        frames = [read(source) for _ in range(4)]

    image = frames[-1].image
    assert image.shape == (HEIGHT, WIDTH, 3)
    assert image.dtype == np.uint8
    left, right = image[HEIGHT // 2, WIDTH // 4], image[HEIGHT // 2, 3 * WIDTH // 4]
    assert np.allclose(left, (200, 0, 0), atol=30)
    assert np.allclose(right, (0, 0, 200), atol=30)
    assert all(one.index < two.index for one, two in pairwise(frames))
    assert all(one.monotonic_s < two.monotonic_s for one, two in pairwise(frames))


@pytest.mark.parametrize(("rotation", "blue"), [(90, "top"), (180, "right"), (270, "bottom")])
def test_a_camera_that_hangs_askew_is_turned(rig: Rig, rotation: int, blue: str) -> None:
    """Clockwise: what was left is on top after a quarter."""
    with rig.source(rotation=rotation) as source:
        image = read(source).image

    blueness = image[..., 0].astype(float) - image[..., 2]
    height, width = blueness.shape
    halves = {
        "top": blueness[: height // 2],
        "bottom": blueness[height // 2 :],
        "right": blueness[:, width // 2 :],
    }
    assert max(halves, key=lambda half: float(halves[half].mean())) == blue
    assert image.shape[:2] == ((HEIGHT, WIDTH) if rotation == 180 else (WIDTH, HEIGHT))


def test_the_newest_picture_is_read(rig: Rig, level: list[int]) -> None:
    """Who comes late sees what is now, not what was."""
    with rig.source() as source:
        first = read(source)
        level[0] = 90
        for _ in range(100):
            time.sleep(0.1)
            late = read(source)
            if late.image[:, 4, 0].mean() < 120:
                break

    assert late.image[:, 4, 0].mean() == pytest.approx(90, abs=15)
    assert late.index > first.index + 1, "those in between were dropped"


def test_it_is_let_go_and_can_be_opened_again(rig: Rig) -> None:
    """Closed by its own thread, of which nothing stays."""
    for _ in range(2):
        with rig.source() as source:
            assert read(source).index >= 0
            assert rig.is_in_use()
        wait_until(lambda: not rig.is_in_use())
        wait_until(lambda: not readers())


def test_reading_a_closed_source_is_a_camera_error(rig: Rig) -> None:
    """Nothing is read before opening or after closing."""
    source = rig.source()
    with pytest.raises(CameraError, match="not open"):
        source.read()
    with source:
        pass
    with pytest.raises(CameraError, match="not open"):
        source.read()


def test_a_camera_that_is_not_there_is_a_camera_error(rig: Rig) -> None:
    """Said when it is opened, in one line, and nothing is left open."""
    rig.pull()
    with pytest.raises(CameraError) as caught, rig.source():
        pass

    assert "\n" not in str(caught.value)
    wait_until(lambda: not readers())


def test_a_pulled_cable_is_a_camera_error_and_mended_by_opening_again(rig: Rig) -> None:
    """As often as somebody trips over it."""
    for _ in range(2):
        with rig.source(stall_s=1) as source:
            assert read(source).index >= 0
            rig.pull()
            with pytest.raises(CameraError, match="deliver"):
                read_on(source)
        rig.mend()
        wait_until(lambda: not rig.is_in_use())
        with rig.source() as source:
            assert read(source).index >= 0


def test_a_camera_that_hangs_is_a_camera_error_and_left_behind(rig: Rig) -> None:
    """Whoever reads is not held up; once the driver lets go, the camera can be had again."""
    with rig.source(stall_s=1) as source:
        assert read(source).index >= 0
        rig.hang()
        with pytest.raises(CameraError, match="deliver"):
            read_on(source)
    rig.mend()
    wait_until(lambda: not rig.is_in_use())
    with rig.source() as source:
        assert read(source).index >= 0


def test_nobody_waits_for_a_picture_that_is_not_wanted(rig: Rig) -> None:
    """A pause closes the camera even while it hangs."""
    wanted = threading.Event()
    wanted.set()
    with rig.source(stall_s=60, keep_waiting=wanted.is_set) as source:
        assert read(source).index >= 0
        rig.hang()
        threading.Timer(0.3, wanted.clear).start()
        frames = list(iter(source.read, None))

    # A stream's decoder and socket hold more on a busy machine: 16 were seen.
    assert len(frames) <= 50, "what was under way"


def test_a_camera_that_is_not_wanted_is_not_waited_for_to_open(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is opened and closed behind the back of whoever changed their mind."""
    slow = threading.Event()
    source = rig.source(keep_waiting=lambda: False)
    opener = source.open_device

    def open_slowly() -> live_source.LiveDevice:
        slow.wait()
        return opener()

    monkeypatch.setattr(source, "open_device", open_slowly)
    with source:
        assert source.read() is None
    slow.set()
    wait_until(lambda: not readers())
    wait_until(lambda: not rig.is_in_use())


def test_a_driver_that_never_lets_go_is_given_up_on() -> None:
    """Readers don't pile up behind it; a new process is asked for after a while."""
    clock = FakeClock()
    let_go = threading.Event()

    class Stuck:
        def read(self) -> Image:
            let_go.wait()
            raise CameraError("x", "let go")

        def close(self) -> None:
            """Nothing."""

    class Source(LiveSource):
        def open_device(self) -> live_source.LiveDevice:
            return Stuck()

    source = Source("x", clock, stall_s=0, keep_waiting=always)
    try:
        with pytest.raises(CameraError, match="no picture"), source:
            source.read()
        clock.sleep(19)
        with pytest.raises(CameraError, match="no picture"), source:
            source.read()
        clock.sleep(2)
        with pytest.raises(CameraStuckError, match="new process"), source:
            pass
    finally:
        let_go.set()
    wait_until(lambda: not readers())
    with pytest.raises(CameraError, match="let go"), source:
        source.read()


def test_a_defect_in_an_adapter_is_no_camera_error() -> None:
    """It ends the process, which its supervisor starts anew; it is not hidden as bad luck."""

    class Source(LiveSource):
        def open_device(self) -> live_source.LiveDevice:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), Source("x", SystemClock(), stall_s=1):
        pass


def test_no_word_of_a_network_cameras_credentials_is_said(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Neither in errors nor in logs, nor by OpenCV and FFmpeg: wherever the address has them."""
    urls = [
        "rtsp://joe:s3cr3t@127.0.0.1:1/stream",
        "rtsp://127.0.0.1:1/user=joe&password=s3cr3t",
        "rtsp://127.0.0.1:1/stream?password=s3cr3t",
    ]
    with RtspCamera(lambda: striped(200), RATE, "joe:other") as camera:
        urls.append(camera.url("joe:s3cr3t"))
        for url in urls:
            source = RtspSource(url, SystemClock(), stall_s=1)
            with pytest.raises(CameraError) as caught, source:
                pass
            config = CameraConfig(source=CameraSource.RTSP, url=url)
            said = f"{caught.value!r} {config!r} {source!r} {caplog.text}"
            assert "s3cr3t" not in said
    written = capfd.readouterr()
    assert "s3cr3t" not in written.out + written.err


def test_a_csi_camera_focuses_by_itself_and_keeps_its_rate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Continuous autofocus where there is a lens that can, a fixed frame duration everywhere."""
    ribbon = Ribbon(lambda: striped(200, 640, 480))
    install(monkeypatch, ribbon)
    ribbon.has_autofocus = True
    source = csi(width=641, height=479, frames_per_s=20)

    with source:
        image = read(source).image

    assert ribbon.controls_set["AfMode"] == 2
    assert ribbon.controls_set["FrameDurationLimits"] == (50_000, 50_000)
    assert image.shape == (478, 640, 3)


def csi(*, width: int = 64, height: int = 48, frames_per_s: float = RATE) -> Picamera2Source:
    """A CSI camera."""
    return Picamera2Source(
        0, SystemClock(), width=width, height=height, frames_per_s=frames_per_s, stall_s=1
    )


def test_a_csi_camera_in_use_leaves_no_descriptor_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """picamera2 forgets one at each try; a night of tries would be the end of the process."""
    ribbon = Ribbon(lambda: striped(200))
    install(monkeypatch, ribbon)
    source = csi()

    def count() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    before = count()
    for trouble in ("is_busy", "fails_to_start"):
        setattr(ribbon, trouble, True)
        for _ in range(20):
            with pytest.raises(CameraError, match=r"busy|Remote I/O"), source:
                pass
        setattr(ribbon, trouble, False)
    wait_until(lambda: not readers())
    gc.collect()

    assert count() <= before


def test_a_csi_camera_without_picamera2_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The package comes from Raspberry Pi OS, not from PyPI."""
    monkeypatch.setitem(sys.modules, "picamera2", None)

    with pytest.raises(CameraError, match=r"apt install python3-picamera2.*system-site"), csi():
        pass


def test_a_usb_camera_is_asked_for_what_the_configuration_wants(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And for its newest picture rather than its oldest."""
    usb = Usb(lambda: striped(200))
    monkeypatch.setattr(cv2, "VideoCapture", usb.video_capture)

    with V4l2Source(0, SystemClock(), width=640, height=480, frames_per_s=50) as source:
        read(source)

    assert usb.settings == {
        cv2.CAP_PROP_FRAME_WIDTH: 640,
        cv2.CAP_PROP_FRAME_HEIGHT: 480,
        cv2.CAP_PROP_FPS: 50,
        cv2.CAP_PROP_BUFFERSIZE: 1,
    }
