"""Runs a shipped .tflite file, through whichever TFLite runtime this machine has."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from model_training.errors import ModelFileError
from model_training.faces import FRAME_PX

RUNTIMES: Final = ("ai_edge_litert", "tflite_runtime", "tensorflow")
"""Packages that can run a model, in the order in which they are tried."""

INPUT_SHAPE: Final = (1, FRAME_PX, FRAME_PX, 1)


@dataclass(frozen=True)
class TensorFacts:
    """One tensor at the model's border.

    Attributes:
        shape: with the batch of one.
        dtype: numpy's name of the element type.
        scale: value of one quantisation step.
        zero_point: quantised number that stands for 0.
    """

    shape: tuple[int, ...]
    dtype: str
    scale: float
    zero_point: int


class TfliteModel:
    """A loaded model file; answers are dequantised.

    Attributes:
        path: the file.
        runtime: name of the package that runs it.
        sha256: of the file, hexadecimal.
        input: facts of the input tensor.
        output: facts of the output tensor.
    """

    def __init__(self, path: Path, runtime: str | None = None) -> None:
        if not path.is_file():
            raise ModelFileError(f"{path}: there is no such file")
        content = path.read_bytes()
        self.path = path
        self.sha256 = hashlib.sha256(content).hexdigest()
        self.runtime, interpreter_class = _find_runtime(runtime)
        try:
            self._interpreter: Any = interpreter_class(model_content=content, num_threads=1)
            self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise ModelFileError(f"{path}: {self.runtime} cannot load it: {error}") from error
        self.input, self._input_index = _facts(self._interpreter.get_input_details()[0])
        self.output, self._output_index = _facts(self._interpreter.get_output_details()[0])

    def check_input(self) -> None:
        """Checks that raw grey values are the quantised input values.

        Raises:
            ModelFileError: shape, type, scale or zero point differ.
        """
        wanted = TensorFacts(INPUT_SHAPE, "uint8", 1.0, 0)
        if self.input != wanted:
            raise ModelFileError(f"{self.path}: its input is {self.input}, expected {wanted}")

    def predict(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Returns the dequantised answers, float32 (n, k), to raw grey images (n, 48, 48)."""
        quantised = np.empty((len(images), self.output.shape[1]), dtype=self.output.dtype)
        for row, image in enumerate(images):
            self._interpreter.set_tensor(self._input_index, image.reshape(INPUT_SHAPE))
            self._interpreter.invoke()
            quantised[row] = self._interpreter.get_tensor(self._output_index)[0]
        steps = quantised.astype(np.float32) - np.float32(self.output.zero_point)
        answers: NDArray[np.float32] = steps * np.float32(self.output.scale)
        return answers


def installed_runtimes() -> list[str]:
    """Returns those of `RUNTIMES` that this machine has, in their order."""
    return [name for name in RUNTIMES if importlib.util.find_spec(name) is not None]


def _find_runtime(wanted: str | None) -> tuple[str, Any]:
    for name in (wanted,) if wanted else RUNTIMES:
        module = "tensorflow.lite" if name == "tensorflow" else f"{name}.interpreter"
        try:
            if name == "tensorflow":
                return name, importlib.import_module("tensorflow").lite.Interpreter
            return name, importlib.import_module(module).Interpreter
        except ImportError:
            continue
    raise ModelFileError(
        f"No TFLite runtime found ({wanted or ', '.join(RUNTIMES)}): "
        "pip install ai-edge-litert, or tflite-runtime on Python 3.11"
    )


def _facts(details: dict[str, Any]) -> tuple[TensorFacts, int]:
    scale, zero_point = details["quantization"]
    shape = tuple(int(size) for size in details["shape"])
    facts = TensorFacts(shape, np.dtype(details["dtype"]).name, float(scale), int(zero_point))
    return facts, int(details["index"])
