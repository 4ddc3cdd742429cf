"""The model card: prose from a template, every figure from `expression.json`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from string import Template
from typing import Any, Final

from contracts.expressions import LABELS

_TEMPLATE: Final = Path(__file__).with_name("card_template.md")


def render_card(description: dict[str, Any]) -> str:
    """Returns the card as Markdown.

    Args:
        description: content of `expression.json`, as `describe.describe` makes it.

    Raises:
        KeyError: the description lacks a figure, or the template names an unknown one.
    """
    metrics, trained = description["metrics"], description["trained"]
    shares, abstention = metrics["shares"], description["abstention"]
    training = trained["config"]["training"]
    figures = {
        "version": description["version"],
        "sha256": description["sha256"],
        "parameters": f"{description['parameters']:,}",
        "source": metrics["data"]["source"],
        "images": f"{metrics['data']['images']:,}",
        "rules": _rules(metrics),
        "float_accuracy": f"{metrics['float_majority_accuracy']:.2%}",
        "classes": _classes(metrics["majority"]),
        "confusion": _confusion(metrics["majority"]["confusion"]),
        "runtimes": _runtimes(description["runtimes"]),
        "shares": _shares(shares),
        "shares_mean": f"{shares['mean_absolute_error']:.2%}",
        "shares_largest": f"{shares['largest_error']:.2%}",
        "confidence_gap": f"{shares['confidence_gap']:.2%}",
        "temperature": trained["temperature"],
        "abstain_below": abstention["abstain_below"],
        "abstain_rule": abstention["rule"],
        "abstain_kept": f"{abstention['kept']:.1%}",
        "abstain_agreement": f"{abstention['agreement']:.1%}",
        "abstain_n": f"{abstention['n']:,}",
        "formula": description["framing"]["formula"],
        "framing": _framing(description["framing_study"]),
        "cost": _cost(description["framing_study"]["cost"]),
        "cost_n": f"{description['framing_study']['cost']['n']:,}",
        "config": trained["config"]["name"],
        "seed": trained["seed"],
        "epochs": trained["epochs"],
        "minutes": trained["minutes"],
        "cpus": trained["cpus"],
        "fitted_images": f"{trained['fitted_images']:,}",
        "commit": trained["git_commit"],
        "tensorflow": trained["tensorflow"],
        "keras": trained["keras"],
        "batch": training["batch"],
        "note": trained.get("note", "Nothing departed from that configuration."),
    }
    return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(figures)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _rules(metrics: dict[str, Any]) -> str:
    rows = []
    for rule in ("majority", "argmax"):
        one = metrics[rule]
        low, high = one["accuracy_95"]
        interval = f"{low:.2%} to {high:.2%}"
        rows.append(
            (
                rule,
                f"{one['n']:,}",
                f"{one['accuracy']:.2%}",
                interval,
                f"{one['macro_f1']:.3f}",
                f"{one['mean_confidence']:.2%}",
                f"{one['ece']:.3f}",
            )
        )
    return _table(("rule", "n", "accuracy", "95 % interval", "macro-F1", "confidence", "ECE"), rows)


def _classes(majority: dict[str, Any]) -> str:
    rows = [
        (name, str(one["n"]), f"{one['precision']:.3f}", f"{one['recall']:.3f}")
        for name, one in majority["per_class"].items()
    ]
    return _table(("expression", "n", "precision", "recall"), rows)


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


def _shares(shares: dict[str, Any]) -> str:
    rows = [
        (name, f"{shares['voted'][name]:.2%}", f"{shares['predicted'][name]:.2%}")
        for name in LABELS
    ]
    return _table(("expression", "taggers' votes", "model"), rows)


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
