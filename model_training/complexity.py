"""How much a model computes, and how near its speed comes to what one core can do at all.

Counted as is usual in this field: one multiply-add for each weight and each place it is used at, in
convolutions and dense layers. Additions of branches, pooling, activations, requantisation and
softmax are not counted, though they take time, so that no model reaches the limit.
"""

from __future__ import annotations

import importlib
import math
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from model_training.errors import ModelFileError, ModelTrainingError

_READERS: Final = (
    "ai_edge_litert.tools.flatbuffer_utils",
    "tensorflow.lite.tools.flatbuffer_utils",
)
_COUNTED: Final = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
_PEAK_PROGRAM: Final = Path(__file__).with_name("int8_peak.c")
_PEAK_TIMEOUT_S: Final = 60


@dataclass(frozen=True)
class _Layer:
    """One convolution or dense layer: its operator, and the shapes of output and weights."""

    operator: str
    output: tuple[int, ...]
    filter: tuple[int, ...]
    bias: tuple[int, ...]

    @property
    def multiply_adds(self) -> int:
        """For one image."""
        # Filters are (out, height, width, in), (1, height, width, out) or (out, in).
        per_output = self.filter[1:3] if self.operator == "DEPTHWISE_CONV_2D" else self.filter[1:]
        return math.prod(self.output) * math.prod(per_output)


def multiply_adds(path: Path) -> int:
    """Returns the multiply-adds of one answer of a .tflite file.

    Raises:
        ModelFileError: there is no such file, it is no model, or it has layers of another kind.
        ModelTrainingError: no package is installed that can read its graph.
    """
    return sum(layer.multiply_adds for layer in _layers(path))


def weights(path: Path) -> int:
    """Returns the number of weights and biases of a .tflite file's layers.

    Less than the network had in training, whose batch statistics are folded into them.

    Raises:
        ModelFileError: there is no such file, it is no model, or it has layers of another kind.
        ModelTrainingError: no package is installed that can read its graph.
    """
    return sum(math.prod(layer.filter) + math.prod(layer.bias) for layer in _layers(path))


def machine_peak() -> dict[str, Any]:
    """Measures the int8 limit of the core this runs on, ready for JSON.

    `int8_peak.c` is compiled for this processor and run: its widest int8 instruction, nothing
    else, with all operands in registers. The best of 400 rounds of a third of a millisecond counts,
    so that other programs do not lower it. It runs on the processors this process may use.

    Returns:
        `gmac_per_s`, in 10⁹ multiply-adds a second, or None where it cannot be measured: there is
        no C compiler, or the processor has none of the instructions that the program knows.
        `found` says how it was measured, or why not.
    """
    compiler = shutil.which("cc")
    if compiler is None:
        return _no_peak("there is no C compiler here (apt-get install gcc)")
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "int8_peak"
        asked = [compiler, "-O3", "-march=native", "-o", str(program), str(_PEAK_PROGRAM)]
        compiled = subprocess.run(  # noqa: S603 - fixed arguments, no shell
            asked, capture_output=True, text=True, check=False, timeout=_PEAK_TIMEOUT_S
        )
        if compiled.returncode != 0:
            reason = next((line for line in compiled.stderr.splitlines() if "error" in line), "")
            return _no_peak(f"the compiler refused {_PEAK_PROGRAM.name}: {reason}")
        try:
            printed = subprocess.run(  # noqa: S603 - as above
                [str(program)], capture_output=True, text=True, check=True, timeout=_PEAK_TIMEOUT_S
            ).stdout
        except (OSError, subprocess.SubprocessError) as error:
            return _no_peak(f"{_PEAK_PROGRAM.name} did not run: {error}")
    per_second, instruction = printed.rstrip("\n").split("\t")
    return {"gmac_per_s": float(per_second) / 1e9, "found": f"measured with {instruction}"}


def complexity_figures(path: Path, ms_per_face: float, peak: dict[str, Any]) -> dict[str, Any]:
    """Returns what a model computes and how fast, against the limit, ready for JSON.

    Args:
        path: a .tflite file.
        ms_per_face: time of one answer, in milliseconds.
        peak: result of `machine_peak` on the same machine, best in the same run.

    Returns:
        `multiply_adds`, `weights`, `ms_per_face`, `gmac_per_s`, and `share_of_limit`, None where
        the limit is not known, with the limit itself under `limit`.

    Raises:
        ModelFileError: there is no such file, it is no model, or it has layers of another kind.
        ModelTrainingError: no package is installed that can read its graph.
    """
    count = multiply_adds(path)
    rate = count / ms_per_face / 1e6
    limit = peak["gmac_per_s"]
    return {
        "multiply_adds": count,
        "weights": weights(path),
        "ms_per_face": ms_per_face,
        "gmac_per_s": rate,
        "share_of_limit": None if limit is None else rate / limit,
        "limit": peak,
    }


def _no_peak(reason: str) -> dict[str, Any]:
    return {"gmac_per_s": None, "found": f"not measured: {reason}"}


def _layers(path: Path) -> list[_Layer]:
    reader = _reader()
    try:
        content = bytearray(path.read_bytes())
    except FileNotFoundError as error:
        raise ModelFileError(f"{path}: there is no such file") from error
    if content[4:8] != b"TFL3":
        raise ModelFileError(f"{path}: not a TFLite model")
    model = reader.read_model_from_bytearray(content)
    layers = []
    for graph in model.subgraphs:
        for operator in graph.operators:
            name = reader.opcode_to_name(model, operator.opcodeIndex)
            if name in _COUNTED:
                output, filter_, bias = (
                    tuple(int(size) for size in graph.tensors[tensor].shape)
                    if tensor >= 0
                    else (0,)
                    for tensor in (operator.outputs[0], *_weight_tensors(operator.inputs))
                )
                layers.append(_Layer(name, output, filter_, bias))
            elif "CONV" in name or "MATMUL" in name or "LSTM" in name:
                raise ModelFileError(f"{path}: it has a layer {name}, which cannot be counted")
    return layers


def _weight_tensors(inputs: Any) -> tuple[int, int]:  # noqa: ANN401 - the reader is untyped
    """Numbers of filter and bias among a layer's inputs; -1 stands for no bias."""
    return int(inputs[1]), int(inputs[2]) if len(inputs) > 2 else -1  # noqa: PLR2004 - data, filter, bias


def _reader() -> Any:  # noqa: ANN401 - the packages are untyped
    for name in _READERS:
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    raise ModelTrainingError(
        "Reading a model's graph needs ai-edge-litert or TensorFlow: "
        "pip install -r model_training/requirements.txt"
    )
