import numpy as np
import pytest

from model_training.calibrate import choose_threshold, fit_temperature
from model_training.errors import RunError


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_the_temperature_that_made_the_shares_is_found(temperature: float) -> None:
    """Shares drawn as softmax(logits / t) give t back."""
    logits = np.random.default_rng(1).normal(size=(400, 8)).astype(np.float32) * 3
    scaled = np.exp(logits / temperature)
    shares = (scaled / scaled.sum(axis=1, keepdims=True)).astype(np.float32)
    assert fit_temperature(logits, shares) == pytest.approx(temperature, rel=1e-3)


def test_the_lowest_threshold_that_reaches_the_target_is_chosen() -> None:
    """Of answers right above 0.6 only, just those above 0.6 are kept."""
    confidence = np.linspace(0.2, 0.99, 80, dtype=np.float32)
    result = choose_threshold(confidence, confidence > 0.6, target=1.0)
    assert result["abstain_below"] == pytest.approx(0.61)
    assert result["agreement"] == 1.0
    assert result["kept"] == pytest.approx((confidence >= 0.61).mean())
    assert "100%" in result["rule"]


def test_a_model_that_is_always_right_never_abstains() -> None:
    """The threshold is zero when nothing needs to be left out."""
    result = choose_threshold(np.array([0.3, 0.9], np.float32), np.array([True, True]))
    assert result["abstain_below"] == 0.0
    assert result["kept"] == 1.0


def test_a_model_that_cannot_reach_the_target_is_refused() -> None:
    """Guessing gives an error that says what to do."""
    wrong = np.zeros(50, dtype=np.bool_)
    with pytest.raises(RunError, match="train longer"):
        choose_threshold(np.linspace(0.2, 0.9, 50, dtype=np.float32), wrong)
