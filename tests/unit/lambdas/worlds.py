"""The functions on top of the fakes, for tests of their logic."""

from dataclasses import dataclass, field

from contracts.museums import Museum, MuseumConfig
from lambdas.daily_report.logic import DailyReport
from lambdas.publish_statistics.logic import PublishStatistics
from lambdas.roll_up.logic import RollUp
from lambdas.shared.schedule_event import ScheduledRun
from lambdas.store_visits.logic import StoreVisits
from lambdas.watch_devices.logic import WatchDevices
from lambdas.watch_expressions.logic import WatchExpressions
from tests.fakes.clock import FakeClock
from tests.fakes.function_log import InMemoryLog, InMemoryMetrics
from tests.fakes.outgoing import InMemoryNotifier, InMemoryQuarantine, InMemoryReportStore
from tests.fakes.rollup_table import (
    InMemoryAlertMarkers,
    InMemoryDevices,
    InMemoryDirtyDays,
    InMemoryRecountLog,
    InMemoryReportMarkers,
    InMemoryRollupTable,
    InMemorySilenceMarkers,
)
from tests.fakes.visit_table import InMemoryVisitTable
from tests.support.function_data import CONFIG


@dataclass
class World:
    """Every fake, and the functions that share them."""

    config: MuseumConfig = CONFIG
    clock: FakeClock = field(default_factory=FakeClock)
    visits: InMemoryVisitTable = field(default_factory=InMemoryVisitTable)
    rollups: InMemoryRollupTable = field(default_factory=InMemoryRollupTable)
    dirty_days: InMemoryDirtyDays = field(default_factory=InMemoryDirtyDays)
    recounts: InMemoryRecountLog = field(default_factory=InMemoryRecountLog)
    devices: InMemoryDevices = field(default_factory=InMemoryDevices)
    silences: InMemorySilenceMarkers = field(default_factory=InMemorySilenceMarkers)
    markers: InMemoryReportMarkers = field(default_factory=InMemoryReportMarkers)
    alerts: InMemoryAlertMarkers = field(default_factory=InMemoryAlertMarkers)
    quarantine: InMemoryQuarantine = field(default_factory=InMemoryQuarantine)
    reports: InMemoryReportStore = field(default_factory=InMemoryReportStore)
    notifier: InMemoryNotifier = field(default_factory=InMemoryNotifier)
    metrics: InMemoryMetrics = field(default_factory=InMemoryMetrics)
    log: InMemoryLog = field(default_factory=InMemoryLog)

    def __post_init__(self) -> None:
        self.visits.config = self.config

    @property
    def museum(self) -> Museum:
        """The first museum."""
        return self.config.museums[0]

    def run_at(self, ms: int) -> ScheduledRun:
        """Sets the clock to a scheduled time and gives the run."""
        self.clock.wall_ms = ms
        return ScheduledRun(museum=self.museum, scheduled_ms=ms)

    def store_visits(self) -> StoreVisits:
        """The function on these fakes."""
        return StoreVisits(
            config=self.config,
            visits=self.visits,
            dirty_days=self.dirty_days,
            quarantine=self.quarantine,
            metrics=self.metrics,
            log=self.log,
            clock=self.clock.now_ms,
        )

    def roll_up(self) -> RollUp:
        """The function on these fakes."""
        return RollUp(
            config=self.config,
            visits=self.visits,
            rollups=self.rollups,
            dirty_days=self.dirty_days,
            recounts=self.recounts,
            metrics=self.metrics,
            log=self.log,
            clock=self.clock.now_ms,
        )

    def publish_statistics(self) -> PublishStatistics:
        """The function on these fakes."""
        return PublishStatistics(
            config=self.config, rollups=self.rollups, metrics=self.metrics, log=self.log
        )

    def daily_report(self) -> DailyReport:
        """The function on these fakes."""
        return DailyReport(
            config=self.config,
            rollups=self.rollups,
            recounts=self.recounts,
            markers=self.markers,
            store=self.reports,
            notifier=self.notifier,
            metrics=self.metrics,
            log=self.log,
            clock=self.clock.now_ms,
        )

    def watch_expressions(self) -> WatchExpressions:
        """The function on these fakes."""
        return WatchExpressions(
            config=self.config,
            visits=self.visits,
            alerts=self.alerts,
            notifier=self.notifier,
            metrics=self.metrics,
            log=self.log,
        )

    def watch_devices(self) -> WatchDevices:
        """The function on these fakes; its mail goes to the operators."""
        return WatchDevices(
            config=self.config,
            devices=self.devices,
            markers=self.silences,
            operators=self.notifier,
            metrics=self.metrics,
            log=self.log,
            clock=self.clock.now_ms,
        )
