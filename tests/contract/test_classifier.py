"""Every classifier gives eight probabilities; the real one takes only the model it was told of."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from contracts.visit import LONGEST_MODEL
from edge.adapters.tflite_classifier import TfliteClassifier
from edge.config import PACKAGED_MODEL
from edge.crop import Framing
from edge.errors import ModelError
from edge.models import Image
from edge.ports import ExpressionClassifier
from tests.fakes.classifier import FakeClassifier

Spoil = Callable[[dict[str, Any]], None]


@pytest.fixture(name="classifier", params=["fake", "tflite"])
def fixture_classifier(request: pytest.FixtureRequest) -> ExpressionClassifier:
    """One classifier after the other."""
    return FakeClassifier() if request.param == "fake" else TfliteClassifier(PACKAGED_MODEL)


def crops() -> list[Image]:
    """Black, white, noise and a slope."""
    noise = np.random.default_rng(3).integers(0, 256, (48, 48), np.uint8)
    slope = np.linspace(0, 255, 48 * 48).reshape(48, 48).astype(np.uint8)
    return [np.zeros((48, 48), np.uint8), np.full((48, 48), 255, np.uint8), noise, slope]


def test_answers_are_probabilities(classifier: ExpressionClassifier) -> None:
    """Eight numbers from 0 to 1 that sum to 1, for any picture."""
    for crop in crops():
        answer = classifier.classify(crop)
        assert len(answer) == 8
        assert all(0 <= p <= 1 for p in answer)
        assert sum(answer) == pytest.approx(1)


def test_the_same_crop_gets_the_same_answer(classifier: ExpressionClassifier) -> None:
    """Nothing of one face is left for the next."""
    first = [classifier.classify(c) for c in crops()]
    assert [classifier.classify(c) for c in crops()] == first


def test_what_it_says_of_itself_fits_a_visit(classifier: ExpressionClassifier) -> None:
    """Version and threshold are within the contract."""
    assert 1 <= len(classifier.info.version) <= LONGEST_MODEL
    assert 0 <= classifier.info.abstain_below <= 1


def test_framings_are_those_of_the_description(tmp_path: Path) -> None:
    """Each detector has its own; one that the model was not made for is refused."""
    file = _copy(tmp_path, _set_framing)
    classifier = TfliteClassifier(file)
    assert classifier.framing("yunet") == Framing(0.1, -0.2, 1.5)
    with pytest.raises(ModelError, match="no framing for the detector 'other'"):
        classifier.framing("other")


def _set_framing(description: dict[str, Any]) -> None:
    description["framing"] = {"yunet": {"center_dx": 0.1, "center_dy": -0.2, "scale": 1.5}}


def _copy(folder: Path, spoil: Spoil) -> Path:
    """The packaged model in a folder of its own, with a spoiled description."""
    file = folder / "expression.tflite"
    shutil.copy(PACKAGED_MODEL, file)
    description = json.loads(PACKAGED_MODEL.with_suffix(".json").read_text())
    spoil(description)
    file.with_suffix(".json").write_text(json.dumps(description))
    return file


SPOILED: dict[str, tuple[Spoil, str]] = {
    "sha256": (lambda d: d.update(sha256="0" * 64), "sha256"),
    "labels": (lambda d: d.update(labels=d["labels"][::-1]), "labels"),
    "version": (lambda d: d.update(version=""), "version"),
    "threshold": (lambda d: d.update(abstain_below=1.5), "abstain_below"),
    "no threshold": (lambda d: d.pop("abstain_below"), "abstain_below"),
}


@pytest.mark.parametrize(("spoil", "named"), SPOILED.values(), ids=list(SPOILED))
def test_a_wrong_description_is_refused(tmp_path: Path, spoil: Spoil, named: str) -> None:
    """The error names what is wrong."""
    with pytest.raises(ModelError, match=named):
        TfliteClassifier(_copy(tmp_path, spoil))


def test_missing_files_are_refused(tmp_path: Path) -> None:
    """The model and its description belong together."""
    file = _copy(tmp_path, lambda _: None)
    file.with_suffix(".json").rename(tmp_path / "elsewhere.json")
    with pytest.raises(ModelError, match="belongs beside the model"):
        TfliteClassifier(file)
    (tmp_path / "elsewhere.json").rename(file.with_suffix(".json"))
    file.unlink()
    with pytest.raises(ModelError, match="no such file"):
        TfliteClassifier(file)


@pytest.mark.parametrize("text", ["{", "[]"])
def test_an_unreadable_description_is_refused(tmp_path: Path, text: str) -> None:
    """Broken JSON, or JSON that is no object."""
    file = _copy(tmp_path, lambda _: None)
    file.with_suffix(".json").write_text(text)
    with pytest.raises(ModelError, match=r"JSON|cannot be read"):
        TfliteClassifier(file)


def test_a_file_that_is_no_network_is_refused(tmp_path: Path) -> None:
    """Even if its description has the right sum."""
    rubbish = b"TFL3 but nothing else"
    digest = hashlib.sha256(rubbish).hexdigest()
    file = _copy(tmp_path, lambda d: d.update(sha256=digest))
    file.write_bytes(rubbish)
    with pytest.raises(ModelError, match="cannot run it"):
        TfliteClassifier(file)
