"""tflite-runtime is given the int8 kernels that its wheel leaves off."""

import sys
import types

import numpy as np
import pytest

from edge.adapters import tflite_classifier
from edge.adapters.tflite_classifier import TfliteClassifier
from edge.adapters.xnnpack import Int8Delegate, int8_delegates
from edge.config import PACKAGED_MODEL

LIBRARY = "tflite_runtime._pywrap_tensorflow_interpreter_wrapper"


def test_the_delegate_takes_the_shipped_model() -> None:
    """The graph runs on XNNPACK, and a second interpreter after the first is gone does too."""
    runtime = pytest.importorskip("tflite_runtime.interpreter")
    for _ in range(2):
        interpreter = runtime.Interpreter(
            str(PACKAGED_MODEL), num_threads=1, experimental_delegates=[Int8Delegate()]
        )
        interpreter.allocate_tensors()
        names = {entry["op_name"] for entry in interpreter._get_ops_details()}
        assert "DELEGATE" in names
        del interpreter


def test_answers_are_those_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """But for the rounding of eight bits."""
    pytest.importorskip("tflite_runtime.interpreter")
    monkeypatch.setattr(tflite_classifier, "_NEWER", "no.such.runtime")
    fast = TfliteClassifier(PACKAGED_MODEL)
    monkeypatch.setattr(tflite_classifier, "int8_delegates", list)
    plain = TfliteClassifier(PACKAGED_MODEL)
    random = np.random.default_rng(11)
    for _ in range(10):
        crop = random.integers(0, 256, (48, 48), np.uint8)
        assert np.allclose(fast.classify(crop), plain.classify(crop), atol=0.05)


@pytest.mark.parametrize(
    "module",
    [None, types.SimpleNamespace(__file__="/no/such/library.so"), sys.modules["_ctypes"]],
    ids=["not installed", "not loadable", "another build"],
)
def test_without_it_there_is_none(monkeypatch: pytest.MonkeyPatch, module: object) -> None:
    """A runtime that cannot give it away is used as it is."""
    monkeypatch.setitem(sys.modules, LIBRARY, module)
    assert int8_delegates() == []
