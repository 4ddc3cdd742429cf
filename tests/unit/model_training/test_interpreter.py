from pathlib import Path

import numpy as np
import pytest

from model_training.errors import ModelFileError
from model_training.interpreter import RUNTIMES, TfliteModel


def test_a_missing_model_is_named(tmp_path: Path) -> None:
    """The path is in the message."""
    with pytest.raises(ModelFileError, match=r"nowhere\.tflite: there is no such file"):
        TfliteModel(tmp_path / "nowhere.tflite")


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    """Garbage gives the package's own error."""
    path = tmp_path / "noise.tflite"
    path.write_bytes(b"no model" * 100)
    with pytest.raises(ModelFileError, match="cannot load it"):
        TfliteModel(path)


def test_an_unknown_runtime_says_what_to_install(repository: Path) -> None:
    """Asking for a package that is not there names the packages that would do."""
    with pytest.raises(ModelFileError, match="pip install ai-edge-litert"):
        TfliteModel(repository / "edge/models/expression.tflite", runtime="no_such_runtime")


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_every_installed_runtime_answers_with_probabilities(repository: Path, runtime: str) -> None:
    """In each runtime the shipped model gives eight probabilities for any picture."""
    package = "tensorflow" if runtime == "tensorflow" else f"{runtime}.interpreter"
    pytest.importorskip(package, reason=f"{runtime} is not installed here")
    model = TfliteModel(repository / "edge/models/expression.tflite", runtime)
    model.check_input()
    pictures = np.random.default_rng(2).integers(0, 256, size=(5, 48, 48), dtype=np.uint8)
    answers = model.predict(pictures)
    assert answers.shape == (5, 8)
    assert (answers >= 0).all()
    # Eight answers rounded to 1/256 each.
    np.testing.assert_allclose(answers.sum(axis=1), 1.0, atol=8 / 512)
