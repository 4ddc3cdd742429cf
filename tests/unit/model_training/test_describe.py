import copy
import json
from pathlib import Path
from typing import Any

import pytest

from contracts.expressions import LABELS
from model_training.calibrate import AbstentionTargets
from model_training.describe import (
    add_section,
    describe,
    disagreements,
    read_description,
    write_description,
)
from model_training.errors import DataError, ModelFileError
from model_training.interpreter import TfliteModel


@pytest.fixture(scope="module")
def model(repository: Path) -> TfliteModel:
    """The shipped model, in whichever runtime is installed."""
    return TfliteModel(repository / "edge/models/expression.tflite")


@pytest.fixture(scope="module")
def description(repository: Path) -> dict[str, Any]:
    """The shipped model's description."""
    path = repository / "edge/models/expression.json"
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def test_shipped_description_and_model_file_agree(
    description: dict[str, Any], model: TfliteModel
) -> None:
    """Whoever replaces one of the two files without the other is told here."""
    assert disagreements(description, model) == []


def test_shipped_input_takes_raw_grey_values(model: TfliteModel) -> None:
    """Raw pixel values are the quantised values: scale 1, zero point 0."""
    model.check_input()


def test_shipped_figures_meet_what_is_promised(
    repository: Path, description: dict[str, Any]
) -> None:
    """Size, time, what int8 costs, calibration, and what is no face."""
    metrics = description["metrics"]
    majority, argmax = metrics["majority"], metrics["argmax"]
    assert majority["n"] == 3199
    assert metrics["float_majority_accuracy"] - majority["accuracy"] <= 0.005
    assert description["parameters"] <= 1_500_000
    assert (repository / "edge/models/expression.tflite").stat().st_size <= 1_600_000
    assert all(runtime["ms_per_face"] <= 1.5 for runtime in description["runtimes"])
    assert majority["ece"] <= 0.03
    assert argmax["ece"] <= 0.03
    assert metrics["not_a_face"]["total"]["uncertain"] >= 0.95


def test_shipped_figures_are_consistent_in_themselves(description: dict[str, Any]) -> None:
    """Accuracy and per-class counts follow from the confusion matrix beside them."""
    for rule in ("majority", "argmax"):
        figures = description["metrics"][rule]
        confusion = figures["confusion"]
        hits = sum(confusion[index][index] for index in range(len(LABELS)))
        assert sum(map(sum, confusion)) == figures["n"]
        assert figures["accuracy"] == pytest.approx(hits / figures["n"])
        for row, label in zip(confusion, LABELS, strict=True):
            assert figures["per_class"][label]["n"] == sum(row)


def test_shipped_threshold_follows_its_rule(description: dict[str, Any]) -> None:
    """The threshold is the first point of its own curve that reaches both stated shares."""
    abstention, targets = description["abstention"], AbstentionTargets()
    first = next(
        point
        for point in abstention["curve"]
        if point["agreement"] >= targets.agreement and point["refused"] >= targets.refusal
    )
    assert description["abstain_below"] == abstention["abstain_below"] == first["threshold"]
    assert 0.0 < description["abstain_below"] < 1.0


def test_shipped_framing_covers_both_detectors(description: dict[str, Any]) -> None:
    """Each detector has the three numbers of the formula, and they come from the study beside."""
    for detector in ("yunet", "haar"):
        framing = description["framing"][detector]
        assert set(framing) == {"scale", "center_dx", "center_dy"}
        assert framing.items() <= description["framing_study"][detector].items()
        assert 0.9 < framing["scale"] < 1.4


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        (("sha256",), "0" * 64),
        (("version",), "9.9.9+00000000"),
        (("labels",), ["happiness", "neutral"]),
        (("input", "dtype"), "float32"),
        (("input", "shape"), [1, 64, 64, 1]),
        (("output", "scale"), 0.5),
        (("output", "zero_point"), 3),
        (("metrics", "model", "sha256"), "f" * 64),
    ],
)
def test_any_disagreement_is_found(
    description: dict[str, Any], model: TfliteModel, keys: tuple[str, ...], value: object
) -> None:
    """A single wrong field is reported as one line of words."""
    changed = copy.deepcopy(description)
    table = changed
    for key in keys[:-1]:
        table = table[key]
    table[keys[-1]] = value
    assert len(disagreements(changed, model)) == 1


def test_figures_of_another_file_are_refused(
    description: dict[str, Any], model: TfliteModel
) -> None:
    """A description cannot be made from an evaluation of a different model."""
    figures = copy.deepcopy(description["metrics"])
    figures["model"]["sha256"] = "0" * 64
    with pytest.raises(ModelFileError, match="another file"):
        describe(
            model,
            version="1.0.0",
            parameters=1,
            figures=figures,
            abstention=description["abstention"],
            framing=description["framing_study"],
            runtimes=[],
            trained={},
        )


def test_a_section_is_added_and_replaced(tmp_path: Path, description: dict[str, Any]) -> None:
    """Everything else stays as it was."""
    path = tmp_path / "expression.json"
    write_description(path, description)
    add_section(path, "spread", {"n": 2})
    add_section(path, "spread", {"n": 3}, description["sha256"])
    assert read_description(path) == description | {"spread": {"n": 3}}


def test_figures_of_another_model_are_not_added(
    tmp_path: Path, description: dict[str, Any]
) -> None:
    """The error names both models, and the file is as it was."""
    path = tmp_path / "expression.json"
    write_description(path, description)
    before = path.read_bytes()
    with pytest.raises(ModelFileError, match=f"{description['sha256'][:8]}.*measured on 00000000"):
        add_section(path, "duplicates", {}, "0" * 64)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("content", "message"), [(None, "there is no such file"), ("{", "not valid JSON")]
)
def test_a_description_that_cannot_be_read_is_named(
    tmp_path: Path, content: str | None, message: str
) -> None:
    """Path and reason."""
    path = tmp_path / "some.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=rf"some\.json: {message}"):
        read_description(path)
