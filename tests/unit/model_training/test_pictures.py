from collections.abc import Callable
from pathlib import Path
from typing import Final

import matplotlib as mpl
import pytest
from PIL import Image

from contracts.expressions import LABELS
from model_training import pictures
from model_training.errors import DataError
from tests.unit.model_training.made_figures import (
    ABSTENTION,
    NOT_FACES,
    SHARES,
    judged,
    robustness,
    size,
)

_ROWS: Final = [
    {"epoch": str(epoch), "loss": str(2 / epoch), "public_majority": str(1 - 1 / epoch)}
    for epoch in range(1, 6)
]
_SIZES: Final = [size("small", 0.1, 0.8), size("base", 0.3, 0.86)]
_DRAWN: Final[dict[str, Callable[[Path], None]]] = {
    "training_curves": lambda path: pictures.training_curves(_ROWS, path),
    "confusion": lambda path: pictures.confusion(judged(), LABELS, path),
    "reliability": lambda path: pictures.reliability(judged(), path),
    "coverage": lambda path: pictures.coverage(ABSTENTION, path),
    "coverage of non-faces": lambda path: pictures.coverage(ABSTENTION, path, NOT_FACES),
    "robustness": lambda path: pictures.robustness(robustness(), robustness(0.1), path),
    "sizes": lambda path: pictures.size_against_speed(_SIZES, "base", path),
    "shares": lambda path: pictures.shares(SHARES, path),
}


@pytest.mark.parametrize("name", _DRAWN)
def test_a_picture_is_the_same_each_time(
    name: str, tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    """Whatever a user's own settings are; 900 px wide, small, and without date or program."""
    first, second = tmp_path / "first.png", tmp_path / "second.png"
    _DRAWN[name](first)
    with mpl.rc_context({"font.size": 22, "savefig.dpi": 50, "axes.facecolor": "black"}):
        _DRAWN[name](second)
    assert first.read_bytes() == second.read_bytes()
    assert first.stat().st_size < 120_000
    with Image.open(first) as image:
        assert image.width == pictures.WIDTH_PX
        assert not image.info
        # White paper with something on it.
        colours = image.convert("RGB").getcolors()
    assert colours is not None
    assert max(colours)[1] == (255, 255, 255)
    assert len(colours) > 10
    assert not [str(warning.message) for warning in recwarn]


def test_other_figures_give_another_picture(tmp_path: Path) -> None:
    """What is drawn comes from what was given."""
    first, second = tmp_path / "first.png", tmp_path / "second.png"
    pictures.confusion(judged(2), LABELS, first)
    pictures.confusion(judged(3), LABELS, second)
    assert first.read_bytes() != second.read_bytes()


def test_settings_are_left_as_they_were(tmp_path: Path) -> None:
    """Drawing changes nothing in a program that draws for itself."""
    before = dict(mpl.rcParams)
    pictures.shares(SHARES, tmp_path / "shares.png")
    assert dict(mpl.rcParams) == before


def test_many_distortions_make_a_higher_picture(tmp_path: Path) -> None:
    """Rows keep their height, so that the words beside them stay readable."""
    few, many = tmp_path / "few.png", tmp_path / "many.png"
    figures = robustness()
    pictures.robustness(figures, None, few)
    figures["distortions"] |= {
        f"kind {kind}": {"unit": "px", "strengths": {"1": {"accuracy": 0.5}}} for kind in range(10)
    }
    pictures.robustness(figures, None, many)
    with Image.open(few) as low, Image.open(many) as high:
        assert high.height - low.height == 250


def test_a_log_without_epochs_cannot_be_drawn(tmp_path: Path) -> None:
    """The message names the picture that was asked for."""
    path = tmp_path / "curves.png"
    with pytest.raises(DataError, match=r"curves\.png: no epoch is logged"):
        pictures.training_curves([], path)
    assert not path.exists()


def test_the_shipped_network_must_be_among_the_sizes(tmp_path: Path) -> None:
    """A misspelt name is told instead of marking nothing."""
    with pytest.raises(DataError, match="no network is named 'huge'"):
        pictures.size_against_speed(_SIZES, "huge", tmp_path / "sizes.png")
