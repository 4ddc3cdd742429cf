import ast
import json
import sys
from pathlib import Path

import pytest

from contracts.errors import ContractError
from contracts.expressions import EXPRESSIONS, LABELS, Expression, Sentiment, sentiment_of
from contracts.schemas import SCHEMAS
from contracts.topics import basic_ingest, status_topic, visits_topic


def test_the_eight_expressions_keep_their_order() -> None:
    """emotion_id 0 to 7 is the order of the model's output and never changes."""
    assert LABELS == (
        "neutral",
        "happiness",
        "surprise",
        "sadness",
        "anger",
        "disgust",
        "fear",
        "contempt",
    )
    assert [int(e) for e in EXPRESSIONS] == list(range(8))


def test_every_expression_has_a_sentiment() -> None:
    """Happiness alone is positive; neutral and surprise are neutral; abstention stands apart."""
    groups = {s: {e.label for e in Expression if sentiment_of(e) is s} for s in Sentiment}
    assert groups == {
        Sentiment.POSITIVE: {"happiness"},
        Sentiment.NEUTRAL: {"neutral", "surprise"},
        Sentiment.NEGATIVE: {"sadness", "anger", "disgust", "fear", "contempt"},
        Sentiment.UNCERTAIN: {"uncertain"},
    }


def test_topics_carry_museum_and_device() -> None:
    """The topic names who speaks; Basic Ingest only puts the rule in front."""
    assert visits_topic("m", "pi-1") == "museum/v1/m/pi-1/visits"
    assert status_topic("m", "pi-1") == "museum/v1/m/pi-1/status"
    assert (
        basic_ingest("keep_visits", visits_topic("m", "pi-1"))
        == "$aws/rules/keep_visits/museum/v1/m/pi-1/visits"
    )


@pytest.mark.parametrize("bad", ["", "+", "a/b", "A", "-a", "a-", "x" * 49, "é", "a\n"])
def test_a_name_that_could_widen_a_topic_is_refused(bad: str) -> None:
    """Wildcards, slashes and odd characters never reach a topic."""
    with pytest.raises(ContractError):
        visits_topic("m", bad)
    with pytest.raises(ContractError):
        visits_topic(bad, "pi-1")


def test_a_rule_name_with_a_hyphen_is_refused() -> None:
    """AWS IoT takes letters, digits and underscores only."""
    with pytest.raises(ContractError):
        basic_ingest("my-rule", "museum/v1/m/d/visits")


def test_the_committed_schemas_are_the_ones_in_use(repository: Path) -> None:
    """``python -m contracts`` was run after the last change."""
    folder = repository / "contracts" / "schema"
    committed = {f.name: json.loads(f.read_text("utf-8")) for f in folder.iterdir()}
    assert committed == SCHEMAS


def test_contracts_needs_the_standard_library_alone(repository: Path) -> None:
    """Edge, functions and tools all carry this package; it must bring nothing with it."""
    allowed = set(sys.stdlib_module_names) | {"contracts"}
    for file in (repository / "contracts").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            assert {n.split(".")[0] for n in names} <= allowed, file.name
