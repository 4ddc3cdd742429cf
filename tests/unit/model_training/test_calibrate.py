import numpy as np
import pytest

from model_training.calibrate import AbstentionTargets, choose_threshold, fit_temperature
from model_training.errors import RunError

SURE = np.full(100, 0.99, dtype=np.float32)
UNSURE = np.zeros(100, dtype=np.float32)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_the_temperature_that_made_the_labels_is_found(temperature: float) -> None:
    """Labels drawn from softmax(logits / t) give t back, within what a finite draw allows."""
    rng = np.random.default_rng(1)
    logits = rng.normal(size=(20_000, 8)).astype(np.float32) * 2
    scaled = np.exp(logits / temperature)
    steps = (scaled / scaled.sum(axis=1, keepdims=True)).cumsum(axis=1)
    labels = (rng.random((len(logits), 1)) > steps[:, :-1]).sum(axis=1)
    assert fit_temperature(logits, labels) == pytest.approx(temperature, rel=0.05)


def test_the_lowest_threshold_that_reaches_the_target_is_chosen() -> None:
    """Of answers right above 0.6 only, just those above 0.6 are kept."""
    confidence = np.linspace(0.2, 0.99, 80, dtype=np.float32)
    result = choose_threshold(
        confidence, confidence > 0.6, UNSURE, AbstentionTargets(agreement=1.0)
    )
    assert result["abstain_below"] == pytest.approx(0.61)
    assert result["agreement"] == 1.0
    assert result["kept"] == pytest.approx((confidence >= 0.61).mean())
    assert "100%" in result["rule"]


def test_what_is_no_face_raises_the_threshold() -> None:
    """Faces alone would be kept from 0; four pictures in a hundred may stay above."""
    confidence = np.array([0.3, 0.9], np.float32)
    strangers = np.linspace(0.0, 0.5, 101, dtype=np.float32)
    result = choose_threshold(confidence, np.array([True, True]), strangers)
    assert result["abstain_below"] == pytest.approx(0.49)
    assert result["refused"] >= AbstentionTargets().refusal
    assert result["kept"] == 0.5


def test_a_model_that_is_always_right_and_meets_faces_alone_never_abstains() -> None:
    """Of two conditions the first that is met by everything asks for nothing."""
    everything = np.array([0.3, 0.9], np.float32)
    result = choose_threshold(everything, np.array([True, True]), UNSURE)
    assert result["abstain_below"] == pytest.approx(0.01)
    assert result["kept"] == 1.0


def test_a_model_that_cannot_reach_the_target_is_refused() -> None:
    """Guessing gives an error that says what to do."""
    wrong, confidence = np.zeros(50, dtype=np.bool_), np.linspace(0.2, 0.9, 50, dtype=np.float32)
    with pytest.raises(RunError, match="train longer"):
        choose_threshold(confidence, wrong, UNSURE)
    with pytest.raises(RunError, match="refusal of 100 pictures"):
        choose_threshold(confidence, ~wrong, SURE)
