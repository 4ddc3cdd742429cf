"""Renders the gallery film that stands in for a camera, and writes down what is in it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from workload.choreography import Choreography, Pose, Walker, choreograph, truth_of
from workload.cutouts import Cutout, Image, astronaut, hopper
from workload.errors import WorkloadError
from workload.gallery import HEIGHT, PILLAR, WIDTH, paint_pillar, paint_room

FRAMES_PER_S: Final = 12.0
DEFAULT_SECONDS: Final = 44.0
DEFAULT_SEED: Final = 7

Progress = Callable[[int, int], None]
"""Called with what is done and the total."""

_NOISE_SIGMA: Final = 2.0
"""Sensor noise in grey values."""
_NOISE_FRAMES: Final = 5


def frames(choreography: Choreography, seed: int) -> Iterator[Image]:
    """The film's frames, BGR [720, 1280, 3]; the same seed gives the same pixels."""
    room, pillar = paint_room(), paint_pillar()
    people = _people(choreography)
    rng = np.random.default_rng(seed)
    noise = [_grain(rng) for _ in range(_NOISE_FRAMES)]
    for i in range(round(choreography.seconds * FRAMES_PER_S)):
        frame = room.copy()
        for walker, pose in choreography.poses(i / FRAMES_PER_S):
            _draw(frame, people[walker], pose)
        frame[:, PILLAR[0] : PILLAR[1]] = pillar
        grain = np.roll(noise[i % _NOISE_FRAMES], int(rng.integers(WIDTH)), axis=1)
        yield cv2.add(frame, grain, dtype=cv2.CV_8U)


def render_film(
    file: Path,
    *,
    seconds: float = DEFAULT_SECONDS,
    seed: int = DEFAULT_SEED,
    progress: Progress | None = None,
) -> dict[str, object]:
    """Writes the film as MP4 (MPEG-4 part 2, 1280 x 720, 12 frames/s) and returns its truth.

    Raises:
        WorkloadError: The length is not possible, or the file cannot be written.
    """
    choreography = choreograph(seconds, seed)
    total = round(seconds * FRAMES_PER_S)
    file.parent.mkdir(parents=True, exist_ok=True)
    codec = cv2.VideoWriter.fourcc(*"mp4v")
    writer = cv2.VideoWriter(str(file), codec, FRAMES_PER_S, (WIDTH, HEIGHT))
    if not writer.isOpened():
        raise WorkloadError(f"{file} cannot be written: check the folder and that it ends in .mp4")
    try:
        for done, frame in enumerate(frames(choreography, seed), start=1):
            writer.write(frame)
            if progress is not None:
                progress(done, total)
    finally:
        writer.release()
    return truth_of(choreography, FRAMES_PER_S)


def write_truth(file: Path, truth: dict[str, object]) -> None:
    """Writes the film's truth as JSON."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(truth, indent=2) + "\n", encoding="utf-8")


def _grain(rng: np.random.Generator) -> npt.NDArray[np.int8]:
    noise = rng.standard_normal((HEIGHT, WIDTH, 3), np.float32) * _NOISE_SIGMA
    return noise.round().astype(np.int8)


def _people(choreography: Choreography) -> dict[Walker, Cutout]:
    originals = {"astronaut": astronaut(), "hopper": hopper()}
    people = {}
    for walker in choreography.walkers:
        cutout = originals[walker.who].resized(walker.size_px)
        people[walker] = cutout.mirrored() if walker.mirrored else cutout
    return people


def _draw(frame: Image, person: Cutout, pose: Pose) -> None:
    """Blends the person into the frame so that the face lies where the pose says."""
    scale = pose.size_px / person.face_px
    matrix = cv2.getRotationMatrix2D(person.face, pose.tilt, scale)
    matrix[:, 2] += (pose.x - person.face[0], pose.y - person.face[1])
    reach = scale * person.pixels.shape[1] / 2 + 40
    left, right = max(0, int(pose.x - reach)), min(WIDTH, int(pose.x + reach))
    top = max(0, int(pose.y - scale * person.face[1] - 30))
    if left >= right:
        return
    matrix[:, 2] -= (left, top)
    warped = cv2.warpAffine(person.pixels, matrix, (right - left, HEIGHT - top))
    behind = frame[top:, left:right]
    through = cv2.merge([255 - warped[..., 3]] * 3)
    frame[top:, left:right] = cv2.add(
        cv2.multiply(behind, through, scale=1 / 255), warped[..., :3].copy()
    )
