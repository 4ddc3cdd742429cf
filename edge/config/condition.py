"""``[condition]``: after how long what a camera shows is taken for a fault."""

from dataclasses import dataclass

from edge.config.checks import check


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionConfig:
    """How long a picture must look wrong before the heartbeat says so, seconds.

    Attributes:
        frozen_s: The same picture, to the last bit, for so long: the camera is opened again. Longer
            than a network camera's interval between key frames.
        black_s: Nothing but black for so long.
        covered_s: Something right before the lens for so long.
        moved_s: Nothing of the room where it used to be for so long.
        out_of_focus_s: Never as sharp as it used to be for so long.
        learn_s: How long the room is looked at before it is known.
        relearn_h: Hours after which a camera that stays moved is taken to hang there on purpose.
    """

    frozen_s: float = 10.0
    black_s: float = 5.0
    covered_s: float = 10.0
    moved_s: float = 20.0
    out_of_focus_s: float = 20.0
    learn_s: float = 60.0
    relearn_h: float = 24.0

    def __post_init__(self) -> None:
        check("frozen_s", self.frozen_s, 2, 25)
        check("black_s", self.black_s, 1, 25)
        check("covered_s", self.covered_s, 1, 25)
        check("moved_s", self.moved_s, 5, 25)
        check("out_of_focus_s", self.out_of_focus_s, 5, 25)
        check("learn_s", self.learn_s, 10, 3600)
        check("relearn_h", self.relearn_h, 0.1, 1000)
