"""May this device publish? Tried with a true message: that it is offline, as it is just now."""

from typing import Final

from edge.adapters.broker_probe import Session
from edge.doctor.report import Finding, failed, passed

_ATTACH: Final = (
    "attach the device's policy to its certificate and that to the thing, whose attribute "
    "museum_id must be device.museum_id (docs/deploy.md)"
)
UNTRIED: Final = "publishing visits cannot be tried without making one: look at the first"


def policy(session: Session, topic: str) -> Finding:
    """Judges the broker's answer to a message on the device's status topic."""
    if session.refusal is not None:
        return failed(f"{topic}: {session.refusal}", _ATTACH, topic=topic)
    if session.failure is not None:
        # AWS answers a publish that the policy forbids by closing the connection as well.
        text = f"{topic}: {session.failure}"
        return failed(text, f"if it stays so: {_ATTACH}", topic=topic)
    return passed(f"may publish on {topic}; {UNTRIED}", topic=topic)
