"""What a check found, and what all of them found together."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final


class Verdict(StrEnum):
    """What a check says."""

    PASS = "pass"  # noqa: S105 - a verdict, no password
    WARN = "warn"
    """The Pi works, but somebody should look."""
    FAIL = "fail"
    """Visits are not measured, or do not arrive."""
    SKIP = "skip"
    """Not looked at: left out, not for this machine, or what it needs has failed by itself."""


ALL_WELL: Final = 0
WARNINGS: Final = 1
FAILURES: Final = 2

Figure = float | int | str | bool | None
"""A value of ``Finding.figures``, ready for JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found.

    Attributes:
        verdict: Its verdict.
        text: What was found, with figures, one line of plain English.
        mend: What to do, one line; empty only for ``PASS`` and ``SKIP``.
        figures: What was measured, by name with its unit, for programs.
    """

    verdict: Verdict
    text: str
    mend: str = ""
    figures: Mapping[str, Figure] = field(default_factory=dict)


def passed(text: str, **figures: Figure) -> Finding:
    """All is well."""
    return Finding(verdict=Verdict.PASS, text=text, figures=figures)


def warned(text: str, mend: str, **figures: Figure) -> Finding:
    """Somebody should look."""
    return Finding(verdict=Verdict.WARN, text=text, mend=mend, figures=figures)


def failed(text: str, mend: str, **figures: Figure) -> Finding:
    """Something does not work."""
    return Finding(verdict=Verdict.FAIL, text=text, mend=mend, figures=figures)


def skipped(text: str) -> Finding:
    """Not looked at, and why."""
    return Finding(verdict=Verdict.SKIP, text=text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A check that has run.

    Attributes:
        name: The check's name.
        finding: What it found.
        took_ms: How long it took, ms.
    """

    name: str
    finding: Finding
    took_ms: int

    def to_dict(self) -> dict[str, Any]:
        """The outcome, ready for JSON; the keys are always the same."""
        return {
            "check": self.name,
            "verdict": self.finding.verdict.value,
            "finding": self.finding.text,
            "mend": self.finding.mend or None,
            "figures": dict(self.finding.figures),
            "took_ms": self.took_ms,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All checks that have run, in order."""

    outcomes: Sequence[Outcome]

    @property
    def counts(self) -> dict[Verdict, int]:
        """How many checks came to each verdict."""
        found = Counter(outcome.finding.verdict for outcome in self.outcomes)
        return {verdict: found[verdict] for verdict in Verdict}

    @property
    def verdict(self) -> Verdict:
        """The worst of all; ``SKIP`` counts for nothing."""
        counts = self.counts
        worst = (v for v in (Verdict.FAIL, Verdict.WARN) if counts[v])
        return next(worst, Verdict.PASS)

    @property
    def exit_code(self) -> int:
        """0 when all is well, 1 with warnings only, 2 with at least one failure."""
        return {Verdict.FAIL: FAILURES, Verdict.WARN: WARNINGS}.get(self.verdict, ALL_WELL)

    def to_dict(self) -> dict[str, Any]:
        """The report, ready for JSON."""
        return {
            "verdict": self.verdict.value,
            "exit_code": self.exit_code,
            "counts": {verdict.value: count for verdict, count in self.counts.items()},
            "checks": [outcome.to_dict() for outcome in self.outcomes],
        }
