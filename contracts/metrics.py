"""Names of the CloudWatch metrics, shared by the functions, the dashboard and the alarms."""

from collections.abc import Mapping
from enum import Enum, StrEnum, auto
from typing import Final

NAMESPACE: Final = "SmartMuseum"


class Metric(StrEnum):
    """A custom metric's name; the comment gives its unit and dimensions."""

    EMOTION_COUNT_PER_ARTWORK = "EmotionCountPerArtwork"  # Count; museum, artwork, emotion
    BUSIEST_HOUR_COUNT = "BusiestHourCount"  # Count; museum
    LATENCY = "EndToEndLatency"  # Milliseconds; museum
    CLOCK_SKEW = "ClockSkew"  # Milliseconds, positive; museum
    VISITS_STORED = "VisitsStored"  # Count; museum
    VISITS_QUARANTINED = "VisitsQuarantined"  # Count; no dimension but the service
    DAYS_RECOMPUTED = "DaysRecomputed"  # Count; museum
    REPORTS_SENT = "ReportsSent"  # Count; museum
    ALERTS_SENT = "AlertsSent"  # Count; museum
    DEVICES_HEARD = "DevicesHeard"  # Count, every two minutes of the opening hours; museum
    DEVICES_SILENT = "DevicesSilent"  # Count, likewise; museum
    CAMERAS_TROUBLED = "CamerasTroubled"  # Count, likewise; museum


class Dimension(StrEnum):
    """A metric dimension's name."""

    MUSEUM = "Museum"
    ARTWORK = "Artwork"
    EMOTION = "Emotion"


class Sent(Enum):
    """When a metric is sent: CloudWatch bills it by the hours of a month in which it is."""

    ONCE_A_DAY = auto()
    WHILE_OPEN = auto()
    RARELY = auto()


_MUSEUM: Final = (Dimension.MUSEUM,)
DIMENSIONS: Final[Mapping[Metric, tuple[tuple[Dimension, ...], Sent]]] = {
    Metric.EMOTION_COUNT_PER_ARTWORK: (
        (*_MUSEUM, Dimension.ARTWORK, Dimension.EMOTION),
        Sent.ONCE_A_DAY,
    ),
    Metric.BUSIEST_HOUR_COUNT: (_MUSEUM, Sent.ONCE_A_DAY),
    Metric.LATENCY: (_MUSEUM, Sent.WHILE_OPEN),
    Metric.CLOCK_SKEW: (_MUSEUM, Sent.WHILE_OPEN),
    Metric.VISITS_STORED: (_MUSEUM, Sent.WHILE_OPEN),
    Metric.VISITS_QUARANTINED: ((), Sent.RARELY),
    Metric.DAYS_RECOMPUTED: (_MUSEUM, Sent.WHILE_OPEN),
    Metric.REPORTS_SENT: (_MUSEUM, Sent.ONCE_A_DAY),
    Metric.ALERTS_SENT: (_MUSEUM, Sent.RARELY),
    Metric.DEVICES_HEARD: (_MUSEUM, Sent.WHILE_OPEN),
    Metric.DEVICES_SILENT: (_MUSEUM, Sent.WHILE_OPEN),
    Metric.CAMERAS_TROUBLED: (_MUSEUM, Sent.WHILE_OPEN),
}
"""Every metric's dimensions, and when it is sent. Each dimension multiplies what CloudWatch bills:
of an artwork there is one metric an expression, ``UNCERTAIN`` included, and no more."""
