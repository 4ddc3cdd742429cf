"""What somebody has switched by hand: a pause, count-only."""

import json
from dataclasses import asdict, dataclass
from typing import Any, Final, Self

from contracts.visit import LATEST_MS

_KEYS: Final = {"paused", "count_only"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """A restriction that somebody has switched on.

    Attributes:
        until_ms: When it ends, ms since 1970 UTC; None: when somebody ends it.
    """

    until_ms: int | None = None

    def holds(self, now_ms: int | None) -> bool:
        """Whether it holds at ``now_ms``; without a clock to be trusted (None) it goes on."""
        return self.until_ms is None or now_ms is None or now_ms < self.until_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """All that is switched; each by itself, so that the end of a pause is not that of count-only.

    Attributes:
        paused: The pause, or None.
        count_only: Count-only, or None.
        damaged: Whether the note of it could not be read; then it is taken for a pause.
    """

    paused: Switch | None = None
    count_only: Switch | None = None
    damaged: bool = False

    def encode(self) -> bytes:
        """The note: a JSON object without any free text."""
        note = {name: value for name, value in asdict(self).items() if name in _KEYS}
        return json.dumps(note).encode() + b"\n"

    @classmethod
    def decode(cls, note: bytes) -> Self:
        """Reads a note; one that is damaged is a pause without an end.

        A pause that turns into watching because of a bad sector would break a promise; a pause too
        many is seen in the heartbeat, and ``museum-edge resume`` ends it.
        """
        try:
            fields = json.loads(note)
            if not isinstance(fields, dict) or fields.keys() != _KEYS:
                raise ValueError("other keys")  # noqa: TRY301 - all damage is answered below
            return cls(paused=_switch(fields["paused"]), count_only=_switch(fields["count_only"]))
        except (ValueError, RecursionError):
            return cls(paused=Switch(), damaged=True)


def _switch(value: Any) -> Switch | None:  # noqa: ANN401 - any JSON value
    if value is None:
        return None
    if not isinstance(value, dict) or value.keys() != {"until_ms"}:
        raise ValueError("no switch")
    until_ms = value["until_ms"]
    is_moment = type(until_ms) is int and 0 <= until_ms <= LATEST_MS
    if until_ms is not None and not is_moment:
        raise ValueError("no moment")
    return Switch(until_ms=until_ms)
