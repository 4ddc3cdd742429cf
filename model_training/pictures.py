"""Pictures of a model's figures; drawn from logs and JSON alone, never from the data.

The same figures give the same bytes, so that drawing again changes nothing in a repository.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from matplotlib import style
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from PIL import Image

from model_training import drawing
from model_training.errors import DataError

WIDTH_PX: Final = 900
_DPI: Final = 100
_COLOURS: Final = 256
_STYLE: Final = {
    "font.size": 10,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": "#dddddd",
    "legend.frameon": False,
}
_ROW_PX: Final = 25
"""Height of one row of `robustness`."""


@contextmanager
def _picture(path: Path, height_px: int) -> Iterator[Figure]:
    """Gives an empty figure and saves it, whatever a user's matplotlibrc says."""
    with style.context(["default", _STYLE]):
        size = (WIDTH_PX / _DPI, height_px / _DPI)
        figure = Figure(figsize=size, dpi=_DPI, layout="constrained")
        yield figure
        drawn = BytesIO()
        figure.savefig(drawn, format="png", dpi=_DPI, metadata={"Software": None})
    # 256 colours make a third of the size.
    palette = Image.open(drawn).convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
    palette.save(path, format="PNG", optimize=True)


def training_curves(rows: Sequence[Mapping[str, str]], path: Path) -> None:
    """Draws loss and accuracies over the epochs.

    Args:
        rows: of `RunFolder.read_log`; columns other than `epoch`, `loss` and accuracies are passed
            over.
        path: the PNG file.

    Raises:
        DataError: there is no row.
    """
    if not rows:
        raise DataError(f"{path}: no epoch is logged, there is nothing to draw")
    with _picture(path, 620) as figure:
        upper, lower = figure.subplots(2, 1, sharex=True)
        drawing.draw_loss(upper, rows)
        drawing.draw_accuracies(lower, rows)


def confusion(figures: Mapping[str, Any], names: Sequence[str], path: Path) -> None:
    """Draws how often each expression was answered for each that people saw.

    Args:
        figures: of `metrics.classification_figures`.
        names: of the expressions, in the order of the matrix.
        path: the PNG file.
    """
    with _picture(path, 760) as figure:
        axes = figure.subplots()
        shown = drawing.draw_confusion(axes, figures, names)
        bar = figure.colorbar(shown, ax=axes, format=PercentFormatter(1.0))
        bar.set_label("share of the row")


def reliability(figures: Mapping[str, Any], path: Path, rule: str = "majority rule") -> None:
    """Draws how often answers of each confidence are right, and how many there are.

    Args:
        figures: of `metrics.classification_figures`.
        path: the PNG file.
        rule: by which the answers were judged.
    """
    with _picture(path, 680) as figure:
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
        drawing.draw_reliability(upper, figures, rule)
        drawing.draw_confidence(lower, figures["reliability"])
        figure.legend(*upper.get_legend_handles_labels(), loc="outside lower center", ncols=3)


def coverage(
    abstention: Mapping[str, Any],
    path: Path,
    not_faces: Sequence[Mapping[str, float]] | None = None,
) -> None:
    """Draws what answering less gains: agreement over the share of faces that get an answer.

    Args:
        abstention: of `calibrate.choose_threshold`.
        path: the PNG file.
        not_faces: `threshold` and the share of non-faces that end as `uncertain` there; drawn
            below, over the share of faces answered at the same threshold.
    """
    with _picture(path, 460 if not_faces is None else 680) as figure:
        if not_faces is None:
            last = figure.subplots()
            drawing.draw_coverage(last, abstention)
        else:
            upper, last = figure.subplots(2, 1, sharex=True, height_ratios=[3, 2])
            drawing.draw_coverage(upper, abstention)
            drawing.draw_not_faces(last, abstention, not_faces)
        last.set_xlabel("share of faces that get an answer")
        last.xaxis.set_major_formatter(PercentFormatter(1.0))


def robustness(figures: Mapping[str, Any], baseline: Mapping[str, Any] | None, path: Path) -> None:
    """Draws the accuracy under each distortion and strength, beside a baseline's.

    Args:
        figures: of `robustness.robustness_figures`.
        baseline: the same of another model, or None.
        path: the PNG file.

    Raises:
        DataError: the baseline was judged under other distortions.
    """
    rows = len(drawing.robustness_rows(figures)[0])
    with _picture(path, 110 + _ROW_PX * rows) as figure:
        axes = figure.subplots()
        drawing.draw_robustness(axes, figures, baseline)
        figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=2)


def size_against_speed(
    points: Sequence[Mapping[str, Any]], chosen: str, path: Path, runtime: str = "TFLite"
) -> None:
    """Draws accuracy over the time of one face, for networks of several sizes.

    Args:
        points: each with `name`, `ms_per_face`, `multiply_adds`, `parameters`, `accuracy` and
            `accuracy_95`.
        chosen: name of the shipped one.
        path: the PNG file.
        runtime: with which the times were taken.

    Raises:
        DataError: no point has the chosen name.
    """
    if chosen not in [point["name"] for point in points]:
        raise DataError(f"{path}: no network is named {chosen!r}")
    with _picture(path, 430 + 20 * len(points)) as figure:
        axes = figure.subplots()
        drawing.draw_sizes(axes, points, chosen)
        axes.set_xlabel(f"time of one face, ms, {runtime}, one thread (logarithmic)")
        figure.legend(*axes.get_legend_handles_labels(), loc="outside lower left")


def shares(figures: Mapping[str, Any], path: Path) -> None:
    """Draws each expression's share of people's votes and of the model's answers.

    Args:
        figures: of `metrics.share_figures`.
        path: the PNG file.
    """
    with _picture(path, 640) as figure:
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[3, 2])
        drawing.draw_shares(upper, figures)
        drawing.draw_share_gaps(lower, figures)
