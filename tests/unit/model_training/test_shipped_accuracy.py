import json
from pathlib import Path

import numpy as np

from model_training.evaluate import evaluate
from model_training.interpreter import TfliteModel
from model_training.read_npz import read_npz
from tests.unit.model_training.conftest import silent


def test_shipped_model_is_as_good_as_its_description_says(
    repository: Path, shared_data: Path
) -> None:
    """Every fourth public image, answered anew, gives the recorded accuracy within its error."""
    description = json.loads(
        (repository / "edge/models/expression.json").read_text(encoding="utf-8")
    )
    public = read_npz(shared_data / "fer2013plus.npz").part("public")
    model = TfliteModel(repository / "edge/models/expression.tflite")
    fourth = public.pick(np.arange(0, len(public), 4))
    figures = evaluate(model, fourth, "public", silent)
    recorded = description["metrics"]["majority"]["accuracy"]
    assert figures["majority"]["n"] > 700
    # Three standard errors of a share of ~800 images at 85 %.
    assert abs(figures["majority"]["accuracy"] - recorded) < 0.04
    assert figures["shares"]["mean_absolute_error"] < 0.03
