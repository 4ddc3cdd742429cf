"""Whether what a camera shows can be right: frozen, black, covered, moved or out of focus.

Pure: it is given frames and keeps numbers in memory, never a picture, and nothing on disk. So
after a restart it takes the first minute's view for the right one.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from contracts.camera_state import CameraState
from edge.config import ConditionConfig
from edge.models import Frame, Image
from edge.scene_view import (
    ALIKE,
    Displacement,
    Grid,
    View,
    block_matches,
    coarse_match,
    displacement,
    see,
    share_alike,
    strength,
    structure_of,
)

LOOK_S: Final = 0.5
"""Seconds between two looks; the frames between them cost nothing."""
_SHARP_EVERY: Final = 2
"""Every how many-th look measures the sharpness too."""
_CALM_S: Final = 2.0
"""For how long a picture must look right again before it is called right."""
_GAP_S: Final = 5.0
"""A longer time without frames is a pause: nothing that was timed goes on during it."""
_PIXEL_STEP: Final = 16
"""Every how many-th pixel is compared with the last look's: sensor noise changes some of them."""
_SATURATED: Final = 250
"""Grey level from which even a live camera shows no noise."""
_BLACK_SHARE: Final = 0.98
_BARE: Final = 0.02
"""Relative contrast below which a view shows nothing at all."""
_VEILED: Final = 0.55
"""Share of the room's usual contrast below which it may be covered or out of focus."""
_UNLIKE: Final = 0.5
"""Correlation of light and dark below which it is not the same room."""
_HIDDEN: Final = 0.35
"""Share of blocks alike below which most of the room is hidden."""
_BLURRED: Final = 0.3
"""Share of the usual sharpness below which a picture is out of focus."""
_SAMPLES: Final = 30
"""Looks of which the room is made: their median, in which nobody stands."""
_REFRESH_S: Final = 600.0
"""How often the room is learnt anew while all is well, to follow the light of the day."""
_RECENT: Final = 10
_BETTER: Final = 0.25
"""By how much more of the room must fit elsewhere than here for the camera to have moved."""
_FITS: Final = 0.5
"""Least share of the room that must fit there."""
_FEWEST_CELLS: Final = 2
"""Smallest shift that counts: a fortieth of the picture's width."""
_NOWHERE: Final = 0.1
"""Share of blocks alike below which nothing of the room is left to see."""
_SEEN_S: Final = 300.0
"""For how long a crowd may hide a part of the room."""
_SEEN_SHARE: Final = 0.65
"""Share of the blocks that must have looked alike at least once in that time."""
_HOUR_S: Final = 3600.0


class CameraCondition:
    """Judges a live camera by its pictures, twice a second.

    A state is entered when its evidence has lasted for as long as the configuration says, and left
    when the picture has looked right for two seconds. The room is known once it has been seen for
    ``learn_s``; until then only frozen, black and covered can be told.
    """

    def __init__(self, config: ConditionConfig) -> None:
        self._patience_s = {
            CameraState.OK: _CALM_S,
            CameraState.BLACK: config.black_s,
            CameraState.COVERED: config.covered_s,
            CameraState.OUT_OF_FOCUS: 0.0,  # these three look back themselves
            CameraState.MOVED: 0.0,
            CameraState.FROZEN: 0.0,
        }
        self._state = self._candidate = CameraState.OK
        self._since_s = self._looked_s = -np.inf
        self._view: View | None = None
        self._looks = 0
        self._stillness = _Stillness(config.frozen_s)
        self._room = _Room(config)

    @property
    def state(self) -> CameraState:
        """What is wrong with the camera; ``OK`` if nothing is, or nothing can be told yet."""
        return self._state

    @property
    def is_stuck(self) -> bool:
        """Whether it has delivered one picture for ``frozen_s`` since it was opened."""
        return self._stillness.is_stuck

    def opened(self) -> None:
        """The camera was opened, again or for the first time; what was learnt is kept."""
        self._stillness = self._stillness.anew()
        self._view = None

    def look(self, frame: Frame) -> CameraState:
        """Takes in a frame; returns the state."""
        now_s = frame.monotonic_s
        elapsed_s = now_s - self._looked_s
        if 0 <= elapsed_s < LOOK_S:
            return self._state
        self._looked_s = now_s
        if elapsed_s > _GAP_S:
            self._since_s = now_s
            self._room.skip(elapsed_s)
            self.opened()
        self._looks += 1
        view = see(frame.image, None if self._looks % _SHARP_EVERY else self._view)
        moves = self._stillness.compare(frame.image, now_s)
        if moves or self._view is None:
            self._view = view
        candidate = self._judge(view, now_s, moves=moves)
        self._settle(candidate, now_s)
        if candidate not in _ROOM_IN_VIEW:
            self._room.skip(min(elapsed_s, _GAP_S))
        elif moves and self._state in _ROOM_IN_VIEW:
            self._room.learn(view, now_s, is_right=self._state is CameraState.OK)
        return self._state

    def _judge(self, view: View, now_s: float, *, moves: bool) -> CameraState:
        if view.dark_share >= _BLACK_SHARE:
            return CameraState.BLACK
        if self._stillness.is_stuck:
            return CameraState.FROZEN
        if not moves and self._state is CameraState.FROZEN:
            return CameraState.FROZEN  # opened again, and nothing to compare with yet
        return self._room.judge(view, now_s)

    def _settle(self, candidate: CameraState, now_s: float) -> None:
        if candidate is not self._candidate:
            self._candidate, self._since_s = candidate, now_s
        if now_s - self._since_s >= self._patience_s[candidate]:
            self._state = candidate


_ROOM_IN_VIEW: Final = frozenset({CameraState.OK, CameraState.MOVED, CameraState.OUT_OF_FOCUS})


class _Stillness:
    """Whether pictures repeat to the last bit, which those of a live sensor don't."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._pixels: Image | None = None
        self._since_s = 0.0
        self.is_stuck = False

    def anew(self) -> "_Stillness":
        """The same, with nothing seen yet."""
        return _Stillness(self._limit_s)

    def compare(self, image: Image, now_s: float) -> bool:
        """Whether the picture differs from the last one."""
        offset = min(_PIXEL_STEP // 2, min(image.shape[:2]) - 1)
        pixels = image[offset::_PIXEL_STEP, offset::_PIXEL_STEP].copy()
        before, self._pixels = self._pixels, pixels
        if before is None:
            self._since_s = now_s
            return False
        if not np.array_equal(pixels, before) or int(pixels.min()) >= _SATURATED:
            self._since_s, self.is_stuck = now_s, False
            return True
        self.is_stuck = now_s - self._since_s >= self._limit_s
        return False


class _Room:
    """What the camera was set up to see, and whether it still sees it."""

    def __init__(self, config: ConditionConfig) -> None:
        self._config = config
        self._every_s = config.learn_s / _SAMPLES
        self._grids: deque[Grid] = deque(maxlen=_SAMPLES)
        self._sharpness: deque[float] = deque(maxlen=_SAMPLES)
        self._sampled_s = self._learnt_s = -np.inf
        self._wrong_s = np.inf
        self._reference: _Reference | None = None
        self._watch: _Watch | None = None

    def skip(self, elapsed_s: float) -> None:
        """The room could not be seen for so long."""
        if self._watch is not None:
            self._watch.skip(elapsed_s)

    def judge(self, view: View, now_s: float) -> CameraState:
        """What is wrong with the view of the room."""
        if self._reference is None or self._watch is None:
            bare = strength(view.structure) < _BARE
            return CameraState.COVERED if bare else CameraState.OK
        return self._watch.judge(view, now_s)

    def learn(self, view: View, now_s: float, *, is_right: bool) -> None:
        """Takes a sample of the room now and then; makes a reference of them when it is time.

        A view that is wrong is given a day; then the camera is taken to hang there on purpose.
        """
        if is_right:
            self._wrong_s = np.inf
        elif self._wrong_s == np.inf:
            self._wrong_s = now_s
            self._forget_samples()
        gives_in = now_s - self._wrong_s >= _HOUR_S * self._config.relearn_h
        if not is_right and not gives_in:
            return
        is_time = now_s - self._sampled_s >= self._every_s
        if is_time and (gives_in or self._is_familiar(view)):
            self._sampled_s = now_s
            self._grids.append(view.grid)
            if view.sharp is not None:
                self._sharpness.append(view.sharp[0])
        is_due = gives_in or now_s - self._learnt_s >= _REFRESH_S
        if len(self._grids) == _SAMPLES and is_due:
            self._make_reference(now_s)

    def _is_familiar(self, view: View) -> bool:
        """Whether a view may be learnt from: what is slow to be found out must not get in."""
        if self._reference is None:
            return True
        alike = share_alike(block_matches(self._reference.structure, view.structure))
        return alike is None or alike >= _SEEN_SHARE

    def _forget_samples(self) -> None:
        self._grids.clear()
        self._sharpness.clear()

    def _make_reference(self, now_s: float) -> None:
        grid = np.median(np.stack(self._grids), axis=0).astype(np.float32)
        structure = structure_of(grid)
        self._reference = _Reference(
            grid=grid,
            structure=structure,
            contrast=strength(structure),
            sharpness=float(np.median(self._sharpness)) if self._sharpness else 0.0,
        )
        self._watch = _Watch(self._reference, self._config, now_s)
        self._learnt_s = now_s
        self._wrong_s = np.inf
        self._every_s = _REFRESH_S / _SAMPLES
        self._forget_samples()


@dataclass(frozen=True, slots=True, eq=False)
class _Reference:
    """The room without visitors.

    Attributes:
        grid: Grey levels.
        structure: What they show.
        contrast: Strength of that.
        sharpness: How sharp it is at least.
    """

    grid: Grid
    structure: Grid
    contrast: float
    sharpness: float


class _Watch:
    """Compares what is seen with a reference, over time: visitors hide it for a while only."""

    def __init__(self, reference: _Reference, config: ConditionConfig, now_s: float) -> None:
        self._reference = reference
        self._config = config
        self._recent: deque[Grid] = deque(maxlen=_RECENT)
        self._recent_s = -np.inf
        self._whereabouts: Displacement | None = None
        self._sharp_s = self._here_s = now_s
        self._is_blurred = False
        self._seen_s: NDArray[np.float64] | None = None

    def skip(self, elapsed_s: float) -> None:
        """Nothing could be seen for so long."""
        self._sharp_s += elapsed_s
        self._here_s += elapsed_s
        if self._seen_s is not None:
            self._seen_s += elapsed_s

    def judge(self, view: View, now_s: float) -> CameraState:
        """What is wrong with the view."""
        matches = block_matches(self._reference.structure, view.structure)
        alike = share_alike(matches)
        self._note_seen(matches, now_s)
        hidden = alike is None or alike < _HIDDEN
        veiled = strength(view.structure) < _VEILED * self._reference.contrast
        if hidden and veiled and coarse_match(self._reference.grid, view.grid) < _UNLIKE:
            return CameraState.COVERED
        if view.sharp is not None:
            self._is_blurred = view.sharp[1] < _BLURRED * self._reference.sharpness
        if not self._is_blurred:
            self._sharp_s = now_s
        if now_s - self._sharp_s >= self._config.out_of_focus_s:
            return CameraState.OUT_OF_FOCUS
        if self._has_moved(view, now_s) and not self._is_blurred:
            return CameraState.MOVED
        return CameraState.OK

    def _has_moved(self, view: View, now_s: float) -> bool:
        """Whether the room as seen of late, without who passes by, lies elsewhere or nowhere."""
        if now_s - self._recent_s >= self._config.moved_s / _RECENT:
            self._recent_s = now_s
            self._recent.append(view.grid)
            room = np.median(np.stack(self._recent), axis=0).astype(np.float32)
            self._whereabouts = displacement(self._reference.structure, structure_of(room))
            if self._whereabouts is None or not _is_elsewhere(self._whereabouts):
                self._here_s = now_s
        elsewhere = now_s - self._here_s >= self._config.moved_s / 2  # the median lags by half
        return elsewhere or self._is_lost(now_s)

    def _note_seen(self, matches: NDArray[np.float64], now_s: float) -> None:
        if self._seen_s is None:
            self._seen_s = np.where(np.isfinite(matches), now_s, np.nan)
        self._seen_s[matches >= ALIKE] = now_s

    def _is_lost(self, now_s: float) -> bool:
        """Whether large parts of the room have not been seen for longer than a crowd stands."""
        if self._whereabouts is None or self._seen_s is None:
            return False
        telling = self._seen_s[np.isfinite(self._seen_s)]
        return float(np.mean(telling >= now_s - _SEEN_S)) < _SEEN_SHARE


def _is_elsewhere(where: Displacement) -> bool:
    if where.share_here < _NOWHERE:
        return True
    far = max(abs(where.across), abs(where.down)) >= _FEWEST_CELLS or where.turn_deg != 0
    better = where.share_there - where.share_here >= _BETTER
    return far and better and where.share_there >= _FITS
