"""The model card: prose from a template, every figure from `expression.json`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from string import Template
from typing import Any, Final

from contracts.expressions import LABELS
from model_training.benchmark import side_by_side_table
from model_training.metrics import by_epochs
from model_training.robustness import at, rows_of

_TEMPLATE: Final = Path(__file__).with_name("card_template.md")


def render_card(description: dict[str, Any]) -> str:
    """Returns the card as Markdown.

    Args:
        description: content of `expression.json`, as `describe.describe` makes it.

    Raises:
        KeyError: the description lacks a figure, or the template names an unknown one.
    """
    figures = (
        _identity(description)
        | _accuracy(description)
        | _sizes(description["sizes"])
        | _calibration(description)
        | _refusals(description)
        | _made(description["trained"])
    )
    return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(figures)


def _identity(description: dict[str, Any]) -> dict[str, str]:
    study = description["framing_study"]
    return {
        "version": description["version"],
        "sha256": description["sha256"],
        "parameters": f"{description['parameters']:,}",
        "formula": description["framing"]["formula"],
        "framing": _framing(study),
        "cost": _cost(study["cost"]),
        "cost_n": f"{study['cost']['n']:,}",
    }


def _accuracy(description: dict[str, Any]) -> dict[str, str]:
    metrics, spread, twins = (
        description["metrics"],
        description["spread"],
        description["duplicates"],
    )
    floating, original = metrics["float_majority_accuracy"], description["fer2013"]
    return {
        "source": metrics["data"]["source"],
        "images": f"{metrics['data']['images']:,}",
        "rules": _rules(metrics),
        "float_accuracy": f"{floating:.2%}",
        "int8_loss": f"{100 * (floating - metrics['majority']['accuracy']):.2f}",
        "classes": _classes(metrics["majority"]),
        "confusion": _confusion(metrics["majority"]["confusion"]),
        "spread": _spread(spread),
        "spread_config": spread["config"],
        "spread_epochs": str(spread["epochs"]),
        "spread_seeds": ", ".join(map(str, spread["seeds"])),
        "shipped_seed": str(description["trained"]["seed"]),
        "shipped_config": description["trained"]["config"]["name"],
        "twins": f"{twins['near']['across']['twins']['public']:,}",
        "twins_of": f"{twins['data']['public']:,}",
        "twins_bits": str(twins["near_bits"]),
        "twins_table": _twins(twins["accuracy"]),
        "fer2013_accuracy": f"{original['accuracy']:.2%}",
        "fer2013_interval": _interval(original["accuracy_95"]),
        "fer2013_n": f"{original['n']:,}",
        "side_by_side": "    "
        + side_by_side_table(description["side_by_side"]).replace("\n", "\n    "),
        "runtimes": _runtimes(description["runtimes"]),
    }


def _sizes(sizes: dict[str, Any]) -> dict[str, str]:
    gains = _gains(sizes["points"])
    rows = [
        (
            one["name"],
            " ".join(map(str, one["widths"])),
            " ".join(map(str, one["blocks"])),
            str(one["epochs"]),
            f"{one['parameters']:,}",
            f"{one['multiply_adds'] / 1e6:.1f} M",
            f"{one['accuracy']:.2%} ({_interval(one['accuracy_95'])})",
            gains.get(one["name"], "-"),
            ", ".join(f"{runtime} {ms}" for runtime, ms in one["ms_by_runtime"].items()),
        )
        for one in sizes["points"]
    ]
    head = (
        "run", "widths", "blocks", "epochs", "parameters", "multiply-adds",
        "int8 accuracy, majority", "points a doubling", "ms a face",
    )  # fmt: skip
    return {"sizes": _table(head, rows), "sizes_word": sizes["word"]}


def _gains(points: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """By name: points won for each doubling of the time, since the next faster of equal epochs."""
    gains = {}
    for alike in by_epochs(points):
        for before, one in pairwise(alike):
            doublings = math.log2(one["ms_per_face"] / before["ms_per_face"])
            if doublings:
                won = 100 * (one["accuracy"] - before["accuracy"]) / doublings
                gains[one["name"]] = f"{won:+.1f}"
    return gains


def _calibration(description: dict[str, Any]) -> dict[str, str]:
    metrics = description["metrics"]
    shares, aggregate = metrics["shares"], metrics["aggregate"]
    artworks = aggregate["artworks"]
    counted, corrected = artworks["counted"], artworks["corrected"]
    earns = artworks["earns_its_place"]
    return {
        "temperature": str(description["trained"]["temperature"]),
        "shares": _shares(shares, aggregate),
        "shares_mean": f"{shares['mean_absolute_error']:.2%}",
        "shares_largest": f"{shares['largest_error']:.2%}",
        "uncertain": f"{aggregate['uncertain']:.1%}",
        "counted_mean": f"{aggregate['mean_absolute_error']:.2%}",
        "counted_largest": f"{aggregate['largest_error']:.2%}",
        "mixes": str(artworks["mixes"]),
        "visits": str(artworks["visits"]),
        "artwork_mean": f"{counted['mean_absolute_error']:.2%}",
        "artwork_largest": f"{counted['largest_error_p95']:.2%}",
        "corrected_mean": f"{corrected['mean_absolute_error']:.2%}",
        "corrected_largest": f"{corrected['largest_error_p95']:.2%}",
        "correction": "would earn" if earns else "does not earn",
        "corrected_word": "not corrected yet" if earns else "not corrected",
    }


def _refusals(description: dict[str, Any]) -> dict[str, str]:
    metrics, abstention = description["metrics"], description["abstention"]
    strangers = metrics["not_a_face"]
    skipped = "".join(f" Left out: {one}." for one in strangers["skipped"])
    return {
        "abstain_below": str(description["abstain_below"]),
        "abstain_rule": abstention["rule"],
        "abstain_kept": f"{abstention['kept']:.1%}",
        "abstain_agreement": f"{abstention['agreement']:.1%}",
        "abstain_n": f"{abstention['n']:,}",
        "not_a_face": _strangers(strangers),
        "not_a_face_word": "Intervals are Wilson's; cut-outs of one photograph are not independent."
        + skipped,
        "robustness": _robustness(metrics["robustness"]),
    }


def _made(trained: dict[str, Any]) -> dict[str, str]:
    training, taught = trained["config"]["training"], trained["config"]["distillation"]
    return {
        "config": trained["config"]["name"],
        "seed": str(trained["seed"]),
        "epochs": str(trained["epochs"]),
        "minutes": str(trained["minutes"]),
        "cpus": str(trained["cpus"]),
        "fitted_images": f"{trained['fitted_images']:,}",
        "commit": trained["git_commit"],
        "tensorflow": trained["tensorflow"],
        "keras": trained["keras"],
        "batch": str(training["batch"]),
        "teacher_weight": f"{taught['weight']:.0%}",
        "teachers": ", ".join(f"`{teacher}`" for teacher in taught["teachers"]),
        "note": trained.get("note", "Nothing departed from that configuration."),
    }


def _interval(bounds: Sequence[float]) -> str:
    low, high = bounds
    return f"{low:.2%} to {high:.2%}"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _rules(metrics: dict[str, Any]) -> str:
    rows = []
    for rule in ("majority", "argmax"):
        one = metrics[rule]
        low, high = one["macro_f1_95"]
        rows.append(
            (
                rule,
                f"{one['n']:,}",
                f"{one['accuracy']:.2%}",
                _interval(one["accuracy_95"]),
                f"{one['macro_f1']:.3f} ({low:.3f} to {high:.3f})",
                f"{one['mean_confidence']:.2%}",
                f"{one['ece']:.3f}",
            )
        )
    return _table(("rule", "n", "accuracy", "95 % interval", "macro-F1", "confidence", "ECE"), rows)


def _classes(majority: dict[str, Any]) -> str:
    rows = [
        (
            name,
            str(one["n"]),
            f"{one['precision']:.1%} ({_interval(one['precision_95'])})",
            f"{one['recall']:.1%} ({_interval(one['recall_95'])})",
        )
        for name, one in majority["per_class"].items()
    ]
    return _table(("expression", "n", "precision, 95 %", "recall, 95 %"), rows)


def _spread(spread: dict[str, Any]) -> str:
    rows = [
        (name.removeprefix("public_"), f"{one['mean']:.2%}", f"{one['sd']:.2%}", str(one["n"]))
        for name, one in spread["figures"].items()
    ]
    return _table(("accuracy", "mean", "standard deviation", "seeds"), rows)


def _twins(accuracy: dict[str, Any]) -> str:
    rows = [
        (rule, what.replace("_", " "), f"{one['n']:,}", _share_of(one, "accuracy"))
        for rule in ("majority", "argmax")
        for what, one in accuracy[rule].items()
    ]
    return _table(("rule", "images", "n", "accuracy, 95 %"), rows)


def _share_of(one: dict[str, Any], key: str) -> str:
    if one[key] is None:
        return "none"
    return f"{one[key]:.2%} ({_interval(one[f'{key}_95'])})"


def _strangers(strangers: dict[str, Any]) -> str:
    rows = [
        (one["what"], family.replace("_", " "), f"{found['n']:,}", _share_of(found, "uncertain"))
        for one in strangers["kinds"].values()
        for family, found in [*one["families"].items(), ("together", one["total"])]
    ]
    rows.append(
        (
            "everything",
            "",
            f"{strangers['total']['n']:,}",
            _share_of(strangers["total"], "uncertain"),
        )
    )
    return _table(("pictures", "family", "n", "uncertain, 95 %"), rows)


def _robustness(figures: dict[str, Any]) -> str:
    baseline, rows = figures["baseline"], []
    for name, strength in rows_of(figures):
        unit = figures["distortions"][name]["unit"] if strength else ""
        gain = figures["gain"][f"{name} {strength}".rstrip()]
        low, high = gain["points_95"]
        rows.append(
            (
                name.replace("_", " "),
                f"{strength} {unit}".strip(),
                _told(at(figures, name, strength)),
                _told(at(baseline, name, strength)),
                f"{gain['points']:+.2f} ({low:+.2f} to {high:+.2f})",
            )
        )
    head = ("distortion", "strength", "accuracy, kept", "baseline, kept", "points gained, 95 %")
    return _table(head, rows)


def _told(found: dict[str, Any]) -> str:
    kept = found.get("accuracy_kept")
    return f"{found['accuracy']:.2%}" + ("" if kept is None else f", {kept:.1%}")


def _confusion(confusion: list[list[int]]) -> str:
    rows = [(name, *map(str, row)) for name, row in zip(LABELS, confusion, strict=True)]
    return _table(("voted \\ answered", *LABELS), rows)


def _runtimes(runtimes: list[dict[str, Any]]) -> str:
    rows = [
        (
            one["runtime"],
            f"{one['n']:,}",
            f"{one['majority_accuracy']:.2%}",
            f"{one['same_answer_as_first']:.1%}",
            f"{one['ms_per_face']} ms",
        )
        for one in runtimes
    ]
    head = ("runtime", "images", "majority accuracy", "same answer as first", "per face, 1 thread")
    return _table(head, rows)


def _shares(shares: dict[str, Any], aggregate: dict[str, Any]) -> str:
    rows = [
        (
            name,
            f"{shares['voted'][name]:.2%}",
            f"{shares['predicted'][name]:.2%}",
            f"{aggregate['voted'][name]:.2%}",
            f"{aggregate['counted'][name]:.2%}",
        )
        for name in LABELS
    ]
    head = ("expression", "taggers' votes", "mean answer", "most frequent votes", "counted answers")
    return _table(head, rows)


def _framing(study: dict[str, Any]) -> str:
    rows = []
    for detector in ("yunet", "haar"):
        one = study[detector]
        low, high = one["quartiles"]["scale"]
        rows.append(
            (
                detector,
                str(one["boxes"]),
                f"{one['scale']:.3f} ({low:.3f} to {high:.3f})",
                f"{one['center_dx']:+.3f}",
                f"{one['center_dy']:+.3f}",
            )
        )
    return _table(("detector", "boxes", "scale (quartiles)", "center_dx", "center_dy"), rows)


def _cost(cost: dict[str, Any]) -> str:
    rows = [
        (f"{what} {float(error):+.0%}", f"{accuracy:.2%}")
        for what in ("scale", "shift")
        for error, accuracy in cost[what].items()
    ]
    return _table(("crop wrong by", "accuracy"), rows)
