"""What the tests of doctor's checks ask of each finding."""

from edge.doctor.report import Finding, Verdict

PASS, WARN, FAIL, SKIP = Verdict.PASS, Verdict.WARN, Verdict.FAIL, Verdict.SKIP


def expect(finding: Finding, verdict: Verdict, said: str = "") -> None:
    """The verdict, a word of the text, one line each, and a mend where there is a fault."""
    assert finding.verdict is verdict, finding
    assert said in finding.text, finding
    assert "\n" not in finding.text + finding.mend
    assert bool(finding.mend) is (verdict in (WARN, FAIL)), finding
