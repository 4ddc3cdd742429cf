"""Names of the CloudWatch metrics, shared by the functions, the dashboard and the alarms."""

from enum import StrEnum
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
