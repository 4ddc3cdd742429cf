"""MQTT topic filters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_cloud.topic_filter import matches, split_basic_ingest

LEVELS = st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=5)


@pytest.mark.parametrize(
    ("topic_filter", "topic", "expected"),
    [
        ("museum/v1/+/+/visits", "museum/v1/m/d/visits", True),
        ("museum/v1/+/+/visits", "museum/v1/m/d/status", False),
        ("museum/v1/+/+/visits", "museum/v1/m/d/visits/x", False),
        ("museum/v1/+", "museum/v1", False),
        ("museum/#", "museum", True),
        ("museum/#", "museum/a/b", True),
        ("#", "$aws/rules/x", False),
        ("+/rules/x", "$aws/rules/x", False),
        ("$aws/rules/#", "$aws/rules/r/museum", True),
    ],
)
def test_filters(topic_filter: str, topic: str, expected: bool) -> None:  # noqa: FBT001 - cases
    """As the MQTT specification says, topics with $ included."""
    assert matches(topic_filter, topic) is expected


@given(LEVELS, st.data())
def test_a_topic_falls_under_itself_with_wildcards(levels: list[str], data: st.DataObject) -> None:
    """Any level may become +, any tail may become #."""
    wild = [data.draw(st.sampled_from([level, "+"])) for level in levels]
    cut = data.draw(st.integers(0, len(levels)))
    assert matches("/".join(wild), "/".join(levels))
    assert matches("/".join([*wild[:cut], "#"]), "/".join(levels))


def test_basic_ingest_topics_name_their_rule() -> None:
    """What stands behind the rule is the topic that SQL sees."""
    assert split_basic_ingest("$aws/rules/r/a/b") == ("r", "a/b")
    assert split_basic_ingest("$aws/rules/r") == ("r", "")
    assert split_basic_ingest("a/b") == (None, "a/b")
