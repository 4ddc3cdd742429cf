"""Does the Pi watch now, and if not, why?"""

from typing import Final

from contracts.status import WatchMode
from edge.doctor.report import Finding, passed, warned
from edge.gate import Decision, Reason

_MENDS: Final = {
    Reason.SWITCHED: "sudo museum-edge resume, when the reason for it is over",
    Reason.DAMAGED: "sudo museum-edge resume writes a new note",
    Reason.NO_CLOCK: "see clock; until then all hours are taken to hold",
}


def watch(decision: Decision) -> Finding:
    """Judges the mode that holds now."""
    text = f"{decision.mode.value}: {decision.reason.value}"
    mend = _MENDS.get(decision.reason)
    if decision == Decision(WatchMode.COUNT_ONLY, Reason.SWITCHED):
        mend = "sudo museum-edge count-only --off, when the reason for it is over"
    if mend is not None and decision.mode is not WatchMode.FULL:
        return warned(text, mend, mode=decision.mode.value)
    return passed(text, mode=decision.mode.value)
