"""The fortnight step: a museum's days through the same broker, rule, queue and functions."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from contracts.museums import Museum, parse_clock
from demo.stored import output
from local_cloud.cloud import LocalCloud
from workload.delivery import Delivery
from workload.generator import Workload
from workload.publish import DeviceCredentials, Fleet

STEP: Final = timedelta(hours=1)
LEAST_APART: Final = timedelta(minutes=15)
"""Silent cameras are looked for every two minutes; the fortnight's send no heartbeat at all."""
"""The cloud's clock moves in hours; what arrives within one is taken in at its end."""
DRAIN_TIMEOUT_S: Final = 60.0
Progress = Callable[[float, float], None]


def until_report(museum: Museum) -> timedelta:
    """From the end of a museum day until its report has been mailed, in whole hours."""
    return timedelta(hours=parse_clock("report_time", museum.report_time).hour + 1)


def hours_of(workload: Workload, museum: Museum) -> Iterator[tuple[datetime, datetime]]:
    """Every hour (UTC) from the first museum day to the morning after the last delivery."""
    first = datetime.combine(workload.truth.first_day, datetime.min.time(), museum.zone)
    over = datetime.combine(
        workload.truth.last_day + timedelta(days=1), datetime.min.time(), museum.zone
    )
    start = first.astimezone(UTC)
    end = max(over.astimezone(UTC), *(d.at for d in workload.deliveries)) + until_report(museum)
    while start < end:
        yield start, start + STEP
        start += STEP


def run_fortnight(
    cloud: LocalCloud, museum: Museum, workload: Workload, progress: Progress
) -> None:
    """Delivers a workload hour by hour on the cloud's own clock and fires every schedule.

    Late deliveries therefore reach days that have been rolled up and reported before, as they
    would in a museum.
    """
    by_hour: dict[datetime, list[Delivery]] = defaultdict(list)
    hours = list(hours_of(workload, museum))
    for delivery in workload.deliveries:
        hour = hours[0][0] + ((delivery.at - hours[0][0]) // STEP) * STEP
        by_hour[hour].append(delivery)
    with Fleet(_connector(cloud, museum), rule_name=output(cloud, "VisitsRuleName")) as fleet:
        for done, (start, end) in enumerate(hours):
            cloud.fire_schedules(start, end, least_apart=LEAST_APART)
            if start in by_hour:
                cloud.clock.set(end)
                fleet.publish(by_hour[start])
                cloud.drain(DRAIN_TIMEOUT_S)
            progress(done + 1, len(hours))
    cloud.clock.real()


def _connector(cloud: LocalCloud, museum: Museum) -> Callable[[str], DeviceCredentials]:
    def connect(device_id: str) -> DeviceCredentials:
        device = cloud.register_device(museum.id, device_id)
        return DeviceCredentials(
            host=cloud.broker.host,
            port=cloud.broker.port,
            ca_file=device.ca_file,
            cert_file=device.certificate_file,
            key_file=device.key_file,
        )

    return connect
