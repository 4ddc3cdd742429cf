"""Marker, mask, closed hours, count-only: no inference, counted by the classifier itself."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import edge.assembly as assembly_module
from contracts.museums import OpeningHours
from contracts.status import WatchMode
from contracts.visit import Visit
from edge.adapters.pause_note import PauseNote
from edge.adapters.tflite_classifier import TfliteClassifier
from edge.adapters.video_source import VideoSource
from edge.assembly import assemble
from edge.config import (
    DetectorConfig,
    DetectorKind,
    DeviceConfig,
    MarkersConfig,
    MaskConfig,
    Measuring,
    ModelConfig,
    SceneConfig,
    VisitsConfig,
    WatchConfig,
    ZoneConfig,
)
from edge.gate import WATCHING, WatchGate
from edge.markers import NUMBERS, SIDES_MM, MarkerKind
from edge.pipeline import Pipeline
from edge.stats import StatsSnapshot
from tests.fakes.clock import FakeClock
from tests.support import wearer

pytestmark = pytest.mark.integration

DEVICE = DeviceConfig(museum_id="city-gallery", artwork_id="harvest", device_id="pi-1")
EVERYWHERE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
Build = Callable[..., Pipeline]


@pytest.fixture(name="classifiers")
def fixture_classifiers(monkeypatch: pytest.MonkeyPatch) -> list[TfliteClassifier]:
    """The real classifiers that a test makes."""
    made: list[TfliteClassifier] = []

    class Kept(TfliteClassifier):
        def __init__(self, file: Path, *, load: bool = True) -> None:
            super().__init__(file, load=load)
            made.append(self)

    monkeypatch.setattr(assembly_module, "TfliteClassifier", Kept)
    return made


def builder(yunet_model: Path | None) -> Build:
    """Makes pipelines with a real detector and the shipped model."""
    kind = DetectorKind.HAAR if yunet_model is None else DetectorKind.YUNET

    def build(**parts: Any) -> Pipeline:  # noqa: ANN401 - parts of the configuration
        return assemble(
            device=DEVICE,
            detector=DetectorConfig(kind=kind, yunet_model=yunet_model),
            model=ModelConfig(),
            visits=VisitsConfig(),
            clock=FakeClock(),
            **parts,
        )

    return build


@pytest.fixture(name="build")
def fixture_build(repository: Path) -> Build:
    """With YuNet where its file is there."""
    file = repository.parent / "shared" / "models" / "face_detection_yunet_2026may.onnx"
    return builder(file if file.is_file() else None)


@pytest.fixture(name="build_each", params=[DetectorKind.HAAR, DetectorKind.YUNET], ids=str)
def fixture_build_each(request: pytest.FixtureRequest) -> Build:
    """With one detector after the other: their boxes differ."""
    is_haar = request.param is DetectorKind.HAAR
    return builder(None if is_haar else request.getfixturevalue("yunet_model"))


def play(
    pipeline: Pipeline, number: int | None = None, side_mm: float = 64.0
) -> tuple[list[Visit], StatsSnapshot]:
    """The visits of one who wears that marker, and the figures."""
    visits: list[Visit] = []
    for frame in wearer.frames(number=number, side_mm=side_mm):
        visits += pipeline.process(frame)
    return visits + pipeline.finish(), pipeline.stats.snapshot()


def test_a_visitor_without_a_marker_is_measured(
    build_each: Build, classifiers: list[TfliteClassifier]
) -> None:
    """The same film as below; so the zeros there mean something."""
    (visit,), figures = play(build_each())
    assert classifiers[0].invocations == visit.samples >= 5
    assert (figures.visits, figures.excluded) == (1, 0)


@pytest.mark.parametrize("kind", MarkerKind)
def test_who_wears_a_marker_is_never_measured_and_not_counted(
    build_each: Build, classifiers: list[TfliteClassifier], kind: MarkerKind
) -> None:
    """Card or sticker, from the first frame on."""
    visits, figures = play(build_each(), NUMBERS[kind], SIDES_MM[kind])
    assert classifiers[0].invocations == 0
    assert visits == []
    assert (figures.visits, figures.excluded, figures.passers_by) == (0, 1, 0)


@pytest.mark.parametrize("number", [None, *NUMBERS.values()])
def test_a_real_visitor_with_a_marker_pasted_on_the_chest_is_not_measured(
    shared_data: Path, build: Build, classifiers: list[TfliteClassifier], number: int | None
) -> None:
    """A clip of a man who signs; without the marker he is measured."""
    pipeline = build()
    visits: list[Visit] = []
    with VideoSource(shared_data / "clips" / "again.mkv", FakeClock(), realtime=False) as clip:
        while (frame := clip.read()) is not None:
            image = frame.image.copy()
            if number is not None:
                card = wearer.card(number, 32)
                image[260 : 260 + len(card), 305 : 305 + len(card)] = card[..., None]
            visits += pipeline.process(replace(frame, image=image))
    visits += pipeline.finish()
    figures = pipeline.stats.snapshot()
    if number is None:
        assert classifiers[0].invocations == visits[0].samples > 0
    else:
        assert classifiers[0].invocations == 0
        assert visits == []
    assert (figures.visits, figures.excluded) == ((1, 0) if number is None else (0, 1))


def test_any_other_marker_means_nothing(build: Build, classifiers: list[TfliteClassifier]) -> None:
    """The museum may use ArUco markers for something else."""
    (visit,), figures = play(build(), number=7)
    assert classifiers[0].invocations == visit.samples > 0
    assert figures.excluded == 0


def test_markers_can_be_switched_off(build: Build, classifiers: list[TfliteClassifier]) -> None:
    """Then nobody looks for them."""
    visits, _ = play(build(markers=MarkersConfig(enabled=False)), NUMBERS[MarkerKind.STAFF])
    assert len(visits) == 1
    assert classifiers[0].invocations > 0


def test_behind_a_mask_nobody_is_measured(
    build: Build, classifiers: list[TfliteClassifier]
) -> None:
    """No face there becomes a track."""
    visits, figures = play(build(scene=SceneConfig(masks=(MaskConfig(polygon=EVERYWHERE),))))
    assert classifiers[0].invocations == 0
    assert visits == []
    assert figures.passers_by == 0


def test_count_only_counts_without_a_model(
    build: Build, classifiers: list[TfliteClassifier]
) -> None:
    """No classifier is even made."""
    (visit,), _ = play(build(measuring=Measuring.COUNT_ONLY))
    assert classifiers == []
    assert (visit.samples, visit.emotion_id, visit.model) == (0, -1, "none")
    assert visit.expressions == (0.0,) * 8


def is_loaded(classifier: TfliteClassifier) -> bool:
    """Whether the model is in memory."""
    return classifier._loaded is not None


def test_count_only_by_switch_unloads_the_model(
    build: Build, classifiers: list[TfliteClassifier]
) -> None:
    """It is not loaded before somebody is to be measured, and no longer once nobody is."""
    pipeline = build(load_model=False)
    pipeline.measures = False
    (visit,), _ = play(pipeline)
    assert classifiers[0].invocations == visit.samples == 0
    assert not is_loaded(classifiers[0])
    pipeline.measures = True
    (visit,), _ = play(pipeline)
    assert classifiers[0].invocations == visit.samples > 0
    assert is_loaded(classifiers[0])
    pipeline.measures = False
    assert not is_loaded(classifiers[0])


def test_in_closed_hours_no_frame_is_even_taken(
    build: Build, classifiers: list[TfliteClassifier], tmp_path: Path
) -> None:
    """The loop of the process, by its gate; the process itself is tested beside this."""
    pipeline = build()
    gate = WatchGate(
        WatchConfig(time_zone="Europe/Rome", opening_hours=OpeningHours()),
        switches=PauseNote(tmp_path / "watch.json"),
        clock=FakeClock(),
        clock_synced=lambda: True,
    )
    for frame in wearer.frames():
        if gate.mode() in WATCHING:
            pipeline.process(frame)
    assert gate.mode() is WatchMode.CLOSED
    assert classifiers[0].invocations == 0
    assert pipeline.stats.snapshot().frames == 0


def test_the_zone_names_the_artwork(build: Build) -> None:
    """Most of the time is spent in the right half."""
    right = ((0.42, 0.0), (1.0, 0.0), (1.0, 1.0), (0.42, 1.0))
    zones = (
        ZoneConfig(artwork_id="the-letter", polygon=right),
        ZoneConfig(artwork_id="water-lilies", polygon=EVERYWHERE),
    )
    (visit,), _ = play(build(scene=SceneConfig(zones=zones)))
    assert visit.artwork_id == "the-letter"
    (visit,), _ = play(build(scene=SceneConfig(zones=zones[1:])))
    assert visit.artwork_id == "water-lilies"
    (visit,), _ = play(build())
    assert visit.artwork_id == "harvest"


_IN_A_PROCESS = """
import sys
from pathlib import Path
from edge.assembly import assemble
from edge.config import *
from tests.fakes.clock import FakeClock
from tests.support import wearer
pipeline = assemble(
    device=DeviceConfig(museum_id="m", artwork_id="a", device_id="d"),
    detector=DetectorConfig(kind=DetectorKind.HAAR),
    model=ModelConfig(file=Path("/no/such/model.tflite")),
    visits=VisitsConfig(), clock=FakeClock(), measuring=Measuring.COUNT_ONLY,
)
for frame in wearer.frames():
    pipeline.process(frame)
assert pipeline.stats.snapshot().visits + len(pipeline.finish()) == 1
print([m for m in sys.modules if m.split(".")[0] in ("tflite_runtime", "ai_edge_litert")])
"""


def test_count_only_needs_neither_model_nor_runtime(repository: Path) -> None:
    """The runtime is not imported, and the model's file need not be there."""
    done = subprocess.run(
        [sys.executable, "-c", _IN_A_PROCESS],
        cwd=repository, capture_output=True, check=True, text=True,
    )  # fmt: skip
    assert done.stdout == "[]\n"
