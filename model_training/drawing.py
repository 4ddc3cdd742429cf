"""What stands in the pictures of `pictures`: figures onto axes, nothing else.

The colours are those of Okabe and Ito 2008, "Color Universal Design", which stay apart for eyes
that see no red or no green; what two colours tell apart, a mark, a dash or a place tells apart too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from matplotlib.ticker import FixedLocator, MaxNLocator, NullFormatter, PercentFormatter

from model_training.errors import DataError
from model_training.metrics import by_epochs, wilson_interval

_BLUE: Final = "#0072B2"
_ORANGE: Final = "#E69F00"
_GREEN: Final = "#009E73"
_RED: Final = "#D55E00"
_GREY: Final = "#777777"

_ACCURACIES: Final = {
    "majority": ("majority rule", _BLUE, "-"),
    "argmax": ("argmax rule", _RED, "--"),
    "fer2013": ("FER2013's own labels", _GREEN, ":"),
}
"""Endings of the log's columns, after the watched part's name: what they are, and their line."""

_BAR: Final = 0.38
"""Thickness of one bar of two, where the pair's place is 1 wide."""

_DARK: Final = 0.55
"""Share of a row from which a cell of the confusion needs light letters."""


def draw_loss(axes: Axes, rows: Sequence[Mapping[str, str]]) -> None:
    """Draws the loss over the epochs of a run's log."""
    axes.plot(_column(rows, "epoch"), _column(rows, "loss"), color=_BLUE)
    axes.set_ylabel("training loss\n(weighted cross-entropy)")


def draw_accuracies(axes: Axes, rows: Sequence[Mapping[str, str]]) -> None:
    """Draws each accuracy of a run's log over its epochs; passes over other columns."""
    epochs = _column(rows, "epoch")
    for column in rows[-1]:
        part, _, ending = column.rpartition("_")
        if ending in _ACCURACIES:
            what, colour, dash = _ACCURACIES[ending]
            values = _column(rows, column)
            label = f"{part}, {what}: {values[-1]:.2%} at the end"
            axes.plot(epochs, values, color=colour, linestyle=dash, label=label)
    axes.set_ylabel("accuracy")
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if axes.lines:
        axes.legend(loc="lower right")


def _column(rows: Sequence[Mapping[str, str]], name: str) -> list[float]:
    """One column as numbers; a row from before the column existed leaves a gap in the line."""
    return [float(row.get(name) or "nan") for row in rows]


def draw_confusion(axes: Axes, figures: Mapping[str, Any], names: Sequence[str]) -> AxesImage:
    """Draws counts and shares of a row, (true class, guessed class); returns the image."""
    counts = np.array(figures["confusion"])
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    shown = axes.imshow(shares, cmap="Blues", vmin=0.0, vmax=1.0)
    for (row, column), count in np.ndenumerate(counts):
        share = float(shares[row, column])
        axes.text(
            column,
            row,
            f"{count}\n{share:.0%}",
            ha="center",
            va="center",
            color="white" if share > _DARK else "black",
        )
    axes.set_xticks(range(len(names)), names, rotation=30, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel("answered")
    axes.set_ylabel("people's label")
    axes.set_title(f"{figures['n']:,} images, {figures['accuracy']:.2%} right")
    axes.grid(visible=False)
    return shown


def draw_reliability(axes: Axes, figures: Mapping[str, Any], rule: str) -> None:
    """Draws the share of right answers in each bin of confidence, with intervals."""
    bins = figures["reliability"]
    lows = [one["low"] for one in bins]
    widths = [one["high"] - one["low"] for one in bins]
    accuracy = np.array([one["accuracy"] for one in bins])
    axes.bar(
        lows,
        accuracy,
        widths,
        align="edge",
        color=_BLUE,
        alpha=0.35,
        edgecolor="white",
        label="right",
    )
    bounds = [wilson_interval(round(one["accuracy"] * one["n"]), one["n"]) for one in bins]
    axes.errorbar(
        [one["confidence"] for one in bins],
        accuracy,
        yerr=_beside(accuracy, bounds),
        fmt="o",
        color=_BLUE,
        capsize=3,
        label="right at the mean confidence, 95 % interval",
    )
    axes.plot([0, 1], [0, 1], color=_GREY, linestyle="--", label="as right as confident")
    axes.set_ylim(0, 1.03)
    axes.set_ylabel("share of right answers")
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set_title(f"{rule}, {figures['n']:,} images: ECE {figures['ece']:.3f}")


def draw_confidence(axes: Axes, bins: Sequence[Mapping[str, float]]) -> None:
    """Draws how many answers each bin of confidence holds."""
    widths = [one["high"] - one["low"] for one in bins]
    counts = [one["n"] for one in bins]
    axes.bar(
        [one["low"] for one in bins], counts, widths, align="edge", color=_GREY, edgecolor="white"
    )
    axes.set_xlim(0, 1)
    axes.set_xlabel("confidence (top probability)")
    axes.xaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set_ylabel("images")


def draw_coverage(axes: Axes, abstention: Mapping[str, Any]) -> None:
    """Draws agreement over the share of answered faces, and marks the chosen threshold."""
    curve = abstention["curve"]
    axes.plot([one["kept"] for one in curve], [one["agreement"] for one in curve], color=_BLUE)
    chosen = (abstention["kept"], abstention["agreement"])
    answered = f"{chosen[0]:.1%} answered, {chosen[1]:.1%} agree"
    _mark(axes, chosen, f"threshold {abstention['abstain_below']:.2f}:\n{answered}")
    axes.set_ylabel("answers that agree with\npeople's most frequent vote")
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set_title(f"{abstention['n']:,} images, thresholds from 0 to 1")


def _mark(axes: Axes, at: tuple[float, float], text: str) -> None:
    """Marks what was chosen on a curve, with words below it on the left."""
    axes.plot(*at, marker="o", color=_RED, linestyle="none", markersize=9)
    axes.annotate(text, at, xytext=(-12, -12), textcoords="offset points", ha="right", va="top")


def draw_not_faces(
    axes: Axes, abstention: Mapping[str, Any], not_faces: Sequence[Mapping[str, float]]
) -> None:
    """Draws the share of refused non-faces over the share of answered faces."""
    thresholds = [one["threshold"] for one in abstention["curve"]]
    kept = [one["kept"] for one in abstention["curve"]]
    asked = [one["threshold"] for one in not_faces]
    uncertain = [one["uncertain"] for one in not_faces]
    # The curve ends where no face is answered any more.
    answered = np.interp(asked, thresholds, kept, right=0.0)
    axes.plot(answered, uncertain, color=_GREEN, linestyle="--")
    at_chosen = float(np.interp(abstention["abstain_below"], asked, uncertain))
    chosen = (abstention["kept"], at_chosen)
    _mark(axes, chosen, f"{at_chosen:.1%} uncertain")
    axes.set_ylim(0, 1.05)
    axes.set_ylabel("non-faces that\nend as uncertain")
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))


def draw_robustness(
    axes: Axes, figures: Mapping[str, Any], baseline: Mapping[str, Any] | None
) -> None:
    """Draws a bar for each distortion and strength, the baseline's below it.

    Raises:
        DataError: the baseline was judged under other distortions.
    """
    groups, strengths, accuracies = robustness_rows(figures)
    rows = np.arange(len(strengths))
    bars = [("this model", accuracies, _BLUE, -1)]
    if baseline is not None:
        other_groups, other_strengths, others = robustness_rows(baseline)
        if (other_groups, other_strengths) != (groups, strengths):
            raise DataError("The baseline was judged under other distortions: judge it anew")
        bars.append(("baseline", others, _ORANGE, 1))
    for label, lengths, colour, side in bars:
        drawn = axes.barh(rows + side * _BAR / 2, lengths, _BAR, color=colour, label=label)
        axes.bar_label(drawn, [f"{length:.1%}" for length in lengths], fontsize=7, padding=2)
    axes.set_yticks(rows, strengths)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlim(0, 1)
    axes.set_xlabel("accuracy")
    axes.xaxis.set_major_formatter(PercentFormatter(1.0))
    axes.grid(visible=False, axis="y")
    axes.set_title(f"{figures['n']:,} images, majority rule, by distortion and strength")
    _name_groups(axes, groups)


def _name_groups(axes: Axes, groups: Sequence[str]) -> None:
    """Writes each group's name once, left of its rows, and a line between groups."""
    starts = [row for row, group in enumerate(groups) if row == 0 or group != groups[row - 1]]
    ends = [*starts[1:], len(groups)]
    middles = [(start + end - 1) / 2 for start, end in zip(starts, ends, strict=True)]
    names = axes.secondary_yaxis(location=0)
    names.set_yticks(middles, [groups[start] for start in starts])
    names.tick_params("y", length=0, pad=48, labelsize=9)
    for start in starts[1:]:
        axes.axhline(start - 0.5, color="#dddddd", linewidth=0.8)


def robustness_rows(figures: Mapping[str, Any]) -> tuple[list[str], list[str], list[float]]:
    """Returns of each row its distortion with the unit, its strength, its accuracy."""
    rows = [("no distortion", "", figures["clean"]["accuracy"])]
    for name, one in figures["distortions"].items():
        group = f"{name}\n({one['unit']})"
        rows += [(group, key, found["accuracy"]) for key, found in one["strengths"].items()]
    rows.append(("mean of the distortions", "", figures["mean"]["accuracy"]))
    groups, strengths, accuracies = zip(*rows, strict=True)
    return list(groups), list(strengths), list(accuracies)


def draw_sizes(axes: Axes, points: Sequence[Mapping[str, Any]], chosen: str) -> None:
    """Draws accuracy over time, a numbered mark for each network, the chosen one filled.

    Networks that were trained for equally many epochs are joined by a line: only these compare.
    """
    for number, point in enumerate(points, start=1):
        colour = _RED if point["name"] == chosen else _BLUE
        where = ([point["ms_per_face"]], [point["accuracy"]])
        axes.errorbar(
            *where,
            yerr=_beside(where[1], [point["accuracy_95"]]),
            fmt="o",
            color=colour,
            markersize=17,
            markerfacecolor="white" if colour == _BLUE else colour,
            markeredgewidth=1.5,
            capsize=3,
        )
        axes.plot(
            *where,
            marker=f"${number}$",
            color="black",
            linestyle="none",
            zorder=3,  # above the circle, which is drawn later than lines are
            label=f"{point['name']}{' (shipped)' if point['name'] == chosen else ''}: "
            f"{point['ms_per_face']:.3g} ms, {point['parameters'] / 1e6:.2f} M parameters, "
            f"{point['multiply_adds'] / 1e6:.1f} M multiply-adds, {point['epochs']} epochs: "
            f"{point['accuracy']:.2%}",
        )
    for alike in by_epochs(points):
        axes.plot(
            [point["ms_per_face"] for point in alike],
            [point["accuracy"] for point in alike],
            color=_GREY,
            linewidth=1,
            zorder=1,
        )
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(
        FixedLocator([a * 10.0**b for b in range(-3, 4) for a in (1, 2, 5)])
    )
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.margins(x=0.1)
    axes.set_ylabel("accuracy, 95 % interval")
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))


def draw_shares(axes: Axes, figures: Mapping[str, Any]) -> None:
    """Draws each expression's share of the votes and of the model's answers side by side."""
    names = list(figures["voted"])
    rows = np.arange(len(names))
    for key, label, colour, side in (
        ("voted", "taggers' votes", _ORANGE, -1),
        ("predicted", "model", _BLUE, 1),
    ):
        heights = [figures[key][name] for name in names]
        bars = axes.bar(rows + side * _BAR / 2, heights, _BAR, color=colour, label=label)
        axes.bar_label(bars, [f"{height:.1%}" for height in heights], fontsize=8)
    axes.set_ylabel("share of all images")
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set_title(f"{figures['n']:,} images")
    axes.legend()


def draw_share_gaps(axes: Axes, figures: Mapping[str, Any]) -> None:
    """Draws by how many points each of the model's shares is off."""
    names = list(figures["voted"])
    gaps = np.array([100 * (figures["predicted"][name] - figures["voted"][name]) for name in names])
    bounds = [[100 * bound for bound in figures["gap_95"][name]] for name in names]
    axes.errorbar(names, gaps, yerr=_beside(gaps, bounds), fmt="o", color=_BLUE, capsize=3)
    axes.axhline(0, color=_GREY, linestyle="--")
    axes.set_ylabel("model minus votes,\npoints, 95 % interval")


def _beside(
    middles: Sequence[float] | np.ndarray[Any, np.dtype[Any]],
    bounds: Sequence[Sequence[float]],
) -> np.ndarray[Any, np.dtype[Any]]:
    """Error bars as matplotlib wants them, (2, n): how far down and up from the middle."""
    low, high = np.array(bounds).T
    return np.maximum([middles - low, high - middles], 0.0)
