import json
from pathlib import Path

import pytest

from model_training.__main__ import main
from model_training.faces import FaceSet
from tests.unit.model_training.conftest import write_npz


@pytest.fixture
def data(tmp_path: Path, few_faces: FaceSet) -> Path:
    """A small data file as the commands read it."""
    path = tmp_path / "few.npz"
    write_npz(path, few_faces)
    return path


def test_evaluate_prints_a_table_and_writes_the_figures(
    repository: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Counts and accuracy on the terminal are those in the JSON."""
    model, out = repository / "edge/models/expression.tflite", tmp_path / "out" / "figures.json"
    asked = ["evaluate", "--model", str(model), "--data", str(data), "--part", "public"]
    assert main([*asked, "--quick", "--json", str(out)]) == 0
    figures = json.loads(out.read_text(encoding="utf-8"))
    printed = capsys.readouterr().out
    assert figures["majority"]["n"] == 24
    assert f"{figures['majority']['accuracy']:.2%}" in printed
    assert "contempt" in printed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--part", "private"], "no image of part 'private' can be judged"),
        (["--model", "nowhere.tflite"], "nowhere.tflite: there is no such file"),
        (["--config", "configs/x.toml"], "evaluate needs either --model or --config"),
        (["--data", "nowhere.npz"], "nowhere.npz: there is no such file"),
        (["--data", "fer2013.csv"], "give FER+'s fer2013new.csv too, with --ferplus"),
    ],
)
def test_mistakes_end_with_one_plain_line(
    repository: Path,
    data: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    """A user's mistake is an exit status of 1 and one line, no traceback."""
    model = str(repository / "edge/models/expression.tflite")
    # The last of two equal options counts.
    assert main(["evaluate", "--model", model, "--data", str(data), *arguments]) == 1
    error = capsys.readouterr().err
    assert message in error
    assert error.startswith("model_training: ")
    assert error.count("\n") == 1


def test_framing_without_a_yunet_file_is_one_plain_line(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong path is named."""
    out = str(tmp_path / "framing.json")
    assert main(["framing", "--data", str(data), "--yunet", "no.onnx", "--json", out]) == 1
    assert "no.onnx: there is no such YuNet model file" in capsys.readouterr().err
