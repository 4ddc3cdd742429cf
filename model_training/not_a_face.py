"""How often a model says that it is unsure when it is shown what is no face."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from model_training.errors import DataError
from model_training.faces import VOTE_COLUMNS, FaceSet
from model_training.metrics import wilson_interval
from model_training.patterns import HELD_OUT, TRAINED, Draw, finished, phase_shuffled, shuffled
from model_training.photographs import photographed
from model_training.targets import argmax_rule, without_single_votes

Image = NDArray[np.uint8]
Predict = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""uint8 (n, 48, 48), raw grey, to probabilities (n, 8)."""

SEED: Final = 20261
PER_FAMILY: Final = 200
"""Enough that a share is known to 7 points either way, at worst."""

KINDS: Final = {
    "trained": "drawn, of families that training sees",
    "held_out": "drawn, of families that training never sees",
    "photographed": "cut out of photographs without people",
    "ferplus": "the part's own pictures that FER+'s taggers call no face",
}
TARGET: Final = 0.95
"""Share that `thresholds` asks for."""

_THRESHOLDS: Final = np.arange(0, 100) / 100


def not_a_face_figures(
    predict: Predict,
    faces: FaceSet,
    abstain_below: float,
    progress: Callable[[int, int], None],
    *,
    per_family: int = PER_FAMILY,
) -> dict[str, Any]:
    """Judges a model on pictures that are no face.

    Args:
        predict: see `Predict`.
        faces: one part of the data: shuffled for two families, asked for its own pictures of no
            face, and the measure of what a threshold costs.
        abstain_below: answers whose top probability is below it are *uncertain*, 0 to 1.
        progress: told how many of how many families are done.
        per_family: pictures of each drawn family and cut-outs of each photograph, 1 or more.

    Returns:
        Ready for JSON. `kinds` holds by `KINDS` the `families` and their `total`; `total` holds
        everything, pooled picture by picture. Each is `n`, the share that was `uncertain` and its
        Wilson interval `uncertain_95`, and `mean_confidence`, the mean top probability; a share of
        nothing is None. The interval takes pictures as independent, which cut-outs of one
        photograph are not. `curve` gives the uncertain share of each kind and of all over the
        thresholds 0 to 0.99, beside `faces_kept`, the share of faces (those the argmax rule keeps)
        whose answer would count; `thresholds` the lowest of these where at least `TARGET` of all,
        or of the held-out kind, is uncertain, None where none is. `skipped` says in words what
        could not be shown.

    Raises:
        DataError: the part has no face to shuffle.
    """
    real = faces.images[argmax_rule(faces.votes).kept]
    shown, skipped = not_faces(faces, per_family)
    steps = 1 + sum(len(families) for families in shown.values())
    done = 0

    def sure(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        nonlocal done
        top: NDArray[np.float32] = np.zeros(0, dtype=np.float32)
        if len(pictures):
            top = predict(pictures).max(axis=1)
        done += 1
        progress(done, steps)
        return top

    of_faces = sure(real)
    found = {
        kind: {name: sure(pictures) for name, pictures in families.items()}
        for kind, families in shown.items()
    }
    pooled = {kind: _joined(families) for kind, families in found.items()}
    every = _joined(pooled)
    curve = _curve(pooled | {"all": every}, of_faces)
    return {
        "abstain_below": abstain_below,
        "seed": SEED,
        "faces": {"n": len(real), "kept": _rounded(_share(of_faces >= abstain_below))},
        "kinds": {
            kind: {
                "what": KINDS[kind],
                "families": {name: _told(top, abstain_below) for name, top in families.items()},
                "total": _told(pooled[kind], abstain_below),
            }
            for kind, families in found.items()
        },
        "total": _told(every, abstain_below),
        "target": TARGET,
        "thresholds": {kind: lowest_threshold(curve, kind) for kind in ("all", "held_out")},
        "curve": curve,
        "skipped": skipped,
    }


def not_faces(
    faces: FaceSet, per_family: int = PER_FAMILY
) -> tuple[dict[str, dict[str, NDArray[np.uint8]]], list[str]]:
    """Returns the suite's pictures by kind and family, and in words what could not be had.

    Args:
        faces: one part of the data, see `not_a_face_figures`.
        per_family: pictures of each drawn family and cut-outs of each photograph, 1 or more.

    Raises:
        DataError: the part has no face to shuffle.
    """
    real = faces.images[argmax_rule(faces.votes).kept]
    if len(real) == 0:
        raise DataError(f"{faces.source}: no image of this part can be judged")
    photographs, skipped = photographed(per_family, SEED)
    shown = {
        "trained": _drawn(TRAINED, per_family)
        | {"shuffled": _from_faces(shuffled, real, per_family)},
        "held_out": _drawn(HELD_OUT, per_family)
        | {"phase_shuffled": _from_faces(phase_shuffled, real, per_family)},
        "photographed": photographs,
        "ferplus": {"voted_not_a_face": faces.images[voted_not_a_face(faces.votes)]},
    }
    return shown, skipped


def lowest_threshold(
    curve: list[dict[str, Any]], kind: str, target: float = TARGET
) -> dict[str, Any] | None:
    """Returns the first point at which enough would be uncertain, None where there is none.

    Args:
        curve: as in `not_a_face_figures`.
        kind: one of its columns.
        target: least share, 0 to 1.
    """
    for point in curve:
        if point[kind] is not None and point[kind] >= target:
            return {key: point[key] for key in ("threshold", kind, "faces_kept")}
    return None


def voted_not_a_face(votes: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Returns where "not a face" has more than half of the votes, single ones left out: (n,).

    The majority rule of `targets`. Data made for training often leaves such pictures out, so that
    there may be none.
    """
    counted = without_single_votes(votes).astype(np.int64)
    ours: NDArray[np.bool_] = 2 * counted[:, VOTE_COLUMNS.index("NF")] > counted.sum(axis=1)
    return ours


def not_a_face_table(figures: dict[str, Any]) -> str:
    """Returns the figures as text for a terminal."""
    faces = figures["faces"]
    kept = f"{faces['kept']:.1%} of {faces['n']} faces are kept"
    lines = [
        f"uncertain: top probability below {figures['abstain_below']:g}; {kept}",
        "",
        f"{'no face':20}{'n':>6}{'uncertain':>11}   95 % interval       sure",
    ]
    for kind, of_kind in figures["kinds"].items():
        lines += [_row(f"  {name}", one) for name, one in of_kind["families"].items()]
        lines += [_row(kind, of_kind["total"]), ""]
    lines += [_row("all", figures["total"]), ""]
    for kind, point in figures["thresholds"].items():
        goal = f"{figures['target']:.0%} of {kind} uncertain: "
        if point is None:
            lines.append(f"{goal}at no threshold up to {_THRESHOLDS[-1]:g}")
        else:
            lines.append(
                f"{goal}from {point['threshold']:g}, which keeps {point['faces_kept']:.1%} of faces"
            )
    return "\n".join(lines + [f"left out: {word}" for word in figures["skipped"]])


def _generator(family: str) -> np.random.Generator:
    return np.random.default_rng([SEED, zlib.crc32(family.encode())])


def _drawn(families: Mapping[str, Draw], count: int) -> dict[str, NDArray[np.uint8]]:
    drawn = {}
    for name, draw in families.items():
        rng = _generator(name)
        drawn[name] = np.stack([finished(draw(rng), rng) for _ in range(count)])
    return drawn


def _from_faces(
    change: Callable[[Image, np.random.Generator], Image], faces: NDArray[np.uint8], count: int
) -> NDArray[np.uint8]:
    rng = _generator(change.__name__)
    rows = rng.integers(len(faces), size=count)
    return np.stack([change(faces[row], rng) for row in rows])


def _joined(parts: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32]:
    return np.concatenate([np.zeros(0, dtype=np.float32), *parts.values()])


def _share(chosen: NDArray[np.bool_]) -> float | None:
    return float(chosen.mean()) if len(chosen) else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _told(top: NDArray[np.float32], abstain_below: float) -> dict[str, Any]:
    unsure = top < abstain_below
    return {
        "n": len(top),
        "uncertain": _rounded(_share(unsure)),
        "uncertain_95": [round(end, 4) for end in wilson_interval(int(unsure.sum()), len(top))],
        "mean_confidence": round(float(top.mean()), 4) if len(top) else None,
    }


def _curve(
    of_kinds: Mapping[str, NDArray[np.float32]], of_faces: NDArray[np.float32]
) -> list[dict[str, Any]]:
    return [
        {"threshold": float(threshold)}
        | {kind: _rounded(_share(top < threshold)) for kind, top in of_kinds.items()}
        | {"faces_kept": _rounded(_share(of_faces >= threshold))}
        for threshold in _THRESHOLDS
    ]


def _row(name: str, one: dict[str, Any]) -> str:
    if one["n"] == 0:
        return f"{name:20}{0:6}       none"
    low, high = one["uncertain_95"]
    return (
        f"{name:20}{one['n']:6}{one['uncertain']:11.1%}   {low:6.1%} to {high:6.1%}"
        f"{one['mean_confidence']:11.3f}"
    )
