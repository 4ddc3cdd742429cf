"""Photographs that FER2013 holds more than once, within a part and across parts.

The data set was gathered by image searches, so that one photograph came in from many sites, cropped
and compressed anew each time, and was dealt out to the parts one by one. A twin in Training is an
answer seen before; how much that flatters an accuracy is told by judging without those images.

Images are compared by perceptual hash (pHash): the 64 lowest frequencies of the cosine transform,
each above or below their median, as `ImageHash` computes it. As 32 bits of each hash are set,
distances are even numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from model_training.errors import ModelTrainingError
from model_training.faces import FER2013_LABELS, PARTS, FaceSet, Part
from model_training.metrics import wilson_interval
from model_training.targets import argmax_rule, majority_rule

NEAR: Final = 6
"""Distance of two hashes, in bits of 64, up to which two images count as twins.

Chosen on this data. Numbers of pairs at distances 0, 2, 4, … are 2025, 458, 980, 1280, 2391, 10420,
52712: from 8 on they grow fivefold with each step, as those of unlike faces do, and below they do
not. Of random pairs looked at, all of 40 at distance 4 were one photograph, 89 of 100 at 6, and 14
of 40 at 8. So about 3 % of the pairs up to 6 are strangers, which at worst drops a few images too
many, while a limit of 4 would leave a thousand twins in. Mirrored twins are not looked for: there
are about 20.
"""

_BITS: Final = 64
_ROWS_AT_ONCE: Final = 512
_DISTANCES: Final = (0, 2, 4, 6, 8)
_UNJUDGED: Final = -1


def perceptual_hashes(
    images: NDArray[np.uint8], progress: Callable[[int, int], None]
) -> NDArray[np.bool_]:
    """Returns the pHash of each image, bool (n, 64); images are uint8 (n, 48, 48).

    Raises:
        ModelTrainingError: ImageHash is not installed.
    """
    try:
        import imagehash  # noqa: PLC0415 - only the audit needs it
        from PIL import Image  # noqa: PLC0415 - as above
    except ImportError as error:
        raise ModelTrainingError(
            f"Looking for duplicates needs ImageHash ({error}): "
            "pip install -r model_training/requirements.txt"
        ) from error
    hashes = np.empty((len(images), _BITS), dtype=np.bool_)
    for row, image in enumerate(images):
        hashes[row] = imagehash.phash(Image.fromarray(image)).hash.ravel()
        progress(row + 1, len(images))
    return hashes


def near_pairs(hashes: NDArray[np.bool_], distance: int = NEAR) -> NDArray[np.int64]:
    """Returns all pairs of rows at most `distance` bits apart: int64 (m, 3) of i < j and bits.

    With bits as -1 and 1 the product of two hashes is 64 less twice their distance, so that a
    matrix product compares 500 million pairs in seconds. Sums of 64 ones are exact in float32.
    """
    signs = np.where(hashes, np.float32(1), np.float32(-1))
    found = [np.empty((0, 3), dtype=np.int64)]
    for start in range(0, len(signs), _ROWS_AT_ONCE):
        products = signs[start : start + _ROWS_AT_ONCE] @ signs[start:].T
        first, second = np.nonzero(products >= _BITS - 2 * distance)
        bits = (_BITS - products[first, second].astype(np.int64)) // 2
        pairs = np.stack([first + start, second + start, bits], axis=1)
        found.append(pairs[second > first])
    return np.concatenate(found)


def alike(faces: FaceSet, progress: Callable[[int, int], None]) -> NDArray[np.int64]:
    """Returns the pairs of images that are alike, as `near_pairs` gives them, for the audit.

    Args:
        faces: all parts.
        progress: told how many of how many images are hashed.

    Raises:
        ModelTrainingError: ImageHash is not installed.
    """
    return near_pairs(perceptual_hashes(faces.images, progress), max(_DISTANCES))


def duplicate_audit(faces: FaceSet, pairs: NDArray[np.int64]) -> dict[str, Any]:
    """Counts twins within and across Training and PublicTest, ready for JSON.

    `exact` are twins of the same bytes, `near` those at most `NEAR` bits apart, exact ones
    included. Each holds, for both parts (`training`, `public`) and between them (`across`): the
    number of `pairs`; of `images` of either part in them (`twins`); and what their labels say:
    `n` pairs of which both images are labelled, and in how many the labels `differ`, by FER+'s
    majority rule (`majority`), by its argmax rule (`argmax`) and originally (`fer2013`).
    `by_distance` counts pairs and PublicTest images with a twin in Training at other limits.

    Args:
        faces: all parts.
        pairs: result of `alike` for them.
    """
    first, second, bits = pairs.T
    same_bytes = bits == 0
    same_bytes[same_bytes] = (
        faces.images[first[same_bytes]] == faces.images[second[same_bytes]]
    ).all(axis=(1, 2))
    labels = _labels(faces)
    return {
        "data": {
            "source": faces.source,
            "training": len(faces.part("training")),
            "public": len(faces.part("public")),
        },
        "near_bits": NEAR,
        "exact": _by_part(faces, pairs[same_bytes], labels),
        "near": _by_part(faces, pairs[bits <= NEAR], labels),
        "by_distance": {
            str(limit): {
                "pairs": int((bits <= limit).sum()),
                "public_with_twin_in_training": len(
                    _twins(faces, pairs[_between(faces, pairs) & (bits <= limit)], "public")
                ),
            }
            for limit in _DISTANCES
        },
    }


def without_twins(faces: FaceSet, pairs: NDArray[np.int64], part: Part) -> NDArray[np.bool_]:
    """Returns which images of a part have no twin among other Training images, in file order.

    Args:
        faces: all parts.
        pairs: result of `alike` for them.
        part: the part that is judged.
    """
    first, second, bits = pairs.T
    of_training = faces.usage == PARTS.index("training")
    has_twin = np.zeros(len(faces), dtype=np.bool_)
    has_twin[first[of_training[second] & (bits <= NEAR)]] = True
    has_twin[second[of_training[first] & (bits <= NEAR)]] = True
    alone: NDArray[np.bool_] = ~has_twin[faces.usage == PARTS.index(part)]
    return alone


def accuracy_without_twins(
    probabilities: NDArray[np.float32], faces: FaceSet, mask: NDArray[np.bool_]
) -> dict[str, Any]:
    """Returns a model's accuracy on a part with, without and only on images that have a twin.

    Args:
        probabilities: answers, (n, 8).
        faces: the part, n images.
        mask: result of `without_twins`, (n,).

    Returns:
        For either rule (see `targets`) `all`, `without_twins` and `twins`, as `accuracy_of` gives.
    """
    guesses = probabilities.argmax(axis=1)
    figures = {}
    for name, rule in (("majority", majority_rule), ("argmax", argmax_rule)):
        judged = rule(faces.votes)
        right, alone = guesses[judged.kept] == judged.labels, mask[judged.kept]
        figures[name] = {
            "all": accuracy_of(right),
            "without_twins": accuracy_of(right[alone]),
            "twins": accuracy_of(right[~alone]),
        }
    return figures


def accuracy_of(right: NDArray[np.bool_]) -> dict[str, Any]:
    """Returns `n`, `accuracy` (None for no image) and its Wilson interval `accuracy_95`."""
    n, hits = len(right), int(right.sum())
    return {
        "n": n,
        "accuracy": hits / n if n else None,
        "accuracy_95": list(wilson_interval(hits, n)),
    }


def duplicates_table(figures: dict[str, Any]) -> str:
    """Returns an audit as text for a terminal.

    Args:
        figures: result of `duplicate_audit`; that of `accuracy_without_twins` may be beside it,
            under `accuracy`.
    """
    data = figures["data"]
    lines = [
        f"{data['source']}: {data['training']} images of Training, {data['public']} of PublicTest",
        "",
        "duplicates           pairs  training  public     labels differ, of pairs with both labels",
        "                              images  images     majority       argmax     original",
    ]
    for kind, title in (("exact", "same bytes"), ("near", f"near (≤ {figures['near_bits']} bits)")):
        for where in ("training", "public", "across"):
            one = figures[kind][where]
            lines.append(
                f"{title if where == 'training' else '':17}{where:9}"
                f"{one['pairs']:6}{one['twins']['training']:9}{one['twins']['public']:8}  "
                + "".join(
                    f"{one['labels'][name]['differ']:6}/{one['labels'][name]['n']:<6}"
                    for name in ("majority", "argmax", "fer2013")
                )
            )
    lines += ["", "bits at most   pairs   PublicTest images with a twin in Training"]
    for limit, one in figures["by_distance"].items():
        count = one["public_with_twin_in_training"]
        lines.append(f"{limit:>12}{one['pairs']:8}{count:8} ({count / max(data['public'], 1):.1%})")
    if "accuracy" in figures:
        lines += ["", "accuracy                n            95 % interval"]
        for rule in ("majority", "argmax"):
            for which, one in figures["accuracy"][rule].items():
                low, high = one["accuracy_95"]
                share = "     -" if one["accuracy"] is None else f"{one['accuracy']:6.2%}"
                title = f"{rule}, {which.replace('_', ' ')}"
                lines.append(f"{title:23}{one['n']:5} {share}   {low:.2%} to {high:.2%}")
    return "\n".join(lines)


def _labels(faces: FaceSet) -> dict[str, NDArray[np.int64]]:
    """Each image's label by name of the rule, (n,) each, `_UNJUDGED` where there is none."""
    labels = {}
    for name, rule in (("majority", majority_rule), ("argmax", argmax_rule)):
        judged = rule(faces.votes)
        labels[name] = np.full(len(faces), _UNJUDGED, dtype=np.int64)
        labels[name][judged.kept] = judged.labels
    original = faces.fer2013_label.astype(np.int64)
    labels["fer2013"] = np.where(original < len(FER2013_LABELS), original, _UNJUDGED)
    return labels


def _by_part(
    faces: FaceSet, pairs: NDArray[np.int64], labels: dict[str, NDArray[np.int64]]
) -> dict[str, Any]:
    usage = faces.usage[pairs[:, :2]]
    training, public = PARTS.index("training"), PARTS.index("public")
    chosen = {
        "training": (usage == training).all(axis=1),
        "public": (usage == public).all(axis=1),
        "across": _between(faces, pairs),
    }
    return {where: _about(faces, pairs[rows], labels) for where, rows in chosen.items()}


def _between(faces: FaceSet, pairs: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which pairs have one image in Training and one in PublicTest."""
    wanted = [PARTS.index("training"), PARTS.index("public")]
    usage = np.sort(faces.usage[pairs[:, :2]], axis=1)
    between: NDArray[np.bool_] = np.equal(usage, wanted).all(axis=1)
    return between


def _about(
    faces: FaceSet, pairs: NDArray[np.int64], labels: dict[str, NDArray[np.int64]]
) -> dict[str, Any]:
    differing = {}
    for name, column in labels.items():
        both = column[pairs[:, :2]]
        known = both[(both != _UNJUDGED).all(axis=1)]
        differing[name] = {"n": len(known), "differ": int((known[:, 0] != known[:, 1]).sum())}
    return {
        "pairs": len(pairs),
        "twins": {
            "training": len(_twins(faces, pairs, "training")),
            "public": len(_twins(faces, pairs, "public")),
        },
        "labels": differing,
    }


def _twins(faces: FaceSet, pairs: NDArray[np.int64], part: Part) -> NDArray[np.int64]:
    """Numbers of the images of one part that are in any of the pairs."""
    rows = np.unique(pairs[:, :2])
    chosen: NDArray[np.int64] = rows[faces.usage[rows] == PARTS.index(part)]
    return chosen
