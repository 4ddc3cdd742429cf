from collections.abc import Iterator
from functools import partial

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from model_training import drawing
from model_training.errors import DataError
from model_training.metrics import wilson_interval
from tests.unit.model_training.made_figures import (
    ABSTENTION,
    NOT_FACES,
    SHARES,
    judged,
    robustness,
    size,
)


@pytest.fixture
def axes() -> Iterator[Axes]:
    """Axes of a figure that can also be drawn: what cannot be drawn fails here."""
    figure = Figure()
    yield figure.subplots()
    figure.draw_without_rendering()


def _points(axes: Axes, line: int) -> list[tuple[float, float]]:
    found = np.asarray(axes.lines[line].get_xydata())
    return [(float(x), float(y)) for x, y in found]


def _texts(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def _intervals(axes: Axes, bars: int) -> list[tuple[float, float]]:
    """Lower and upper ends of the error bars of one call of `errorbar`."""
    _, _, (collection,) = axes.containers[bars]
    return [(segment[0][1], segment[1][1]) for segment in collection.get_segments()]


def test_accuracies_are_drawn_and_other_columns_are_not(axes: Axes) -> None:
    """Each rule of the watched part is a line; loss, seconds and unknown columns are none."""
    rows = [
        {"epoch": "1", "loss": "2.0", "public_majority": "0.5", "public_argmax": "0.4"},
        {"epoch": "2", "loss": "1.0", "public_majority": "0.7", "public_argmax": "0.6"},
    ]
    drawing.draw_accuracies(axes, [row | {"seconds": "9", "ideas": "0.1"} for row in rows])
    assert [_points(axes, 0), _points(axes, 1)] == [[(1, 0.5), (2, 0.7)], [(1, 0.4), (2, 0.6)]]
    assert len(axes.lines) == 2
    assert axes.lines[0].get_linestyle() != axes.lines[1].get_linestyle()
    legend = axes.get_legend()
    assert legend is not None
    assert legend.get_texts()[0].get_text() == "public, majority rule: 70.00% at the end"


def test_a_column_that_came_later_leaves_a_gap(axes: Axes) -> None:
    """An epoch without the figure is neither 0 nor an error."""
    rows = [
        {"epoch": "1", "loss": "2", "public_argmax": ""},
        {"epoch": "2", "loss": "1", "public_argmax": "0.6"},
    ]
    drawing.draw_accuracies(axes, rows)
    assert np.isnan(_points(axes, 0)[0][1])
    assert _points(axes, 0)[1] == (2, 0.6)


def test_a_log_without_a_watched_part_has_a_loss_alone(axes: Axes) -> None:
    """A run that watched nothing is drawn as well."""
    rows = [{"epoch": "1", "loss": "2.5"}]
    drawing.draw_accuracies(axes, rows)
    assert len(axes.lines) == 0
    drawing.draw_loss(axes, rows)
    assert _points(axes, 0) == [(1, 2.5)]


def test_the_confusion_gives_counts_and_shares_of_rows(axes: Axes) -> None:
    """A cell tells both; a label that does not occur has shares of 0; dark cells light letters."""
    figures = {"n": 10, "accuracy": 0.8, "confusion": [[6, 2, 0], [0, 2, 0], [0, 0, 0]]}
    image = drawing.draw_confusion(axes, figures, ("a", "b", "c"))
    assert _texts(axes)[:4] == ["6\n75%", "2\n25%", "0\n0%", "0\n0%"]
    assert _texts(axes)[6:] == ["0\n0%"] * 3
    assert [text.get_color() for text in axes.texts[:2]] == ["white", "black"]
    assert np.asarray(image.get_array()).tolist() == [[0.75, 0.25, 0], [0, 1, 0], [0, 0, 0]]
    assert axes.get_ylabel() == "people's label"
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["a", "b", "c"]
    assert axes.get_title() == "10 images, 80.00% right"


def test_the_reliability_shows_each_bin_with_its_interval(axes: Axes) -> None:
    """Bars stand on their bins, marks at the mean confidence, and the ECE is in the title."""
    figures = judged()
    drawing.draw_reliability(axes, figures, "a rule")
    bins = figures["reliability"]
    bars, marks = axes.containers[0], 1
    found = [(bar.get_x(), bar.get_width(), bar.get_height()) for bar in bars]
    expected = [(one["low"], one["high"] - one["low"], one["accuracy"]) for one in bins]
    assert np.array(found) == pytest.approx(np.array(expected))
    assert _points(axes, 0) == [(one["confidence"], one["accuracy"]) for one in bins]
    intervals = [wilson_interval(round(one["accuracy"] * one["n"]), one["n"]) for one in bins]
    assert np.array(_intervals(axes, marks)) == pytest.approx(np.array(intervals))
    assert _points(axes, -1) == [(0, 0), (1, 1)]
    assert axes.get_title() == f"a rule, 400 images: ECE {figures['ece']:.3f}"


def test_the_histogram_counts_the_answers_of_each_bin(axes: Axes) -> None:
    """What the bars of the upper picture rest on stands below them."""
    bins = judged()["reliability"]
    drawing.draw_confidence(axes, bins)
    bars = axes.containers[0]
    assert [bar.get_height() for bar in bars] == [one["n"] for one in bins]
    assert sum(bar.get_height() for bar in bars) == 400


def test_the_chosen_threshold_is_marked_on_the_curve(axes: Axes) -> None:
    """The mark stands where the curve passes, and its words are the figures."""
    drawing.draw_coverage(axes, ABSTENTION)
    assert _points(axes, 0) == [(1.0, 0.8), (0.9, 0.85), (0.5, 0.95)]
    assert _points(axes, 1) == [(0.9, 0.85)]
    assert _texts(axes) == ["threshold 0.40:\n90.0% answered, 85.0% agree"]


def test_non_faces_are_drawn_over_the_faces_answered_at_their_threshold(axes: Axes) -> None:
    """The two are joined by threshold; where no face is answered any more the share is 0."""
    drawing.draw_not_faces(axes, ABSTENTION, NOT_FACES)
    assert _points(axes, 0) == [(1.0, 0.0), (0.9, 0.7), (0.5, 0.9), (0.0, 1.0)]
    assert _points(axes, 1) == [(0.9, 0.7)]
    assert _texts(axes) == ["70.0% uncertain"]


def test_robustness_has_two_bars_for_each_strength_in_the_order_of_the_figures(axes: Axes) -> None:
    """The model's bar above the baseline's, clean first, the mean last, names once."""
    drawing.draw_robustness(axes, robustness(), robustness(0.2))
    ours, baseline = axes.containers
    lengths = [0.9, 0.8, 0.6, 0.7, 0.7]
    assert [bar.get_width() for bar in ours] == pytest.approx(lengths)
    assert [bar.get_width() for bar in baseline] == pytest.approx([one - 0.2 for one in lengths])
    assert all(a.get_y() < b.get_y() for a, b in zip(ours, baseline, strict=True))
    assert axes.get_ylim() == (4.5, -0.5)  # the first row on top
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["", "1", "2", "0.1", ""]
    (names,) = axes.child_axes
    assert [(tick.get_position()[1], tick.get_text()) for tick in names.get_yticklabels()] == [
        (0, "no distortion"),
        (1.5, "blur\n(px)"),
        (3, "noise\n(grey)"),
        (4, "mean of the distortions"),
    ]
    assert "86.0%" not in _texts(axes)
    assert {"90.0%", "40.0%"} <= set(_texts(axes))


def test_robustness_without_a_baseline_has_one_bar_each(axes: Axes) -> None:
    """A model can be shown before there is anything to compare it with."""
    drawing.draw_robustness(axes, robustness(), None)
    assert len(axes.containers) == 1


def test_a_baseline_under_other_distortions_is_refused() -> None:
    """Bars of different pictures beside each other would say something wrong."""
    other = robustness()
    other["distortions"]["noise"]["strengths"] = {"0.2": {"accuracy": 0.5}}
    with pytest.raises(DataError, match="judge it anew"):
        drawing.draw_robustness(Figure().subplots(), robustness(), other)


def test_sizes_are_numbered_marks_with_intervals_and_the_chosen_one_is_filled(axes: Axes) -> None:
    """Each network's mark stands at its time and accuracy, on a logarithmic axis."""
    drawing.draw_sizes(axes, [size("small", 0.1, 0.8), size("base", 0.3, 0.86)], "base")
    # Each network has a mark, its two caps, and its number.
    marks, numbers = (axes.lines[0], axes.lines[4]), (axes.lines[3], axes.lines[7])
    assert [_points(axes, line) for line in (0, 4)] == [[(0.1, 0.8)], [(0.3, 0.86)]]
    assert [number.get_marker() for number in numbers] == ["$1$", "$2$"]
    assert [mark.get_markerfacecolor() == "white" for mark in marks] == [True, False]
    assert np.array(_intervals(axes, 1)) == pytest.approx(np.array([[0.84, 0.87]]))
    assert axes.get_xscale() == "log"
    assert axes.get_legend_handles_labels()[1] == [
        "small: 0.1 ms, 1.15 M parameters, 58.0 M multiply-adds, 12 epochs: 80.00%",
        "base (shipped): 0.3 ms, 1.15 M parameters, 58.0 M multiply-adds, 12 epochs: 86.00%",
    ]


def test_only_sizes_of_equally_many_epochs_are_joined(axes: Axes) -> None:
    """From the fastest to the slowest; one that was trained longer stands alone."""
    longer = size("longer", 0.3, 0.9) | {"epochs": 110}
    points = [size("slow", 0.4, 0.86), longer, size("fast", 0.1, 0.8)]
    drawing.draw_sizes(axes, points, "longer")
    joined = [line for line in map(partial(_points, axes), range(len(axes.lines))) if line[1:]]
    assert joined == [[(0.1, 0.8), (0.4, 0.86)]]


def test_shares_stand_side_by_side(axes: Axes) -> None:
    """Votes left, the model right, each with its figure."""
    drawing.draw_shares(axes, SHARES)
    votes, model = axes.containers
    assert [bar.get_height() for bar in votes] == [0.6, 0.4]
    assert [bar.get_height() for bar in model] == [0.55, 0.45]
    assert all(a.get_x() < b.get_x() for a, b in zip(votes, model, strict=True))
    assert _texts(axes) == ["60.0%", "40.0%", "55.0%", "45.0%"]


def test_gaps_of_shares_are_in_points_with_their_intervals(axes: Axes) -> None:
    """Five points less is -5, and its interval is the one of the figures."""
    drawing.draw_share_gaps(axes, SHARES)
    assert np.asarray(axes.lines[0].get_ydata()) == pytest.approx(np.array([-5.0, 5.0]))
    assert np.array(_intervals(axes, 0)) == pytest.approx(np.array([[-7, -3], [3, 7]]))
