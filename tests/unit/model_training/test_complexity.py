import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from model_training.complexity import complexity_figures, machine_peak, multiply_adds, weights
from model_training.errors import ModelFileError, ModelTrainingError

_PEAK: dict[str, Any] = {"gmac_per_s": 500.0, "found": "made up for a test"}


@pytest.fixture(scope="module")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A convolution, a depthwise and a dense layer, each of another cost."""
    tensorflow = pytest.importorskip("tensorflow", reason="TensorFlow is not installed")
    import keras  # noqa: PLC0415 - comes with TensorFlow

    network = keras.Sequential(
        [
            keras.layers.Input((8, 8, 3), batch_size=1),
            keras.layers.Conv2D(4, 3, strides=2, padding="same"),
            keras.layers.DepthwiseConv2D(3, padding="same"),
            keras.layers.Flatten(),
            keras.layers.Dense(5, bias_initializer="ones"),  # zeros would be left out
        ]
    )
    path = tmp_path_factory.mktemp("complexity") / "small.tflite"
    path.write_bytes(tensorflow.lite.TFLiteConverter.from_keras_model(network).convert())
    return path


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder that is all of PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


@pytest.mark.training
def test_every_kind_of_layer_is_counted(small_model: Path) -> None:
    """4x4 outputs of 4 channels from 3x3x3, then from 3x3 each, then 64 inputs for 5 outputs."""
    assert multiply_adds(small_model) == 4 * 4 * 4 * 27 + 4 * 4 * 4 * 9 + 64 * 5
    assert weights(small_model) == (4 * 27 + 4) + (4 * 9 + 4) + (64 * 5 + 5)


@pytest.mark.training
def test_the_share_of_the_limit_is_work_by_time_by_limit(small_model: Path) -> None:
    """2624 multiply-adds in a microsecond are 2.624 of 10⁹ a second."""
    figures = complexity_figures(small_model, 0.001, _PEAK)
    assert figures["multiply_adds"] == 2624
    assert figures["gmac_per_s"] == pytest.approx(2.624)
    assert figures["share_of_limit"] == pytest.approx(2.624 / 500)
    assert json.loads(json.dumps(figures)) == figures


@pytest.mark.training
def test_without_a_limit_there_is_no_share(small_model: Path, alone: Path) -> None:
    """No compiler: said in words, and the rest is still told."""
    assert not any(alone.iterdir())
    figures = complexity_figures(small_model, 0.001, machine_peak())
    assert figures["share_of_limit"] is None
    assert figures["gmac_per_s"] == pytest.approx(2.624)
    assert "no C compiler" in figures["limit"]["found"]


@pytest.mark.training
def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    """Missing and foreign files are named."""
    pytest.importorskip("tensorflow", reason="TensorFlow is not installed")
    with pytest.raises(ModelFileError, match=r"nowhere\.tflite: there is no such file"):
        multiply_adds(tmp_path / "nowhere.tflite")
    path = tmp_path / "noise.tflite"
    path.write_bytes(b"no model" * 100)
    with pytest.raises(ModelFileError, match=r"noise\.tflite: not a TFLite model"):
        weights(path)


def test_without_a_reader_the_message_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Neither package there: one plain error."""
    monkeypatch.setattr("model_training.complexity._READERS", ("no_such_package",))
    with pytest.raises(ModelTrainingError, match="pip install -r model_training/requirements"):
        multiply_adds(tmp_path / "any.tflite")


@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler here")
def test_the_limit_of_this_machine_is_measured_or_explained() -> None:
    """A rate that a processor can have, and how it was found; or None, and why."""
    peak = machine_peak()
    if peak["gmac_per_s"] is None:
        assert "the compiler refused int8_peak.c: " in peak["found"]
    else:
        assert 1 < peak["gmac_per_s"] < 10_000
        assert peak["found"].startswith("measured with A")


@pytest.mark.parametrize(
    ("compiler", "reason"),
    [
        ("echo 'int8_peak.c:49: error: none of these' >&2; exit 1", "refused .*: none of these"),
        ("printf '#!/bin/sh\\nexit 4\\n' > $4; /bin/chmod +x $4", "did not run: .* exit status 4"),
    ],
)
def test_a_limit_that_cannot_be_measured_is_explained(
    alone: Path, compiler: str, reason: str
) -> None:
    """An unknown processor, and a program that fails: no figure, and why."""
    (alone / "cc").write_text(f"#!/bin/sh\n{compiler}\n", encoding="utf-8")
    (alone / "cc").chmod(0o755)
    peak = machine_peak()
    assert peak["gmac_per_s"] is None
    assert re.search(reason, peak["found"])
