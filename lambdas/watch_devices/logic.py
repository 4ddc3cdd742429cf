"""Which cameras an operator must be told of."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from contracts.camera_state import SILENT_S, CameraState
from contracts.metrics import Dimension, Metric
from contracts.museums import Museum, MuseumConfig
from lambdas.shared.models.devices import DeviceReport, SilenceMarker
from lambdas.shared.museum_time import is_open_within
from lambdas.shared.ports import DeviceReader, Log, Metrics, Notifier, SilenceMarkers, Unit
from lambdas.watch_devices.mail import silence_body, silence_subject

SILENT_MS: Final = SILENT_S * 1000
"""Two heartbeats missed; with a look every two minutes a silence is known within 4.5 minutes."""
MOST_TOLD: Final = 100
"""Silences in one mail, whose markers are written in one transaction; more wait two minutes."""
TROUBLED: Final = frozenset(
    {
        CameraState.FAILED,
        CameraState.FROZEN,
        CameraState.BLACK,
        CameraState.COVERED,
        CameraState.MOVED,
        CameraState.OUT_OF_FOCUS,
    }
)
"""States of a camera that somebody on site has to mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchDevices:
    """Looks at the age of each device's latest heartbeat.

    A device is silent when its last word is older than ``SILENT_MS``, whether it said goodbye, its
    last will spoke for it, or nothing did. One mail a silence, at most; the silence ends with the
    next heartbeat. Outside the opening hours nobody is told; a device that is still silent when the
    museum has been open for ``SILENT_MS`` is.
    """

    config: MuseumConfig
    devices: DeviceReader
    markers: SilenceMarkers
    operators: Notifier
    metrics: Metrics
    log: Log
    clock: Callable[[], int]

    def run(self, museum: Museum) -> None:
        """One look at one museum; when it is closed, no service is asked for anything."""
        now_ms = self.clock()
        if not (_is_open(museum, now_ms) and _is_open(museum, now_ms - SILENT_MS)):
            self.log.info("closed", museum=museum.id)
            return
        reports = self.devices.of_museum(museum.id)
        silent = [one for one in reports if now_ms - one.received_at >= SILENT_MS]
        markers = [SilenceMarker(museum.id, one.device_id, one.received_at) for one in silent]
        claimed = [marker for marker in markers[:MOST_TOLD] if self.markers.claim(marker)]
        if claimed:
            new = {marker.device_id for marker in claimed}
            told = [one for one in silent if one.device_id in new]
            lost = self.devices.disconnects([one.device_id for one in told])
            body = silence_body(museum, told, lost, now_ms)
            key = "silence " + " ".join(f"{one.device_id}@{one.received_at}" for one in told)
            self.operators.send(museum.id, silence_subject(museum, told), body, key=key)
            self.markers.confirm(claimed)
        self._measure(museum, reports, silent)
        self.log.info(
            "watched", museum=museum.id, devices=len(reports), silent=len(silent), told=len(claimed)
        )

    def _measure(
        self, museum: Museum, reports: Sequence[DeviceReport], silent: Sequence[DeviceReport]
    ) -> None:
        heard = [one for one in reports if one not in silent]
        troubled = sum(one.camera in TROUBLED for one in heard)
        for metric, value in (
            (Metric.DEVICES_HEARD, len(heard)),
            (Metric.DEVICES_SILENT, len(silent)),
            (Metric.CAMERAS_TROUBLED, troubled),
        ):
            self.metrics.put(metric, [value], Unit.COUNT, {Dimension.MUSEUM.value: museum.id})


def _is_open(museum: Museum, ms: int) -> bool:
    return is_open_within(museum, ms, ms + 1)
