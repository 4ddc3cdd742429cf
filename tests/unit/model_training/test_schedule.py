from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_training.config import TrainingConfig, read_config
from model_training.schedule import learning_rate_at

_SHIPPED = Path(__file__).resolve().parents[3] / "model_training/configs/shipped.toml"


def _training(epochs: int) -> TrainingConfig:
    return replace(read_config(_SHIPPED).training, epochs=epochs, warmup_epochs=1.0)


def test_the_rate_rises_then_falls_to_nothing() -> None:
    """It peaks at the end of the warm-up and is near zero in the last step."""
    training = _training(epochs=10)
    rates = [learning_rate_at(step, 20, training) for step in range(200)]
    assert max(rates) == pytest.approx(training.learning_rate)
    assert rates.index(max(rates)) == 20
    assert rates[:20] == sorted(rates[:20])
    assert rates[20:] == sorted(rates[20:], reverse=True)
    assert rates[-1] < training.learning_rate / 1000


@given(st.integers(1, 50), st.integers(1, 300), st.integers(0, 20_000))
def test_the_rate_stays_within_bounds(epochs: int, steps: int, step: int) -> None:
    """At no step is it negative or above the peak, even past the end."""
    training = _training(epochs)
    assert 0.0 <= learning_rate_at(step, steps, training) <= training.learning_rate
