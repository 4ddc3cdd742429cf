"""The report for people: one line a check, and below it what to do."""

from typing import Final, TextIO

from edge.doctor.report import Outcome, Report, Verdict

_SIGNS: Final = {Verdict.PASS: "✓", Verdict.WARN: "!", Verdict.FAIL: "✗", Verdict.SKIP: "-"}
_WIDTH: Final = 14


def signs_for(stream: TextIO) -> dict[Verdict, str]:
    """Signs where a person looks at a terminal that has them, else words in brackets."""
    encoding = (stream.encoding or "").lower().replace("-", "")
    if stream.isatty() and encoding == "utf8":
        return dict(_SIGNS)
    return {verdict: f"[{verdict.value}]" for verdict in Verdict}


def lines_of(outcome: Outcome, signs: dict[Verdict, str]) -> list[str]:
    """The line of one check, and the one with its mend if there is any."""
    finding = outcome.finding
    sign = signs[finding.verdict]
    lines = [f"{sign} {outcome.name:<{_WIDTH}} {finding.text}"]
    if finding.mend:
        lines.append(f"{'':{len(sign) + _WIDTH + 2}}-> {finding.mend}")
    return lines


def summary_of(report: Report) -> str:
    """The last line."""
    counts = report.counts
    words = [
        f"{counts[Verdict.PASS]} passed",
        f"{counts[Verdict.WARN]} {'warning' if counts[Verdict.WARN] == 1 else 'warnings'}",
        f"{counts[Verdict.FAIL]} failed",
    ]
    if counts[Verdict.SKIP]:
        words.append(f"{counts[Verdict.SKIP]} not looked at")
    return ", ".join(words)
