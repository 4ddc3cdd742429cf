"""Every frame source, real and fake, keeps the port's promises."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import cv2
import numpy as np
import pytest

from edge.adapters.image_folder_source import ImageFolderSource
from edge.adapters.v4l2_source import V4l2Source
from edge.adapters.video_source import VideoSource
from edge.errors import CameraError
from edge.models import Frame, Image
from edge.ports import FrameSource
from tests.fakes.clock import FakeClock
from tests.fakes.frame_source import FakeFrameSource

COUNT, RATE, WIDTH, HEIGHT = 12, 10.0, 64, 48
Make = Callable[[Path], FrameSource]


def images() -> list[Image]:
    """Pictures that can be told apart after lossy coding: each is brighter than the last."""
    return [np.full((HEIGHT, WIDTH, 3), 20 * i, np.uint8) for i in range(COUNT)]


def write_video(file: Path, codec: str) -> Path:
    """The pictures as a film."""
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*codec), RATE, (WIDTH, HEIGHT))
    for image in images():
        writer.write(image)
    writer.release()
    return file


def write_folder(folder: Path) -> Path:
    """The pictures as files, and one file that is none."""
    for i, image in enumerate(images()):
        cv2.imwrite(str(folder / f"{i:03}.png"), image)
    (folder / "notes.txt").write_text("no picture")
    return folder


def _video(ending: str, codec: str, *, realtime: bool) -> Make:
    def make(folder: Path) -> FrameSource:
        file = write_video(folder / f"film.{ending}", codec)
        return VideoSource(file, FakeClock(), realtime=realtime)

    return make


SOURCES: dict[str, Make] = {
    "fake": lambda _: FakeFrameSource(images(), RATE),
    "images": lambda folder: ImageFolderSource(
        write_folder(folder), FakeClock(), frames_per_s=RATE, realtime=False
    ),
    "images-realtime": lambda folder: ImageFolderSource(
        write_folder(folder), FakeClock(), frames_per_s=RATE, realtime=True
    ),
    "mp4": _video("mp4", "mp4v", realtime=False),
    "mp4-realtime": _video("mp4", "mp4v", realtime=True),
    "avi": _video("avi", "MJPG", realtime=False),
    "mkv": _video("mkv", "MJPG", realtime=False),
}
MISSING: dict[str, Make] = {
    "video": lambda f: VideoSource(f / "none.mp4", FakeClock(), realtime=False),
    "images": lambda f: ImageFolderSource(f / "none", FakeClock(), frames_per_s=1, realtime=False),
    "v4l2": lambda _: V4l2Source(63, FakeClock(), width=640, height=480, frames_per_s=10),
}


@pytest.fixture(name="source", params=list(SOURCES.values()), ids=list(SOURCES))
def fixture_source(request: pytest.FixtureRequest, tmp_path: Path) -> FrameSource:
    """One source after the other, all with the same pictures in them."""
    make: Make = request.param
    return make(tmp_path)


def play(source: FrameSource) -> list[Frame]:
    """All frames to the end."""
    with source as opened:
        frames = []
        while (frame := opened.read()) is not None:
            frames.append(frame)
        assert opened.read() is None
    return frames


def test_all_pictures_come_in_order(source: FrameSource) -> None:
    """Every picture comes once, in order, as 8-bit BGR, at the source's rate; then the end."""
    frames = play(source)
    assert [f.index for f in frames] == list(range(COUNT))
    assert all(f.image.shape == (HEIGHT, WIDTH, 3) and f.image.dtype == np.uint8 for f in frames)
    assert [round(float(f.image.mean()) / 20) for f in frames] == list(range(COUNT))
    moments = np.array([f.monotonic_s for f in frames])
    assert np.allclose(np.diff(moments), 1 / RATE)


def test_it_can_be_opened_again(source: FrameSource) -> None:
    """A second opening begins anew."""
    assert len(play(source)) == len(play(source)) == COUNT


def test_reading_a_closed_source_is_a_camera_error(source: FrameSource) -> None:
    """Nothing is read before opening or after closing."""
    with pytest.raises(CameraError, match="not open"):
        source.read()
    with source:
        pass
    with pytest.raises(CameraError, match="not open"):
        source.read()


@pytest.mark.parametrize("make", MISSING.values(), ids=list(MISSING))
def test_a_missing_camera_is_a_camera_error(make: Make, tmp_path: Path) -> None:
    """What isn't there is named when it is opened."""
    with pytest.raises(CameraError), make(tmp_path):
        pass


def test_a_file_that_is_no_video_is_a_camera_error(tmp_path: Path) -> None:
    """A text file with a film's name is refused."""
    file = tmp_path / "film.mp4"
    file.write_text("not a film")
    with (
        pytest.raises(CameraError, match="is it a video"),
        VideoSource(file, FakeClock(), realtime=False),
    ):
        pass


@pytest.mark.parametrize(
    ("path", "said"), [(".", "source = 'images'"), ("/dev/null", "source = 'v4l2'")]
)
def test_what_is_no_file_is_told_by_what_it_is(tmp_path: Path, path: str, said: str) -> None:
    """A folder of pictures, or a device, is another kind of source."""
    source = VideoSource(tmp_path / path, FakeClock(), realtime=False)
    with pytest.raises(CameraError, match=said), source:
        pass


@pytest.mark.parametrize("kind", ["video", "images"])
def test_what_may_not_be_read_is_a_camera_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Another user's film, or folder of pictures; also for root, who may read all."""
    (tmp_path / "film.mp4").write_bytes(b"")

    def refuse(*_: object, **__: object) -> NoReturn:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    for name in ("open", "iterdir"):
        monkeypatch.setattr(Path, name, refuse)
    source: FrameSource = ImageFolderSource(tmp_path, FakeClock(), frames_per_s=1, realtime=False)
    if kind == "video":
        source = VideoSource(tmp_path / "film.mp4", FakeClock(), realtime=False)
    with pytest.raises(CameraError, match="cannot be read: Permission denied"), source:
        pass


def test_an_empty_folder_is_a_camera_error(tmp_path: Path) -> None:
    """A folder without pictures is refused."""
    source = ImageFolderSource(tmp_path, FakeClock(), frames_per_s=1, realtime=False)
    with pytest.raises(CameraError, match="no picture"), source:
        pass


def test_a_broken_picture_is_a_camera_error(tmp_path: Path) -> None:
    """The broken file is named."""
    (tmp_path / "a.png").write_bytes(b"not a picture")
    source = ImageFolderSource(tmp_path, FakeClock(), frames_per_s=1, realtime=False)
    with source, pytest.raises(CameraError, match=r"a\.png"):
        source.read()


def test_a_live_film_drops_frames_that_are_late(tmp_path: Path) -> None:
    """Who is busy for 0.55 s misses the frames of that time, and no more."""
    clock = FakeClock()
    film = write_video(tmp_path / "film.mp4", "mp4v")
    with VideoSource(film, clock, realtime=True) as source:
        first = source.read()
        clock.sleep(0.55)
        second = source.read()
    assert first is not None
    assert second is not None
    assert (first.index, second.index) == (0, 5)
    assert second.monotonic_s - first.monotonic_s == pytest.approx(0.5)


def test_a_live_film_is_joined_in_the_middle(tmp_path: Path) -> None:
    """A process that starts 0.72 s after the film began sees its 8th picture first."""
    clock = FakeClock()
    film = write_video(tmp_path / "film.mp4", "mp4v")
    started = clock.now_ms() - 720
    with VideoSource(film, clock, realtime=True, started_at_ms=started) as source:
        frame = source.read()
    assert frame is not None
    assert frame.index == 7
    assert clock.monotonic_s() - frame.monotonic_s == pytest.approx(0.02)


def test_a_live_film_that_is_over_has_ended(tmp_path: Path) -> None:
    """A process that starts after the film's end sees none of it."""
    clock = FakeClock()
    film = write_video(tmp_path / "film.mp4", "mp4v")
    started = clock.now_ms() - 60_000
    with VideoSource(film, clock, realtime=True, started_at_ms=started) as source:
        assert source.read() is None


def test_a_live_film_waits_for_its_beginning(tmp_path: Path) -> None:
    """A process that starts before the film waits for the first picture."""
    clock = FakeClock()
    film = write_video(tmp_path / "film.mp4", "mp4v")
    started = clock.now_ms() + 2_000
    with VideoSource(film, clock, realtime=True, started_at_ms=started) as source:
        frame = source.read()
    assert frame is not None
    assert frame.index == 0
    assert clock.now_ms() == started


def test_a_looped_film_begins_anew(tmp_path: Path) -> None:
    """After the last picture comes the first, with time going on."""
    film = write_video(tmp_path / "film.mp4", "mp4v")
    with VideoSource(film, FakeClock(), realtime=False, loop=True) as source:
        frames = [source.read() for _ in range(COUNT + 2)]
    last = frames[-1]
    assert last is not None
    assert last.index == COUNT + 1
    assert float(last.image.mean()) == pytest.approx(20, abs=3)
