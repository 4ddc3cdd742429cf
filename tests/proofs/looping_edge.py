"""``museum-edge run`` as it is, but for a film that begins anew at its end, at full speed."""

import sys

from edge.__main__ import main
from edge.adapters.live_source import KeepWaiting
from edge.adapters.video_source import VideoSource
from edge.commands import run
from edge.config import CameraConfig
from edge.ports import Clock, FrameSource


def endless(camera: CameraConfig, clock: Clock, keep_waiting: KeepWaiting) -> FrameSource:
    """The configured film, for ever."""
    del keep_waiting
    assert camera.path is not None
    return VideoSource(camera.path, clock, realtime=False, loop=True)


if __name__ == "__main__":
    vars(run)["open_source"] = endless
    sys.exit(main())
