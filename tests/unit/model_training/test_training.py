"""A whole small training; needs TensorFlow."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NoReturn

import numpy as np
import pytest

from model_training.__main__ import main
from model_training.calibrate import AbstentionTargets
from model_training.config import Config, DistillationConfig, read_config
from model_training.describe import disagreements
from model_training.errors import RunError
from model_training.faces import FaceSet
from model_training.interpreter import TfliteModel
from model_training.run_folder import RunFolder
from tests.unit.model_training.conftest import make_faces, silent, write_npz

pytest.importorskip("tensorflow", reason="TensorFlow is not installed: training is not tested")
pytestmark = pytest.mark.training

_SMALL: Final = """
name = "small"
seed = 5
threads = 2
[network]
stem = 8
widths = [8, 16]
blocks = [1, 0]
dropout = 0.0
[training]
epochs = {epochs}
batch = 16
learning_rate = 0.05
momentum = 0.9
weight_decay = 0.0001
warmup_epochs = 1.0
ema_decay = 0.9
fer2013_weight = 0.3
compute = "float32"
[augmentation]
shift = 0.05
scale = 0.05
rotate_deg = 5.0
brightness = 0.0
contrast = 0.05
noise = 0.01
shrink_probability = 0.1
shrink_min_px = 12
low_light_probability = 0.1
back_light_probability = 0.1
bar_probability = 0.1
erase_probability = 0.1
erase_max = 0.2
mixup_alpha = 0.2
not_faces = 0.1
"""
_FRAMING: Final[dict[str, Any]] = {
    "formula": "as in the study",
    "yunet": {"scale": 1.1, "center_dx": 0.0, "center_dy": 0.0},
    "haar": {"scale": 1.0, "center_dx": 0.0, "center_dy": 0.0},
}


class KilledError(Exception):
    """Stands for the process being ended from outside."""


def _configured(folder: Path, epochs: int) -> tuple[Config, Path]:
    path = folder / f"small-{epochs}.toml"
    path.write_text(_SMALL.format(epochs=epochs), encoding="utf-8")
    return read_config(path), path


def _say_nothing(row: dict[str, Any]) -> None:
    assert row["epoch"] > 0


def _kill(row: dict[str, Any]) -> None:
    raise KilledError(row["epoch"])


def _never(*_: object) -> NoReturn:
    raise AssertionError("asked twice")


def _train(config: Config, file: Path, faces: FaceSet, run: RunFolder) -> None:
    from model_training.train import train  # noqa: PLC0415 - needs TensorFlow

    train(config, file, faces, run, report=_say_nothing)


def _weights(run: RunFolder, config: Config) -> list[np.ndarray[Any, Any]]:
    from model_training.network import build_network  # noqa: PLC0415 - needs TensorFlow

    network = build_network(config.network)
    network.load_weights(run.weights)
    weights: list[np.ndarray[Any, Any]] = network.get_weights()
    return weights


def test_a_killed_training_goes_on_as_if_nothing_had_happened(
    tmp_path: Path, few_faces: FaceSet
) -> None:
    """Killed after the first epoch and started again, a run ends with the same weights."""
    from model_training.train import train  # noqa: PLC0415 - needs TensorFlow

    config, file = _configured(tmp_path, 2)
    whole, broken = RunFolder(tmp_path / "whole"), RunFolder(tmp_path / "broken")
    train(config, file, few_faces, whole, report=_say_nothing)
    with pytest.raises(KilledError):
        train(config, file, few_faces, broken, report=_kill)
    train(config, file, few_faces, broken, report=_say_nothing)
    assert [row["epoch"] for row in broken.read_log()] == ["1", "2"]
    for one, other in zip(_weights(whole, config), _weights(broken, config), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-5)


def test_training_export_and_evaluation_fit_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By commands alone: a network learns eight shades of grey, the exported file knows them."""
    data, framing = tmp_path / "shades.npz", tmp_path / "framing.json"
    write_npz(data, make_faces(512, 96))
    framing.write_text(json.dumps(_FRAMING), encoding="utf-8")
    _, file = _configured(tmp_path, 8)
    run, out = tmp_path / "run", tmp_path / "out"
    model, described = out / "expression.tflite", out / "expression.json"
    on_data = ["--data", str(data), "--run", str(run)]
    made = ["--framing", str(framing), "--out", str(out), "--agreement", "0.5", "--refusal", "0"]

    assert main(["train", *on_data, "--config", str(file)]) == 0
    assert main(["export", *on_data, *made, "--version", "0.0.1"]) == 0
    capsys.readouterr()
    assert main(["evaluate", "--model", str(model), "--data", str(data)]) == 0

    assert main(["export", *on_data, "--head", "fer2013", "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert main(["report", "--run", str(run), "--description", str(described)]) == 0
    assert (run / "report" / "curves.png").stat().st_size > 0
    into = ["--into", str(described)]
    sizes = ["sizes", "--data", str(data), "--runs", str(run), "--chosen", str(run), "--why", "one"]
    assert main([*sizes, *into]) == 0

    description = json.loads(described.read_text(encoding="utf-8"))
    majority = description["metrics"]["majority"]
    assert disagreements(description, TfliteModel(model)) == []
    assert majority["n"] == 96
    assert majority["accuracy"] > 0.6
    assert f"{majority['accuracy']:.2%}" in printed
    (size,) = description["sizes"]["points"]
    assert (size["name"], size["n"], size["epochs"]) == ("run", 96, 8)
    assert size["ms_per_face"] == max(size["ms_by_runtime"].values())
    assert size["accuracy"] == pytest.approx(majority["accuracy"], abs=0.05)
    original = json.loads((out / "fer2013.json").read_text(encoding="utf-8"))
    assert TfliteModel(out / "fer2013.tflite").output.shape == (1, 7)
    assert original["fer2013"]["n"] == 96
    assert original["fer2013"]["accuracy"] > 0.6
    assert description["trained"]["epochs"] == 8
    assert description["trained"]["seed"] == 5


def test_a_run_without_a_finished_epoch_cannot_be_exported(
    tmp_path: Path, few_faces: FaceSet
) -> None:
    """The error says that there is nothing to export yet."""
    from model_training.export import export  # noqa: PLC0415 - needs TensorFlow

    _, file = _configured(tmp_path, 1)
    run = RunFolder(tmp_path / "run")
    run.start(file, {})
    with pytest.raises(RunError, match="no finished epoch yet"):
        export(
            run,
            few_faces,
            tmp_path / "out",
            version="0.0.1",
            framing=_FRAMING,
            targets=AbstentionTargets(),
            progress=silent,
        )


def test_too_few_images_for_one_batch_are_refused(tmp_path: Path, few_faces: FaceSet) -> None:
    """Nothing is trained on less than one batch, and the message says how many there are."""
    from model_training.train import train  # noqa: PLC0415 - needs TensorFlow

    config, file = _configured(tmp_path, 1)
    eight = few_faces.pick(np.arange(8))
    with pytest.raises(RunError, match="8 training images are fewer than one batch"):
        train(config, file, eight, RunFolder(tmp_path / "run"))


def test_teachers_are_asked_once_and_their_answers_become_targets(
    tmp_path: Path, few_faces: FaceSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two runs teach a third; when it is resumed their answers come from its folder."""
    from model_training import teach  # noqa: PLC0415 - needs TensorFlow

    runs = []
    for seed in (1, 2):
        config, file = _configured(tmp_path, 1)
        runs.append(RunFolder(tmp_path / f"run-{seed}"))
        _train(replace(config, seed=seed), file, few_faces, runs[-1])
    taught = DistillationConfig(tuple(run.path for run in runs), 0.5)
    kept = tmp_path / "teaching.npz"
    answers = teach.teaching_targets(taught, few_faces, kept)
    assert answers is not None
    assert answers.expression.shape == (72, 8)
    np.testing.assert_allclose(answers.expression.sum(axis=1), 1.0, rtol=1e-5)
    np.testing.assert_allclose(answers.fer2013.sum(axis=1), 1.0, rtol=1e-5)
    alone = [
        teach.teaching_targets(replace(taught, teachers=(run.path,)), few_faces, run.teaching)
        for run in runs
    ]
    assert alone[0] is not None
    assert alone[1] is not None
    mean = (alone[0].expression + alone[1].expression) / 2
    np.testing.assert_allclose(answers.expression, mean, atol=1e-5)

    monkeypatch.setattr(teach, "_answers", _never)
    again = teach.teaching_targets(taught, few_faces, kept)
    assert again is not None
    np.testing.assert_array_equal(again.expression, answers.expression)
    assert teach.teaching_targets(None, few_faces, kept) is None


def test_a_run_starts_from_another_runs_weights(tmp_path: Path, few_faces: FaceSet) -> None:
    """With a learning rate of next to nothing the second run ends where the first did."""
    config, file = _configured(tmp_path, 1)
    first, second = RunFolder(tmp_path / "first"), RunFolder(tmp_path / "second")
    _train(config, file, few_faces, first)
    still = replace(config.training, start=first.path, learning_rate=1e-9)
    _train(replace(config, training=still), file, few_faces, second)
    for one, other in zip(_weights(first, config), _weights(second, config), strict=True):
        if one.ndim > 1:  # running statistics of normalisation go on moving
            np.testing.assert_allclose(one, other, atol=1e-5)


def test_a_start_that_has_not_finished_is_named(tmp_path: Path, few_faces: FaceSet) -> None:
    """The error says which run to train first."""
    config, file = _configured(tmp_path, 1)
    training = replace(config.training, start=tmp_path / "nothing")
    with pytest.raises(RunError, match="nothing has no finished epoch yet; train it first"):
        _train(replace(config, training=training), file, few_faces, RunFolder(tmp_path / "run"))


def test_a_teacher_that_is_not_there_is_named(tmp_path: Path, few_faces: FaceSet) -> None:
    """Path and where to look."""
    config, file = _configured(tmp_path, 1)
    taught = DistillationConfig((tmp_path / "gone.tflite",), 0.5)
    run = RunFolder(tmp_path / "run")
    with pytest.raises(RunError, match=r"gone\.tflite: this teacher is not there; the config"):
        _train(replace(config, distillation=taught), file, few_faces, run)
