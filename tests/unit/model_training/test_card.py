import copy
import json
from pathlib import Path
from typing import Any

import pytest

from model_training.card import render_card


@pytest.fixture(scope="module")
def description(repository: Path) -> dict[str, Any]:
    """The shipped model's description."""
    path = repository / "edge/models/expression.json"
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def test_the_card_says_what_the_description_says(
    repository: Path, description: dict[str, Any]
) -> None:
    """docs/model.md is exactly what the shipped description gives."""
    card = (repository / "docs/model.md").read_text(encoding="utf-8")
    assert card == render_card(description), "run python -m model_training card again"


def test_a_changed_figure_changes_the_card(description: dict[str, Any]) -> None:
    """Figures are taken from the description, none is typed."""
    changed = copy.deepcopy(description)
    changed["metrics"]["majority"]["accuracy"] = 0.1234
    changed["metrics"]["majority"]["per_class"]["fear"]["n"] = 98765
    card = render_card(changed)
    assert "12.34%" in card
    assert "98765" in card


def test_what_a_size_won_is_told_for_each_doubling_of_the_time(description: dict[str, Any]) -> None:
    """Beside the next faster one of equally many epochs; the fastest has none beside it."""
    changed = copy.deepcopy(description)
    like = changed["sizes"]["points"][0]
    changed["sizes"]["points"] = [
        like | {"name": name, "ms_per_face": ms, "accuracy": accuracy, "epochs": epochs}
        for name, ms, accuracy, epochs in (
            ("quick", 0.1, 0.80, 12),
            ("slow", 0.8, 0.845, 12),
            ("middle", 0.2, 0.83, 12),
            ("long", 0.4, 0.9, 110),
        )
    ]
    rows = [line.split("|") for line in render_card(changed).splitlines() if "multiply" not in line]
    won = {row[1].strip(): row[8].strip() for row in rows if len(row) == 11}
    assert won | {"quick": "-", "middle": "+3.0", "slow": "+0.8", "long": "-"} == won


def test_a_description_without_a_figure_gives_no_card(description: dict[str, Any]) -> None:
    """A missing figure is an error, not a gap in the text."""
    changed = copy.deepcopy(description)
    del changed["abstention"]
    with pytest.raises(KeyError):
        render_card(changed)
