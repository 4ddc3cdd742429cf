"""``[outbox]``, ``[publish]``, ``[heartbeat]``: from a visit to the broker."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from contracts.status import HEARTBEAT_S, LONGEST_HEARTBEAT_S
from edge.config.checks import check

MOST_IN_FLIGHT: Final = 10
"""Unacknowledged messages at a time; AWS IoT Core would take 100 per client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxConfig:
    """The store of visits that the broker has not acknowledged yet.

    Attributes:
        file: SQLite database; beside ``edge.toml`` unless named.
        max_visits: Beyond this many the oldest falls off and is counted.
        max_bytes: Beyond this many bytes of visits too; the file takes a little more.
        max_age_days: A visit that waited for longer falls off and is counted; the cloud keeps
            visits for ``visit_retention_days``, and takes none in the last day or two of that.
        clock_patience_s: How long visits wait for a time server, where one is expected, while the
            broker is there; then the clock is taken as it is, seconds.
    """

    file: Path = Path("outbox.db")
    max_visits: int = 200_000
    max_bytes: int = 128 * 1024 * 1024
    max_age_days: float = 28.0
    clock_patience_s: float = 300.0

    def __post_init__(self) -> None:
        check("max_age_days", self.max_age_days, 1, 3650)
        check("clock_patience_s", self.clock_patience_s, 0, 86_400)
        check("max_visits", self.max_visits, 1, 10_000_000)
        check("max_bytes", self.max_bytes, 64 * 1024, 64 * 1024**3)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishConfig:
    """How visits are sent.

    Attributes:
        flush_s: A message that is not full waits at most this long, seconds.
        max_in_flight: Messages sent before the first of them is acknowledged.
        timeout_s: A message that is not acknowledged by then is sent again, seconds.
        retry_min_s: Bound of the first random delay after a failure, seconds; doubles each time.
        retry_max_s: Bound of the longest, seconds.
        refused_retry_s: Pause after the broker's policy refused a message, seconds.
        drain_s: Longest time that an orderly stop spends on sending what waits, seconds; 20 at
            most, since systemd waits 45 s for the whole of it.
    """

    flush_s: float = 3.0
    max_in_flight: int = MOST_IN_FLIGHT
    timeout_s: float = 15.0
    retry_min_s: float = 0.5
    retry_max_s: float = 60.0
    refused_retry_s: float = 60.0
    drain_s: float = 10.0

    def __post_init__(self) -> None:
        check("flush_s", self.flush_s, 0.1, 600)
        check("max_in_flight", self.max_in_flight, 1, MOST_IN_FLIGHT)
        check("timeout_s", self.timeout_s, 1, 300)
        check("retry_min_s", self.retry_min_s, 0.01, 60)
        check("retry_max_s", self.retry_max_s, self.retry_min_s, 3600)
        check("refused_retry_s", self.refused_retry_s, 1, 86_400)
        check("drain_s", self.drain_s, 0, 20)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartbeatConfig:
    """How often the Pi says how it is.

    Attributes:
        every_s: Seconds between heartbeats; one more follows every new connection. At most what the
            cloud, which tells the operators of silent devices, takes for alive.
    """

    every_s: float = float(HEARTBEAT_S)

    def __post_init__(self) -> None:
        check("every_s", self.every_s, 1, LONGEST_HEARTBEAT_S)
