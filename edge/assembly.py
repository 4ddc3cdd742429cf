"""Puts the vision half together from its configuration."""

from collections.abc import Callable
from typing import Final

from contracts.visit import Visit
from edge.adapters.aruco_finder import ArucoFinder
from edge.adapters.board_health import BoardHealth
from edge.adapters.choose_detector import choose_detector
from edge.adapters.image_folder_source import ImageFolderSource
from edge.adapters.live_source import KeepWaiting, always
from edge.adapters.picamera2_source import Picamera2Source
from edge.adapters.rtsp_source import RtspSource
from edge.adapters.tflite_classifier import TfliteClassifier
from edge.adapters.v4l2_source import V4l2Source
from edge.adapters.video_source import VideoSource
from edge.cadence import Cadence
from edge.config import (
    CameraConfig,
    CameraSource,
    DetectorConfig,
    DeviceConfig,
    EdgeConfig,
    MarkersConfig,
    Measuring,
    ModelConfig,
    SceneConfig,
    Unseen,
    VisitsConfig,
)
from edge.crop import Framing
from edge.errors import CameraError
from edge.exclusion import Exclusions, MarkerRules
from edge.markers import SIDES_MM
from edge.models import ModelInfo
from edge.pipeline import Observer, Pipeline
from edge.polygon import Polygon
from edge.ports import Clock, FrameSource
from edge.tracker import Tracker, TrackingRules
from edge.visits import VisitBuilder, VisitRules
from edge.zones import ArtworkZones, Zone

NO_MODEL: Final = ModelInfo(version="none", abstain_below=1.0)
"""What visits and heartbeats name where only visits are counted."""
_NO_FRAMING: Final = Framing(0.0, 0.0, 1.0)


def open_source(
    camera: CameraConfig, clock: Clock, keep_waiting: KeepWaiting = always
) -> FrameSource:
    """The configured camera; entering it opens it.

    Args:
        camera: Which.
        clock: Stamps its frames, and paces a film.
        keep_waiting: Ends a wait for a live camera's picture; see ``LiveSource``.

    Raises:
        CameraError: The configuration names no file where it needs one.
    """
    if camera.is_live:
        return _live_source(camera, clock, keep_waiting)
    if camera.path is None:
        raise CameraError(camera.source.value, "needs a path in the configuration")
    if camera.source is CameraSource.IMAGES:
        return ImageFolderSource(
            camera.path, clock, frames_per_s=camera.frames_per_s, realtime=camera.realtime
        )
    return VideoSource(
        camera.path, clock, realtime=camera.realtime, started_at_ms=camera.started_at_ms
    )


def _live_source(camera: CameraConfig, clock: Clock, keep_waiting: KeepWaiting) -> FrameSource:
    if camera.url is not None and camera.source is CameraSource.RTSP:
        return RtspSource(
            camera.url,
            clock,
            stall_s=camera.stall_s,
            rotation=camera.rotation,
            keep_waiting=keep_waiting,
        )
    kind = Picamera2Source if camera.source is CameraSource.PICAMERA2 else V4l2Source
    return kind(
        camera.index,
        clock,
        width=camera.width,
        height=camera.height,
        frames_per_s=camera.frames_per_s,
        stall_s=camera.stall_s,
        rotation=camera.rotation,
        keep_waiting=keep_waiting,
    )


def build_pipeline(
    config: EdgeConfig, clock: Clock, observer: Observer | None = None, *, load_model: bool = True
) -> Pipeline:
    """The pipeline of a configured Pi.

    Args:
        config: The whole of it.
        clock: Time.
        observer: Sees each frame; for rendered films only.
        load_model: Load the expression model now rather than at the first face that is measured.

    Raises:
        ModelError: The detector's or the expression model's file cannot be used.
    """
    return assemble(
        device=config.device,
        detector=config.detector,
        model=config.model,
        visits=config.visits,
        clock=clock,
        cadence=_cadence(config.camera),
        observer=observer,
        measuring=config.watch.mode,
        markers=config.markers,
        scene=config.scene,
        load_model=load_model,
    )


def _cadence(camera: CameraConfig) -> Cadence | None:
    """None for what does not run on: a film that waits is looked at frame by frame."""
    if not camera.is_live and not camera.realtime:
        return None
    return Cadence(frames_per_s=camera.frames_per_s, board=BoardHealth())


def assemble(
    *,
    device: DeviceConfig,
    detector: DetectorConfig,
    model: ModelConfig,
    visits: VisitsConfig,
    clock: Clock,
    cadence: Cadence | None = None,
    observer: Observer | None = None,
    on_visit: Callable[[Visit, float | None], None] | None = None,
    measuring: Measuring = Measuring.FULL,
    markers: MarkersConfig | None = None,
    scene: SceneConfig | None = None,
    load_model: bool = True,
) -> Pipeline:
    """The pipeline from the parts of a configuration that it needs.

    With ``count-only`` the expression model is not even looked for.

    Raises:
        ModelError: The detector's or the expression model's file cannot be used.
    """
    finder = choose_detector(detector.kind, detector.yunet_model, detector.min_face_px)
    classifier = None
    if measuring is Measuring.FULL:
        classifier = TfliteClassifier(model.file, load=load_model)
    scene = scene or SceneConfig()
    return Pipeline(
        detector=finder,
        classifier=classifier,
        framing=classifier.framing(finder.name) if classifier else _NO_FRAMING,
        builder=VisitBuilder(
            museum_id=device.museum_id,
            artwork_id=device.artwork_id,
            device_id=device.device_id,
            model=classifier.info if classifier else NO_MODEL,
            rules=VisitRules(min_dwell_s=visits.min_dwell_s, min_samples=visits.min_samples),
            wall_ms=lambda moment_s: wall_ms(clock, moment_s),
        ),
        tracker=Tracker(TrackingRules(bridge_s=visits.bridge_s)),
        exclusion=_exclusions(markers or MarkersConfig(), scene),
        zones=ArtworkZones([Zone(z.artwork_id, Polygon(z.polygon)) for z in scene.zones]),
        cadence=cadence,
        observer=observer,
        on_visit=on_visit,
    )


def _exclusions(markers: MarkersConfig, scene: SceneConfig) -> Exclusions:
    return Exclusions(
        masks=[Polygon(mask.polygon) for mask in scene.masks],
        finder=ArucoFinder() if markers.enabled else None,
        rules=MarkerRules(
            smallest_mm=markers.smallest_mm,
            largest_mm=max(markers.smallest_mm, *SIDES_MM.values()),
            measure_unseen=markers.if_unseen is Unseen.MEASURE,
        ),
    )


def wall_ms(clock: Clock, moment_s: float) -> int:
    """Wall-clock moment, ms since 1970 UTC, of a moment on the clock's monotonic scale, s."""
    return clock.now_ms() - round((clock.monotonic_s() - moment_s) * 1000)
