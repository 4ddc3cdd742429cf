"""XNNPACK's int8 kernels for tflite-runtime 2.14, which carries them and leaves them off.

Its wheels were built so that XNNPACK takes float models only; an int8 one runs on older kernels,
2.7 times slower (docs/speed.md). Asked for by its C interface (``xnnpack_delegate.h``) the delegate
takes int8 too, and its answers are those of ai-edge-litert, which does so by itself.
"""

import ctypes
import importlib
import logging
from typing import Any, Final

_log = logging.getLogger(__name__)

_LIBRARY: Final = "tflite_runtime._pywrap_tensorflow_interpreter_wrapper"
_SIGNED_INT8, _UNSIGNED_INT8 = 1, 2
"""``TFLITE_XNNPACK_DELEGATE_FLAG_QS8`` and ``_QU8``."""


class _Options(ctypes.Structure):
    """The head of ``TfLiteXNNPackDelegateOptions``, and room for the rest of it."""

    _fields_ = (
        ("num_threads", ctypes.c_int32),
        ("flags", ctypes.c_uint32),
        ("rest", ctypes.c_uint64 * 16),
    )


class Int8Delegate:
    """The delegate as ``Interpreter(experimental_delegates=[…])`` takes it; one thread."""

    def __init__(self) -> None:
        """Makes it.

        Raises:
            ImportError: tflite-runtime is not installed.
            AttributeError: This build does not give the delegate away.
            OSError: Its library cannot be loaded once more.
        """
        library = ctypes.CDLL(importlib.import_module(_LIBRARY).__file__)
        defaults = library.TfLiteXNNPackDelegateOptionsDefault
        create = library.TfLiteXNNPackDelegateCreate
        self._delete = library.TfLiteXNNPackDelegateDelete
        defaults.restype, defaults.argtypes = _Options, ()
        create.restype, create.argtypes = ctypes.c_void_p, (ctypes.POINTER(_Options),)
        self._delete.restype, self._delete.argtypes = None, (ctypes.c_void_p,)
        options = defaults()
        options.flags |= _SIGNED_INT8 | _UNSIGNED_INT8
        self._pointer: int | None = create(ctypes.byref(options))
        if self._pointer is None:
            raise OSError("XNNPACK does not know this processor")

    def __del__(self) -> None:
        """Frees it; the interpreter, which holds this object, is gone by then."""
        if getattr(self, "_pointer", None) is not None:
            self._delete(self._pointer)
            self._pointer = None

    def _get_native_delegate_pointer(self) -> int | None:
        """What the interpreter asks a delegate for (``tflite_runtime.interpreter.Delegate``)."""
        return self._pointer


def int8_delegates() -> list[Any]:
    """One delegate, or none where this build has none to give: slower, and right all the same."""
    try:
        return [Int8Delegate()]
    except (AttributeError, ImportError, OSError) as error:
        _log.info("the expression model runs without XNNPACK: %s", error)
        return []
