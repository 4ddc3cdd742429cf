"""MQTT topic filters."""

from typing import Final

BASIC_INGEST: Final = "$aws/rules/"
"""Topics that start so name a rule and reach that rule only."""


def matches(topic_filter: str, topic: str) -> bool:
    """Whether a topic falls under a filter with ``+`` and ``#``."""
    wanted, given = topic_filter.split("/"), topic.split("/")
    if topic.startswith("$") != topic_filter.startswith("$"):
        return False
    for i, level in enumerate(wanted):
        if level == "#":
            return True
        if i >= len(given) or level not in {"+", given[i]}:
            return False
    return len(wanted) == len(given)


def split_basic_ingest(topic: str) -> tuple[str | None, str]:
    """The rule that a Basic Ingest topic names, or None, and the topic without that prefix."""
    if not topic.startswith(BASIC_INGEST):
        return None, topic
    rule, _, rest = topic.removeprefix(BASIC_INGEST).partition("/")
    return rule, rest
