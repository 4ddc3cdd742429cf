"""What is watched for at an artwork: when an alert goes off, when it is over, what the mail says.

Each has two bounds (hysteresis): it goes off at the upper one, and can do so again only after it
fell below the lower one, so that a number that hovers about a bound is told of once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from contracts.expressions import Sentiment, sentiment_of
from contracts.museums import Artwork, CrowdingAlert, ExpressionAlert, Museum
from lambdas.shared.models.alerts import AlertKind
from lambdas.shared.models.counts import CountedVisit
from lambdas.shared.suppression import protect_part
from lambdas.watch_expressions.mail import (
    Finding,
    alert_body,
    alert_subject,
    crowding_body,
    crowding_subject,
)


class Level(Enum):
    """Where an artwork stands between the two bounds."""

    HIGH = auto()
    BETWEEN = auto()
    LOW = auto()


Found = tuple[Artwork, Sequence[CountedVisit]]
"""An artwork at which an alert goes off, and the window's visits."""


class Watch(Protocol):
    """One kind of alert at one museum."""

    @property
    def kind(self) -> AlertKind:
        """What it is."""

    @property
    def window_minutes(self) -> int:
        """Length of the window that it looks at."""

    def level(self, visits: Sequence[CountedVisit]) -> Level:
        """Where an artwork with these visits in the window stands."""

    def letter(
        self, museum: Museum, found: Sequence[Found], start_ms: int, end_ms: int
    ) -> tuple[str, str]:
        """Subject and body of the mail about artworks whose level is high."""


@dataclass(frozen=True, slots=True)
class NegativeExpressions:
    """``Watch`` for many negative expressions.

    An alert says that many visits were negative, so it is a published number itself: none goes off
    on fewer than k negative visits. Where hardly anybody comes, it is over.
    """

    rule: ExpressionAlert
    k: int

    @property
    def kind(self) -> AlertKind:
        """What it is."""
        return AlertKind.NEGATIVE_EXPRESSIONS

    @property
    def window_minutes(self) -> int:
        """As configured."""
        return self.rule.window_minutes

    def level(self, visits: Sequence[CountedVisit]) -> Level:
        """By the share of negative visits, if there are enough of both."""
        rule, negative = self.rule, _negative(visits)
        enough = len(visits) >= rule.minimum_visits and negative >= self.k
        if enough and negative >= rule.negative_share * len(visits):
            return Level.HIGH
        if 2 * len(visits) < rule.minimum_visits or negative < rule.clears_below * len(visits):
            return Level.LOW
        return Level.BETWEEN

    def letter(
        self, museum: Museum, found: Sequence[Found], start_ms: int, end_ms: int
    ) -> tuple[str, str]:
        """With numbers, as far as they may be published."""
        findings = [self._finding(artwork, visits) for artwork, visits in found]
        body = alert_body(museum, findings, start_ms, end_ms, self.k)
        return alert_subject(museum, findings), body

    def _finding(self, artwork: Artwork, visits: Sequence[CountedVisit]) -> Finding:
        part, whole = protect_part(_negative(visits), len(visits), self.k)
        return Finding(artwork=artwork, negative=part, visits=whole)


def _negative(visits: Sequence[CountedVisit]) -> int:
    return sum(sentiment_of(one.emotion) is Sentiment.NEGATIVE for one in visits)


@dataclass(frozen=True, slots=True)
class Crowding:
    """``Watch`` for many visits.

    Its mail says no number but the configured bound, which is at least k: next to an alert about
    expressions, whose window is another, an exact one would tell how many came in between.
    """

    rule: CrowdingAlert

    @property
    def kind(self) -> AlertKind:
        """What it is."""
        return AlertKind.CROWDING

    @property
    def window_minutes(self) -> int:
        """As configured."""
        return self.rule.window_minutes

    def level(self, visits: Sequence[CountedVisit]) -> Level:
        """By their number."""
        if len(visits) >= self.rule.visits:
            return Level.HIGH
        return Level.LOW if len(visits) < self.rule.clears_below else Level.BETWEEN

    def letter(
        self, museum: Museum, found: Sequence[Found], start_ms: int, end_ms: int
    ) -> tuple[str, str]:
        """Which artworks, and the bound."""
        artworks = [artwork for artwork, _ in found]
        body = crowding_body(museum, self.rule, artworks, start_ms, end_ms)
        return crowding_subject(museum, artworks), body


def watches_of(museum: Museum, k: int) -> list[Watch]:
    """Everything that is watched for at a museum."""
    watches: list[Watch] = [NegativeExpressions(museum.expression_alert, k)]
    if museum.crowding_alert is not None:
        watches.append(Crowding(museum.crowding_alert))
    return watches
