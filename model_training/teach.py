"""Teachers: what finished networks say about the training images, as targets for another one."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from model_training.errors import RunError
from model_training.faces import FER2013_LABELS
from model_training.interpreter import TfliteModel
from model_training.network import finished_network, predict_logits
from model_training.run_folder import RunFolder
from model_training.targets import Targets

if TYPE_CHECKING:
    from model_training.config import DistillationConfig
    from model_training.faces import FaceSet

log = logging.getLogger(__name__)

_SHIFTS_PX: Final = ((0, 0), (2, 0), (-2, 0), (0, 2), (0, -2))


def teaching_targets(
    config: DistillationConfig | None, faces: FaceSet, kept: Path
) -> Targets | None:
    """Returns the teachers' mean probabilities for each image, or None without teachers.

    Each teacher sees each image as it is and shifted by two pixels in four directions, each also
    mirrored: the mean of ten answers is steadier than one.

    Where no teacher knows the original labels, those targets are rows of zeros.

    Args:
        config: the teachers.
        faces: images to answer.
        kept: file that holds the answers for a resumed run.

    Raises:
        RunError: a teacher is not there, or has no weights yet.
        ModelFileError: a teacher's file is no model.
    """
    if config is None:
        return None
    if kept.is_file():
        with np.load(kept) as answers:
            return Targets(expression=answers["expression"], fer2013=answers["fer2013"])
    answered = [_answers(teacher, faces.images) for teacher in config.teachers]
    original = [one.fer2013 for one in answered if one.fer2013.any()]
    targets = Targets(
        expression=np.mean([one.expression for one in answered], axis=0),
        fer2013=np.mean(original, axis=0) if original else answered[0].fer2013,
    )
    partial = kept.with_suffix(".partial.npz")
    np.savez_compressed(partial, expression=targets.expression, fer2013=targets.fer2013)
    partial.replace(kept)
    return targets


def _answers(teacher: Path, images: NDArray[np.uint8]) -> Targets:
    if not teacher.exists():
        raise RunError(
            f"{teacher}: this teacher is not there; the configuration says how to get it"
        )
    answer = _of_file(teacher) if teacher.suffix == ".tflite" else _of_run(teacher)
    seen: list[Targets] = []
    for down, across in _SHIFTS_PX:
        for view in (images, images[:, :, ::-1]):
            seen.append(answer(_shifted(view, down, across)))
            log.info("Teacher %s: %d of %d views", teacher, len(seen), 2 * len(_SHIFTS_PX))
    return Targets(
        expression=np.mean([one.expression for one in seen], axis=0),
        fer2013=np.mean([one.fer2013 for one in seen], axis=0),
    )


def _of_run(run: Path) -> Callable[[NDArray[np.uint8]], Targets]:
    network = finished_network(RunFolder(run))

    def answer(images: NDArray[np.uint8]) -> Targets:
        expression, fer2013 = predict_logits(network, images)
        return Targets(expression=_softmax(expression), fer2013=_softmax(fer2013))

    return answer


def _of_file(path: Path) -> Callable[[NDArray[np.uint8]], Targets]:
    # TensorFlow is there where networks are trained, and its runtime is a fast one everywhere.
    model = TfliteModel(path, "tensorflow")

    def answer(images: NDArray[np.uint8]) -> Targets:
        unknown = np.zeros((len(images), len(FER2013_LABELS)), dtype=np.float32)
        return Targets(expression=model.predict(images), fer2013=unknown)

    return answer


def _shifted(images: NDArray[np.uint8], down: int, across: int) -> NDArray[np.uint8]:
    """Shifts by pixels; the edge is repeated."""
    reach = max(abs(down), abs(across))
    if reach == 0:
        return images
    height, width = images.shape[1:]
    padded = np.pad(images, ((0, 0), (reach, reach), (reach, reach)), mode="edge")
    return padded[:, reach - down : reach - down + height, reach - across : reach - across + width]


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: NDArray[np.float32] = raised / raised.sum(axis=1, keepdims=True)
    return shares
