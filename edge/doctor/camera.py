"""Does the camera deliver pictures, as large and as often as it should?"""

from typing import Final

from edge.config import CameraConfig, CameraSource
from edge.doctor.report import Figure, Finding, failed, passed, warned
from edge.doctor.scene import Scene

HOLDS: Final = "museum-edge.service holds the camera"
FREE_IT: Final = "sudo museum-edge pause; museum-edge doctor again; sudo museum-edge resume"
SLOW_SHARE: Final = 0.8
"""Of the wanted rate; dim light makes many cameras slower by a tenth or two."""
SLOWEST_FPS: Final = 4.0
"""Below it nobody who walks by can be followed."""
PLUG: Final = {
    CameraSource.V4L2: "look at plug and cable; v4l2-ctl --list-devices names the cameras",
    CameraSource.PICAMERA2: "power off, reseat the ribbon; rpicam-hello --list-cameras names them",
    CameraSource.RTSP: "look whether the camera has power and network, and at camera.url",
    CameraSource.VIDEO: "check camera.path; ffprobe tells whether it is a video",
    CameraSource.IMAGES: "check camera.path; it must be a folder of pictures",
}


def camera(scene: Scene, wanted: CameraConfig) -> Finding:
    """Judges what the camera delivered against what the configuration asks for."""
    figures: dict[str, Figure] = {
        "width": scene.width,
        "height": scene.height,
        "frames": scene.frames,
        "frames_per_s": None if scene.frames_per_s is None else round(scene.frames_per_s, 1),
    }
    if not scene.looks:
        text = f"{scene.frames} pictures and then no more"
        if wanted.started_at_ms is not None:
            text += "; by camera.started_at_ms the film is over"
        return failed(text, PLUG[wanted.source], **figures)
    text = f"{wanted.source.value}, {scene.width}x{scene.height}"
    if scene.frames_per_s is not None:
        text += f", {scene.frames_per_s:.1f} frames/s"
    if not wanted.is_live:
        return passed(text, **figures)
    return _live(scene, wanted, text, figures)


def _live(scene: Scene, wanted: CameraConfig, text: str, figures: dict[str, Figure]) -> Finding:
    if scene.frozen:
        mend = "take its power away for ten seconds; if it happens again, replace it"
        return failed(f"{text}: the same picture again and again", mend, **figures)
    rate = scene.frames_per_s or 0.0
    # A network camera's own settings decide its size and rate.
    wanted_fps = 0.0 if wanted.source is CameraSource.RTSP else wanted.frames_per_s
    mend = "more light; a USB 3 port and no hub; a lower camera.width, .height or .frames_per_s"
    if rate < min(SLOWEST_FPS, SLOW_SHARE * wanted.frames_per_s):
        return failed(f"{text}: too slow to follow anybody", mend, **figures)
    if rate < SLOW_SHARE * wanted_fps:
        return warned(f"{text}, {wanted_fps:g} wanted", mend, **figures)
    # Turned pictures come as wide as the camera's are high.
    sizes = {(wanted.width, wanted.height), (wanted.height, wanted.width)}
    if wanted_fps and (scene.width, scene.height) not in sizes:
        mend = "set camera.width and camera.height to a size that the camera has"
        return warned(f"{text}, {wanted.width}x{wanted.height} wanted", mend, **figures)
    return passed(text, **figures)
