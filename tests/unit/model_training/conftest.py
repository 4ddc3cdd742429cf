from pathlib import Path

import numpy as np
import pytest

from model_training.faces import FRAME_PX, FaceSet


def make_faces(training: int, public: int, seed: int = 3) -> FaceSet:
    """Noise faces whose brightness tells the expression, so that a network can learn them."""
    rng = np.random.default_rng(seed)
    count = training + public
    expression = np.arange(count) % 8
    grey = 20 + 28 * expression[:, None, None]
    noise = rng.integers(0, 15, size=(count, FRAME_PX, FRAME_PX))
    votes = np.zeros((count, 10), dtype=np.uint8)
    votes[np.arange(count), expression] = 8
    votes[np.arange(count), (expression + 1) % 8] = 2
    return FaceSet(
        images=(grey + noise).astype(np.uint8),
        usage=np.repeat(np.array([0, 1], dtype=np.uint8), [training, public]),
        votes=votes,
        fer2013_label=(expression % 7).astype(np.uint8),
        source="made for a test",
    )


def write_npz(path: Path, faces: FaceSet) -> None:
    """Writes faces as the file that users have."""
    np.savez(
        path,
        images=faces.images,
        usage=faces.usage,
        ferplus_votes=faces.votes,
        fer2013_label=faces.fer2013_label,
    )


def silent(done: int, total: int) -> None:
    """A progress bar that checks what it is told and shows nothing."""
    assert 0 < done <= total


@pytest.fixture(scope="session")
def few_faces() -> FaceSet:
    """48 training and 24 public images."""
    return make_faces(48, 24)
