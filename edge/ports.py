"""The seams of the edge process; everything with hardware, disk or network hides behind one."""

from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from types import TracebackType
from typing import Protocol, Self

from contracts.status import WatchMode
from contracts.visit import Visit
from edge.markers import Marker
from edge.models import (
    Box,
    Face,
    Frame,
    Image,
    ModelInfo,
    OutboxRow,
    OutboxState,
    Undated,
    UndatedRow,
)


class Clock(Protocol):
    """Time, so that tests and replays own it."""

    def now_ms(self) -> int:
        """Wall clock, ms since 1970 UTC."""
        ...

    def monotonic_s(self) -> float:
        """Seconds on a clock that never jumps."""
        ...

    def sleep(self, seconds: float) -> None:
        """Waits."""
        ...


class Board(Protocol):
    """What the computer tells of its own state."""

    def temperature_c(self) -> float | None:
        """Temperature of the processor, or None where it cannot be read."""
        ...

    def throttled(self) -> bool | None:
        """Whether the processor runs slower than it could, or None where it cannot be told."""
        ...

    def clock_synced(self) -> bool | None:
        """Whether the wall clock follows a time server, or None where it cannot be told."""
        ...


class Gate(Protocol):
    """Whether to watch at all: opening hours, pauses, count-only."""

    def mode(self) -> WatchMode:
        """What to do now; cheap, asked for before every frame, from any thread."""
        ...


class Supervisor(Protocol):
    """Who starts this process anew when it dies or hangs.

    Called from the main thread only: ``ready`` once, when everything is built and the workers
    run; ``alive`` whenever the capture loop has made progress, which is a frame handled, a turn of
    a deliberate pause, or a turn of waiting to open the camera again, and never from another
    thread, so that a hung camera or pipeline is silence; ``status`` when something changed;
    ``stopping`` when the orderly stop begins, which then has the service's ``TimeoutStopSec``.
    All are cheap and never raise.
    """

    def ready(self) -> None:
        """The process has started."""
        ...

    def alive(self) -> None:
        """The capture loop has made progress."""
        ...

    def status(self, text: str) -> None:
        """What the process is doing, one line for people, without anything about visitors."""
        ...

    def stopping(self) -> None:
        """An orderly stop has begun."""
        ...


class FrameSource(Protocol):
    """A camera, or what plays one."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def read(self) -> Frame | None:
        """The next frame, waiting for it; None when the source has ended.

        Raises:
            CameraError: The camera failed; the caller may close and reopen it.
        """
        ...


class FaceDetector(Protocol):
    """Finds faces in a frame."""

    @property
    def name(self) -> str:
        """Key of the framing in the model's description: ``yunet`` or ``haar``."""
        ...

    def detect(self, image: Image) -> list[Face]:
        """Faces in a BGR picture, boxes in its pixels."""
        ...


class MarkerFinder(Protocol):
    """Finds worn markers."""

    def find(self, image: Image, area: Box, scale: float) -> list[Marker]:
        """Markers in a part of a BGR picture, in pixels of the whole.

        Args:
            image: The full frame.
            area: Where to look; may reach beyond the frame's edges.
            scale: By how much the part is enlarged for it.
        """
        ...


class ExpressionClassifier(Protocol):
    """Classifies the visible expression of face crops."""

    @property
    def info(self) -> ModelInfo:
        """Version and abstention threshold."""
        ...

    def classify(self, crop: Image) -> tuple[float, ...]:
        """Eight probabilities, ordered as the expressions are, of a grey crop [48, 48]."""
        ...

    def release(self) -> None:
        """Unloads the model, since nothing is to be measured; the next crop loads it again."""
        ...


class Outbox(Protocol):
    """Durable, bounded, ordered store of encoded visits."""

    def put(self, payload: bytes, queued_at: int, undated: Undated | None = None) -> None:
        """Adds one visit; on return it survives a crash. Over the bound the oldest falls off.

        Args:
            payload: The encoded visit.
            queued_at: By the wall clock, right or wrong, ms since 1970 UTC.
            undated: By what it can be dated; None if it is.

        Raises:
            OutboxError: It could not be stored; nothing has changed.
        """
        ...

    def peek(self, limit: int) -> list[OutboxRow]:
        """The oldest rows, in order, at most ``limit``, up to the first that is not dated."""
        ...

    def delete(self, rows: Sequence[int]) -> None:
        """Removes rows that the broker has acknowledged; unknown numbers change nothing."""
        ...

    def drop(self, rows: Sequence[int]) -> None:
        """Removes rows that cannot be delivered, and counts them."""
        ...

    def add_dropped(self, count: int) -> None:
        """Counts visits that were lost before they could be stored."""
        ...

    def expire(self, queued_before: int) -> int:
        """Drops and counts dated rows, from the oldest on, that were queued before that time.

        Returns:
            How many.
        """
        ...

    def undated(self) -> list[UndatedRow]:
        """The newest undated row of each of the machine's starts, oldest start first."""
        ...

    def date(self, boot: str, offset_ms: int | None) -> int:
        """Dates the undated rows of one start of the machine.

        Args:
            boot: Which.
            offset_ms: When that start was, ms since 1970 UTC; None drops the rows and counts them,
                as it does with single ones that would have no valid date.

        Returns:
            How many rows were dated.
        """
        ...

    def state(self) -> OutboxState:
        """Depth, oldest, dropped."""
        ...

    def close(self) -> None:
        """Closes the store."""
        ...


class VisitSink(Protocol):
    """Takes finished visits; used by the capture thread only."""

    def record(self, visits: Iterable[Visit]) -> None:
        """Takes visits in their order; never raises for a full disk."""
        ...

    def flush(self) -> int:
        """Tries at once to store what could not be stored yet; how many visits still wait."""
        ...


class LogFile(Protocol):
    """An expression log that rows are added to."""

    def append(self, rows: Iterable[str]) -> None:
        """Adds rows, in their order.

        Raises:
            LogFileError: They could not be written, e.g. on a full disk; none of them has been.
        """
        ...

    def close(self) -> None:
        """Makes the rows durable and closes the log."""
        ...


class Publisher(Protocol):
    """Delivers messages at least once."""

    def start(self) -> None:
        """Begins to connect, and keeps reconnecting with backoff and jitter; returns at once."""
        ...

    @property
    def connection(self) -> int:
        """Number of the present connection, counted from 1; 0 while there is none."""
        ...

    @property
    def reached(self) -> bool:
        """Whether there has been a connection at all."""
        ...

    @property
    def problem(self) -> str | None:
        """Why there is no connection, in plain English; None where there is one, or no word yet."""
        ...

    def publish(self, topic: str, payload: bytes) -> Future[None]:
        """Sends at QoS 1, in the order of calls; returns at once.

        The future completes with the broker's PUBACK. It raises ``NotDeliveredError`` when there
        is no connection, no acknowledgement, or the broker cannot take it for now (try again), and
        ``RefusedError`` when the broker's policy refuses it (an operator must look).
        """
        ...

    def stop(self, timeout_s: float) -> None:
        """Disconnects in good order, waiting for that at most ``timeout_s``."""
        ...
