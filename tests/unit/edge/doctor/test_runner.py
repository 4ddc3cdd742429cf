"""Checks run one after the other; none takes another with it, and none hangs the doctor."""

import io
import json
import threading
from collections.abc import Callable

import pytest

from contracts.errors import ContractError
from edge.doctor.report import Finding, Outcome, Report, Verdict, failed, passed, skipped, warned
from edge.doctor.runner import Check, NotKnownError, Once, run_checks
from edge.doctor.text import lines_of, signs_for, summary_of
from edge.errors import CameraError
from tests.unit.edge.doctor.findings import FAIL, PASS, SKIP, WARN

MEND = "do this"


def check(name: str, look: Callable[[], Finding], limit_s: float = 5.0) -> Check:
    """A check with the mend ``MEND``."""
    return Check(name=name, look=look, limit_s=limit_s, mend=MEND)


def raising(error: Exception) -> Callable[[], Finding]:
    """A look that ends so."""

    def look() -> Finding:
        raise error

    return look


@pytest.mark.parametrize(
    ("error", "verdict", "said", "mend"),
    [
        (CameraError("/dev/video0", "is gone"), FAIL, "camera /dev/video0: is gone", MEND),
        (ContractError("key", "is wrong"), FAIL, "key: is wrong", MEND),
        (PermissionError(13, "Permission denied", "/x.key"), FAIL, "/x.key", "sudo"),
        (ZeroDivisionError("by\nzero"), FAIL, "ZeroDivisionError: by zero", "defect"),
        (NotKnownError("see camera"), SKIP, "see camera", ""),
    ],
)
def test_an_error_is_one_line_and_the_next_check_runs(
    error: Exception, verdict: Verdict, said: str, mend: str
) -> None:
    """The known ones with what to do, the unknown ones as the defect that they are."""
    report = run_checks([check("a", raising(error)), check("b", lambda: passed("well"))])

    first, second = report.outcomes
    assert first.finding.verdict is verdict
    assert said in first.finding.text
    assert mend in first.finding.mend
    assert "\n" not in first.finding.text
    assert second.finding.verdict is PASS


def test_a_check_that_hangs_is_left_behind() -> None:
    """It fails by its time limit; the next one runs."""
    end = threading.Event()

    def hang() -> Finding:
        end.wait(60)
        return passed("too late")

    report = run_checks([check("a", hang, limit_s=0.05), check("b", lambda: passed("well"))])
    end.set()

    assert report.outcomes[0].finding == failed("gave no answer within 0.05 s", MEND)
    assert report.outcomes[1].finding.verdict is PASS


def test_what_several_need_is_looked_at_once() -> None:
    """Also when the first look failed: the others then know that they cannot know."""
    looks = []

    def look() -> int:
        looks.append(1)
        raise CameraError("x", "is gone")

    once = Once(look, "see camera")
    with pytest.raises(CameraError):
        once()
    with pytest.raises(NotKnownError, match="see camera"):
        once()
    assert len(looks) == 1

    again = Once(look, "see camera")
    with pytest.raises(NotKnownError, match="see camera"):
        again.peek()
    with pytest.raises(CameraError):  # who peeked could do without; somebody must tell
        again()
    assert len(looks) == 2

    number = Once(lambda: len(looks), "")
    assert [number.peek(), number(), number()] == [2, 2, 2]


def report(*findings: Finding) -> Report:
    """A report of checks a, b, c and so on."""
    return Report(
        outcomes=[
            Outcome(name=name, finding=finding, took_ms=3)
            for name, finding in zip("abcdef", findings, strict=False)
        ]
    )


@pytest.mark.parametrize(
    ("findings", "verdict", "code"),
    [
        ([], PASS, 0),
        ([passed("")], PASS, 0),
        ([skipped("")], PASS, 0),
        ([passed(""), warned("", MEND), skipped("")], WARN, 1),
        ([warned("", MEND), failed("", MEND), passed("")], FAIL, 2),
    ],
)
def test_the_worst_decides(findings: list[Finding], verdict: Verdict, code: int) -> None:
    """What was not looked at counts for nothing."""
    assert report(*findings).verdict is verdict
    assert report(*findings).exit_code == code


def test_the_document_has_a_stable_shape() -> None:
    """The same keys for every check, ready for JSON."""
    document = report(passed("well", face_px=64.0), failed("bad", MEND)).to_dict()

    assert json.loads(json.dumps(document)) == document
    assert document == {
        "verdict": "fail",
        "exit_code": 2,
        "counts": {"pass": 1, "warn": 0, "fail": 1, "skip": 0},
        "checks": [
            {
                "check": "a",
                "verdict": "pass",
                "finding": "well",
                "mend": None,
                "figures": {"face_px": 64.0},
                "took_ms": 3,
            },
            {
                "check": "b",
                "verdict": "fail",
                "finding": "bad",
                "mend": MEND,
                "figures": {},
                "took_ms": 3,
            },
        ],
    }


class Terminal(io.TextIOWrapper):
    """A terminal with an encoding."""

    def isatty(self) -> bool:
        """It is one."""
        return True


@pytest.mark.parametrize(
    ("stream", "sign"),
    [
        (Terminal(io.BytesIO(), encoding="utf-8"), "✗"),
        (Terminal(io.BytesIO(), encoding="ascii"), "[fail]"),
        (io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), "[fail]"),
    ],
)
def test_signs_suit_the_stream(stream: io.TextIOWrapper, sign: str) -> None:
    """Words where there is no terminal, or none with those letters."""
    assert signs_for(stream)[FAIL] == sign


def test_a_line_a_check_and_its_mend_below() -> None:
    """Aligned, and summed up at the end."""
    signs = signs_for(io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    found = report(failed("bad", MEND), passed("well"), warned("so so", MEND), skipped("no"))

    assert lines_of(found.outcomes[0], signs) == [
        "[fail] a              bad",
        "                      -> do this",
    ]
    assert lines_of(found.outcomes[1], signs) == ["[pass] b              well"]
    assert summary_of(found) == "1 passed, 1 warning, 1 failed, 1 not looked at"
