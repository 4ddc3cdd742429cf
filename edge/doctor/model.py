"""Is the expression model whole, and does it run?"""

from time import perf_counter
from typing import Final

import numpy as np

from edge.adapters.tflite_classifier import TfliteClassifier
from edge.crop import CROP_PX
from edge.doctor.report import Figure, Finding, failed, passed, warned
from edge.ports import ExpressionClassifier

SLOW_MS: Final = 50.0
"""Five looks a second at four visitors would take all of one core."""
_RUNS: Final = 5
_REINSTALL: Final = "install this version again: sudo edge/install.sh --upgrade"


def model(classifier: TfliteClassifier, detector: str | None) -> Finding:
    """Runs the model, whose file and sum were checked on loading, on a grey picture.

    Args:
        classifier: The loaded model.
        detector: The detector whose boxes it will get, or None where there is none.

    Raises:
        ModelError: The model does not know that detector.
    """
    if detector is not None:
        classifier.framing(detector)
    milliseconds, total = time_model(classifier)
    return judge_model(classifier.info.version, milliseconds, total)


def time_model(classifier: ExpressionClassifier) -> tuple[float, float]:
    """The least time of a few runs, ms, and the sum of what the last one gave."""
    crop = np.full((CROP_PX, CROP_PX), 128, np.uint8)
    times, given = list[float](), tuple[float, ...]()
    for _ in range(_RUNS):
        begun = perf_counter()
        given = classifier.classify(crop)
        times.append((perf_counter() - begun) * 1000)
    return min(times), sum(given)


def judge_model(version: str, milliseconds: float, total: float) -> Finding:
    """Judges a run.

    Args:
        version: The model's.
        milliseconds: Time per face, ms.
        total: Sum of the probabilities that it gave.
    """
    text = f"version {version}, {milliseconds:.1f} ms a face"
    figures: dict[str, Figure] = {"version": version, "inference_ms": round(milliseconds, 2)}
    if not abs(total - 1.0) < 0.01:  # noqa: PLR2004 - eight rounded values
        return failed(f"{text}, but its answer makes no sense", _REINSTALL, **figures)
    if milliseconds > SLOW_MS:
        mend = "see throttling; look with top at what else this machine does"
        return warned(f"{text}: slow", mend, **figures)
    return passed(text, **figures)
