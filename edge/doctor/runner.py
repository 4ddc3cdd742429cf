"""Runs checks one after the other; none can hang the doctor or take the others with it."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from time import perf_counter
from typing import Final, Generic, TypeVar

from contracts.errors import ContractError
from edge.doctor.report import Finding, Outcome, Report, failed, skipped
from edge.errors import EdgeError

_T = TypeVar("_T")
_LONGEST_LINE: Final = 300
_REPORT_IT: Final = "this is a defect of museum-edge doctor: report it, with this line"


class NotKnownError(Exception):
    """A check needs something that another check already reports as missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing to look at.

    Attributes:
        name: What the command line and JSON call it.
        look: Looks; may raise.
        limit_s: Longest time it may take, seconds.
        mend: What to do if it takes longer, or ends in an error that says what happened.
    """

    name: str
    look: Callable[[], Finding]
    limit_s: float
    mend: str


class Once(Generic[_T]):
    """Something that several checks need, and that is looked at no more than once."""

    def __init__(self, look: Callable[[], _T], otherwise: str) -> None:
        """Looks at nothing yet.

        Args:
            look: Looks.
            otherwise: What to say to the checks that come after one in which ``look`` failed.
        """
        self._look = look
        self._otherwise = otherwise
        self._began = False
        self._found: list[_T] = []
        self._error: Exception | None = None
        self._mutex = threading.Lock()

    def __call__(self) -> _T:
        """What was found.

        Raises:
            NotKnownError: The look hangs, or an earlier caller was told how it failed.
            Exception: Whatever the look raised, for the first caller only.
        """
        self._ensure()
        if self._error is not None:
            error, self._error = self._error, None
            raise error
        return self._value()

    def peek(self) -> _T:
        """What was found, for a caller who can do without: how it failed is kept for the next.

        Raises:
            NotKnownError: It failed, or hangs.
        """
        self._ensure()
        return self._value()

    def _ensure(self) -> None:
        with self._mutex:
            if self._began:
                return
            self._began = True
        try:
            self._found.append(self._look())
        except Exception as exc:  # noqa: BLE001 - kept, and raised for the next caller
            self._error = exc

    def _value(self) -> _T:
        if not self._found:
            raise NotKnownError(self._otherwise)
        return self._found[0]


def run_checks(
    checks: Iterable[Check],
    *,
    on_start: Callable[[str], None] = lambda _: None,
    on_end: Callable[[Outcome], None] = lambda _: None,
) -> Report:
    """Runs each check and reports.

    Args:
        checks: In this order.
        on_start: Told the name of a check that begins.
        on_end: Told what it found.
    """
    outcomes = []
    for check in checks:
        on_start(check.name)
        begun = perf_counter()
        finding = _run(check)
        took_ms = round((perf_counter() - begun) * 1000)
        outcome = Outcome(name=check.name, finding=finding, took_ms=took_ms)
        outcomes.append(outcome)
        on_end(outcome)
    return Report(outcomes=outcomes)


def _run(check: Check) -> Finding:
    """Looks in a thread of its own: a driver that hangs cannot be interrupted, only left."""
    answers: SimpleQueue[Finding] = SimpleQueue()
    thread = threading.Thread(
        target=lambda: answers.put(_guarded(check)), name=check.name, daemon=True
    )
    thread.start()
    try:
        return answers.get(timeout=check.limit_s)
    except Empty:
        return failed(f"gave no answer within {check.limit_s:g} s", check.mend)


def _guarded(check: Check) -> Finding:
    try:
        return check.look()
    except NotKnownError as exc:
        return skipped(str(exc))
    except (EdgeError, ContractError) as exc:
        return failed(_one_line(str(exc)), check.mend)
    except PermissionError as exc:
        return failed(f"may not read {exc.filename}", "run it as root: sudo museum-edge doctor")
    except Exception as exc:  # noqa: BLE001 - one broken check must not hide what the others find
        return failed(_one_line(f"the check broke: {type(exc).__name__}: {exc}"), _REPORT_IT)


def _one_line(text: str) -> str:
    return " ".join(text.split())[:_LONGEST_LINE]
