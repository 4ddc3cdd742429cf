"""The expression model on ai-edge-litert or its predecessor tflite-runtime, whichever is there."""

import hashlib
import importlib
import json
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from contracts.expressions import LABELS
from edge.adapters.xnnpack import int8_delegates
from edge.crop import CROP_PX, Framing
from edge.errors import ModelError
from edge.models import Image, ModelInfo

_NEWER: Final = "ai_edge_litert.interpreter"
_OLDER: Final = "tflite_runtime.interpreter"
"""In this order: the newer one takes a third of the time (docs/speed.md)."""
_INPUT_SHAPE: Final = (1, CROP_PX, CROP_PX, 1)
_OUTPUT_SHAPE: Final = (1, len(LABELS))


class TfliteClassifier:
    """Runs ``expression.tflite``, which must be what ``expression.json`` beside it says.

    Attributes:
        invocations: How often the model has run since this object was made.
    """

    def __init__(self, file: Path, *, load: bool = True) -> None:
        """Checks the model and loads it; one thread.

        Args:
            file: The model.
            load: Load it now; else at the first face.

        Raises:
            ModelError: File or description is missing, or they don't fit each other or this
                program, or no TFLite runtime is installed.
        """
        self._file = file
        self._description = _read_description(file)
        digest = hashlib.sha256(_read_model(file)).hexdigest()
        if digest != self._description.get("sha256"):
            raise ModelError(
                str(file), "is not the file that its description names (sha256); install it again"
            )
        if tuple(self._description.get("labels", ())) != LABELS:
            raise ModelError(str(file), f"its labels must be {', '.join(LABELS)}, in this order")
        self._info = ModelInfo(
            version=self._text("version"), abstain_below=self._share("abstain_below")
        )
        self.invocations = 0
        self._loaded = _Loaded(file) if load else None

    @property
    def info(self) -> ModelInfo:
        """Version and abstention threshold."""
        return self._info

    @property
    def runtime(self) -> str:
        """The package that runs it, ``ai_edge_litert`` say; nothing runs one that is not loaded."""
        return self._loaded.runtime if self._loaded else "not loaded"

    def framing(self, detector: str) -> Framing:
        """How faces from a detector are to be cropped.

        Raises:
            ModelError: The description has no framing for it.
        """
        try:
            entry = self._description["framing"][detector]
            values = [float(entry[key]) for key in ("center_dx", "center_dy", "scale")]
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(
                str(self._file), f"its description has no framing for the detector {detector!r}"
            ) from error
        if not 0 < values[2] < float("inf"):
            raise ModelError(str(self._file), f"framing.{detector}.scale must be positive")
        return Framing(*values)

    def classify(self, crop: Image) -> tuple[float, ...]:
        """Eight probabilities, ordered as the expressions are, of a grey crop [48, 48]."""
        if self._loaded is None:
            self._loaded = _Loaded(self._file)
        self.invocations += 1
        raw, (scale, zero_point) = self._loaded.run(crop)
        if scale:
            raw = (raw - zero_point) * scale
        raw = np.clip(raw, 0.0, None)
        total = float(raw.sum())
        # Eight rounded values seldom sum to 1; all zero cannot come out of a softmax.
        return tuple(float(p) / total for p in raw)

    def release(self) -> None:
        """Unloads the model; the next face loads it again."""
        self._loaded = None

    def _text(self, key: str) -> str:
        value = self._description.get(key)
        if not isinstance(value, str) or not value:
            raise ModelError(str(self._file), f"its description has no text {key!r}")
        return value

    def _share(self, key: str) -> float:
        value = self._description.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            raise ModelError(str(self._file), f"its description needs {key!r} between 0 and 1")
        return float(value)


class _Loaded:
    """The model in memory, ready to run."""

    def __init__(self, file: Path) -> None:
        self._interpreter, self.runtime = _interpreter(file, _read_model(file))
        inputs, outputs = (
            self._interpreter.get_input_details(),
            self._interpreter.get_output_details(),
        )
        if len(inputs) != 1 or len(outputs) != 1:
            raise ModelError(str(file), "must have one input and one output")
        taken, given = inputs[0], outputs[0]
        if tuple(taken["shape"]) != _INPUT_SHAPE or taken["dtype"] is not np.uint8:
            raise ModelError(str(file), f"its input must be uint8 {list(_INPUT_SHAPE)}")
        if tuple(given["shape"]) != _OUTPUT_SHAPE:
            raise ModelError(str(file), f"its output must be {list(_OUTPUT_SHAPE)}")
        self._input, self._output = int(taken["index"]), dict(given)

    def run(self, crop: Image) -> tuple[NDArray[np.float64], tuple[float, int]]:
        """The output [8] as it is stored, and its scale and zero point (0 where it is a float)."""
        self._interpreter.set_tensor(self._input, crop.reshape(_INPUT_SHAPE))
        self._interpreter.invoke()
        raw = self._interpreter.get_tensor(self._output["index"])[0].astype(np.float64)
        return raw, self._output["quantization"]


def _read_description(model: Path) -> dict[str, Any]:
    file = model.with_suffix(".json")
    try:
        description = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelError(str(file), "no such file; it belongs beside the model") from error
    except (OSError, ValueError) as error:
        raise ModelError(str(file), f"cannot be read: {error}") from error
    if not isinstance(description, dict):
        raise ModelError(str(file), "must hold a JSON object")
    return description


def _read_model(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError as error:
        raise ModelError(str(file), "no such file; install the model again") from error
    except OSError as error:
        raise ModelError(str(file), f"cannot be read: {error}") from error


def _interpreter(file: Path, content: bytes) -> tuple[Any, str]:
    """The vendor's untyped interpreter, and the name of its package."""
    for name in (_NEWER, _OLDER):
        try:
            runtime = importlib.import_module(name)
        except ImportError:
            continue
        try:
            interpreter = runtime.Interpreter(
                model_content=content,
                num_threads=1,
                experimental_delegates=int8_delegates() if name == _OLDER else None,
            )
            interpreter.allocate_tensors()
        except (RuntimeError, ValueError) as error:
            raise ModelError(str(file), f"{name} cannot run it: {error}") from error
        return interpreter, name.split(".")[0]
    raise ModelError(str(file), "no TFLite runtime; install tflite-runtime or ai-edge-litert")
