"""``[camera]``: what each kind of camera needs, and which adapter it gets."""

from pathlib import Path
from typing import Any

import pytest

from contracts.errors import ContractError
from edge.adapters.live_source import LiveSource
from edge.adapters.picamera2_source import Picamera2Source
from edge.adapters.rtsp_source import RtspSource
from edge.adapters.v4l2_source import V4l2Source
from edge.assembly import open_source
from edge.config import CameraConfig, CameraSource, ConditionConfig
from tests.fakes.clock import FakeClock

URL = "rtsps://joe:s3cr3t@camera.example:322/stream?channel=1"


@pytest.mark.parametrize(
    ("config", "kind"),
    [
        (CameraConfig(source=CameraSource.V4L2), V4l2Source),
        (CameraConfig(source=CameraSource.PICAMERA2), Picamera2Source),
        (CameraConfig(source=CameraSource.RTSP, url=URL), RtspSource),
    ],
)
def test_each_live_camera_has_its_adapter(config: CameraConfig, kind: type[LiveSource]) -> None:
    """Made without touching the camera, or what only a Pi has."""
    assert type(open_source(config, FakeClock())) is kind
    assert config.is_live


def test_films_are_not_live() -> None:
    """They end, and do not come back when they fail."""
    for source in (CameraSource.VIDEO, CameraSource.IMAGES):
        assert not CameraConfig(source=source, path=Path("x")).is_live


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"source": CameraSource.RTSP}, "missing"),
        ({"source": CameraSource.RTSP, "url": "http://joe:s3cr3t@camera/"}, "rtsp://user"),
        ({"source": CameraSource.RTSP, "url": "rtsp://"}, "rtsp://user"),
        ({"source": CameraSource.RTSP, "url": "rtsp://joe:s3cr3t@[camera/"}, "rtsp://user"),
        ({"source": CameraSource.RTSP, "url": "rtsp://joe:s3cr3t@camera:port/"}, "rtsp://user"),
        ({"source": CameraSource.RTSP, "url": "rtsp://joe:s3 cr3t@camera/"}, "rtsp://user"),
        ({"source": CameraSource.V4L2, "rotation": 45}, "90"),
        ({"source": CameraSource.V4L2, "stall_s": 30}, "1 to 10"),
        ({"source": CameraSource.V4L2, "frames_per_s": 0.2}, "two frames"),
    ],
)
def test_mistakes_are_said_without_the_password(wrong: dict[str, Any], said: str) -> None:
    """What is wrong, and what it should look like."""
    with pytest.raises(ContractError, match=said) as caught:
        CameraConfig(**wrong)

    assert "s3" not in str(caught.value)


def test_a_configuration_does_not_print_its_password() -> None:
    """Neither does whatever prints it."""
    assert "s3cr3t" not in repr(CameraConfig(source=CameraSource.RTSP, url=URL))


@pytest.mark.parametrize(
    ("field", "value"),
    [("frozen_s", 26), ("black_s", 0), ("covered_s", 60), ("moved_s", 1), ("out_of_focus_s", 60),
     ("learn_s", 1), ("relearn_h", 0)],
)  # fmt: skip
def test_patience_has_bounds(field: str, value: float) -> None:
    """Every fault is told within half a minute, and none at the first glance."""
    with pytest.raises(ContractError, match=field):
        ConditionConfig(**{field: value})
