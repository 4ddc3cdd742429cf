"""Visible facial expressions and the sentiments they are grouped into."""

from enum import IntEnum, StrEnum
from typing import Final


class Expression(IntEnum):
    """A visible facial expression; the value is ``emotion_id`` and the model's output index."""

    UNCERTAIN = -1
    NEUTRAL = 0
    HAPPINESS = 1
    SURPRISE = 2
    SADNESS = 3
    ANGER = 4
    DISGUST = 5
    FEAR = 6
    CONTEMPT = 7

    @property
    def label(self) -> str:
        """Lower-case name, as in reports, metrics and the model's description."""
        return self.name.lower()


class Sentiment(StrEnum):
    """Group of expressions; ``UNCERTAIN`` holds the visits on which the model abstained."""

    POSITIVE = "positive"
    NEUTRAL = "neutral"
    NEGATIVE = "negative"
    UNCERTAIN = "uncertain"


EXPRESSIONS: Final = tuple(e for e in Expression if e is not Expression.UNCERTAIN)
"""The eight classes the model knows, in the order of its output."""

LABELS: Final = tuple(e.label for e in EXPRESSIONS)
"""The eight labels in the order of the model's output."""

_SENTIMENTS: Final = {
    Expression.UNCERTAIN: Sentiment.UNCERTAIN,
    Expression.NEUTRAL: Sentiment.NEUTRAL,
    Expression.HAPPINESS: Sentiment.POSITIVE,
    Expression.SURPRISE: Sentiment.NEUTRAL,
    Expression.SADNESS: Sentiment.NEGATIVE,
    Expression.ANGER: Sentiment.NEGATIVE,
    Expression.DISGUST: Sentiment.NEGATIVE,
    Expression.FEAR: Sentiment.NEGATIVE,
    Expression.CONTEMPT: Sentiment.NEGATIVE,
}


def sentiment_of(expression: Expression) -> Sentiment:
    """The sentiment that an expression counts towards."""
    return _SENTIMENTS[expression]


MEMBERS: Final = {
    sentiment: tuple(e for e in Expression if sentiment_of(e) is sentiment)
    for sentiment in Sentiment
}
"""The expressions of each sentiment."""
