"""Pushes visits through rule, queue, function and table in the local cloud; says what each costs.

``python -m costs.load_run --visits 1000000`` synthesises the app and runs what it declares. The
Pis' messages come in full (5 KB), as they do under load; they reach the rules engine straight, not
by way of Mosquitto, so that the figures are the cloud's.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from contracts.museum_toml import load_museums
from contracts.museums import Museum
from contracts.topics import basic_ingest
from local_cloud.cloud import LocalCloud
from local_cloud.errors import LocalCloudError
from local_cloud.metering import Used
from local_cloud.synthesis import synthesise
from workload.delivery import Delivery
from workload.errors import WorkloadError
from workload.generator import generate
from workload.options import Options

_A_DAY: Final = 20_000
"""Visits of one museum day; its twelve Pis then fill their messages."""
_FLUSH_S: Final = 600.0
_WAITING: Final = 300
"""Messages that may wait in the queue: moto looks through all of them at each receive."""
_PAUSE_S: Final = 0.01
_DRAIN_S: Final = 300.0
_LAST_DAY: Final = date(2026, 10, 18)
_FUNCTION: Final = "store_visits"
_TICKS: Final = os.sysconf("SC_CLK_TCK")

Advance = Callable[[int], None]
"""Called with the number of visits that have just been handed to the rules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What one stage did and used.

    Attributes:
        name: Rule, queue, function or table.
        requests: What AWS would bill: rules and actions, SQS requests, invocations, DynamoDB calls.
        units: DynamoDB's write request units; 0 elsewhere.
        seconds: Processor time. The rule's is that of the engine and of sending into the queue, of
            this process; the queue's and the table's are moto's, the function's its process's.
    """

    name: str
    requests: int
    units: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadRun:
    """The outcome.

    Attributes:
        visits: Visits sent.
        stored: Items in the table afterwards.
        messages: MQTT messages they came in.
        seconds: Wall time from the first message to the last visit in the table.
        moto_bytes: Memory of moto's process at the end, resident.
        failures: Counters of the local cloud that must be 0.
        stages: In the order of the path.
    """

    visits: int
    stored: int
    messages: int
    seconds: float
    moto_bytes: int
    failures: Mapping[str, int]
    stages: tuple[Stage, ...]

    def per_visit(self, amount: float) -> float:
        """An amount, per visit."""
        return amount / self.visits

    @property
    def write_units_per_visit(self) -> float:
        """DynamoDB's write request units per visit, markers included."""
        return self.per_visit(sum(stage.units for stage in self.stages))

    @property
    def function_requests_per_visit(self) -> float:
        """Invocations and the function's own calls to DynamoDB, per visit."""
        return self.per_visit(
            sum(stage.requests for stage in self.stages if stage.name in {"function", "table"})
        )

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self) | {
            "write_units_per_visit": self.write_units_per_visit,
            "function_requests_per_visit": self.function_requests_per_visit,
        }


def run_load(
    assembly: Path, museum: Museum, visits: int, home: Path, advance: Advance = lambda _: None
) -> LoadRun:
    """Runs the synthesised app on so many visits.

    Args:
        assembly: Folder of the cloud assembly, synthesised from the configuration of ``museum``.
        museum: Whose visits.
        visits: How many.
        home: Folder for the local cloud's logs.
        advance: Told of every message.

    Raises:
        LocalCloudError: A part of the local cloud broke, or a visit is missing in the table.
    """
    with LocalCloud(assembly=assembly, home=home) as cloud:
        before = _snapshot(cloud)
        began, rule_s, sent = time.monotonic(), 0.0, 0
        topic_of = _topic_of(cloud)
        for day in _days(museum, visits):
            cloud.clock.set(day[-1].at)
            for delivery in day:
                _wait(cloud, sent)
                at = time.thread_time()
                cloud.deliver(topic_of(delivery), delivery.payload, delivery.device_id)
                rule_s += time.thread_time() - at
                sent += 1
                advance(delivery.payload.count(b'"visit_id"'))
        cloud.drain(_DRAIN_S)
        seconds = time.monotonic() - began
        after = _snapshot(cloud)
        stored = _count(cloud)
        if stored != visits:
            raise LocalCloudError(f"{visits} visits were sent and {stored} are in the table")
        return LoadRun(
            visits=visits,
            stored=stored,
            messages=sent,
            seconds=seconds,
            moto_bytes=_resident_bytes(cloud.processes()["moto"]),
            failures={
                name: cloud.stats[name]
                for name in ("rule_action_failures", "function_errors", "dead_letters")
            },
            stages=_stages(before, after, sent, rule_s),
        )


@dataclass(frozen=True, slots=True)
class _Snapshot:
    used: Mapping[str, Used]
    invocations: int
    function_s: float


def _snapshot(cloud: LocalCloud) -> _Snapshot:
    pids = [pid for name, pid in cloud.processes().items() if _FUNCTION in _plain(name)]
    return _Snapshot(cloud.used(), cloud.stats["invocations"], sum(map(_processor_s, pids)))


def _plain(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name)


def _stages(before: _Snapshot, after: _Snapshot, messages: int, rule_s: float) -> tuple[Stage, ...]:
    def used(service: str) -> Used:
        total = Used()
        for name, now in after.used.items():
            if name.startswith(f"{service}.") and not name.endswith(_NOT_BILLED):
                then = before.used.get(name, Used())
                total.requests += now.requests - then.requests
                total.write_units += now.write_units - then.write_units
                total.seconds += now.seconds - then.seconds
        return total

    queue, table = used("sqs"), used("dynamodb")
    return (
        Stage(name="rule", requests=2 * messages, units=0, seconds=rule_s),
        Stage(name="queue", requests=queue.requests, units=0, seconds=queue.seconds),
        Stage(
            name="function",
            requests=after.invocations - before.invocations,
            units=0,
            seconds=after.function_s - before.function_s,
        ),
        Stage(
            name="table", requests=table.requests, units=table.write_units, seconds=table.seconds
        ),
    )


_NOT_BILLED: Final = "GetQueueAttributes"
"""The local cloud's own look whether a queue is empty; AWS's pollers do not ask."""


def _days(museum: Museum, visits: int) -> Iterator[list[Delivery]]:
    """Deliveries of one open museum day after the other, in order of arrival."""
    days = (visits - 1) // _A_DAY + 1
    day = _LAST_DAY - timedelta(days=3 * days)
    for number in range(days):
        day += timedelta(days=1)
        while museum.opening_hours.on(day) is None:
            day += timedelta(days=1)
        amount = min(_A_DAY, visits - number * _A_DAY)
        options = Options(
            days=1,
            visits_per_day=amount,
            seed=number,
            end=day + timedelta(days=1),
            upset_visits=0,
            flush_s=_FLUSH_S,
            offline_devices=0,
            offline_days=0,
            duplicates=0,
            malformed=0,
        )
        yield list(generate(museum, options, datetime.now(UTC)).deliveries)


def _topic_of(cloud: LocalCloud) -> Callable[[Delivery], str]:
    rule = next(o["VisitsRuleName"] for o in cloud.outputs.values() if "VisitsRuleName" in o)
    return lambda delivery: basic_ingest(rule, delivery.topic)


def _wait(cloud: LocalCloud, sent: int) -> None:
    while sent - cloud.stats["messages_processed"] > _WAITING:
        cloud.check()
        time.sleep(_PAUSE_S)


def _count(cloud: LocalCloud) -> int:
    """How many items the table holds: moto counts them for each answer, AWS every six hours."""
    table = next(o["VisitsTableName"] for o in cloud.outputs.values() if "VisitsTableName" in o)
    held: int = cloud.client("dynamodb").describe_table(TableName=table)["Table"]["ItemCount"]
    return held


def _processor_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _resident_bytes(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


def _show(run: LoadRun) -> None:
    console = Console(highlight=False)
    table = Table(title=f"{run.visits:,} visits in {run.messages:,} messages", title_justify="left")
    for column in ("stage", "requests", "a visit", "write units", "a visit", "processor s", "µs"):
        table.add_column(column, justify="left" if column == "stage" else "right")
    for one in run.stages:
        table.add_row(
            one.name,
            f"{one.requests:,}",
            f"{run.per_visit(one.requests):.4f}",
            f"{one.units:,}" if one.units else "",
            f"{run.per_visit(one.units):.4f}" if one.units else "",
            f"{one.seconds:,.1f}",
            f"{run.per_visit(one.seconds) * 1e6:,.0f}",
        )
    console.print(table)
    console.print(
        f"{run.seconds:,.0f} s, {run.visits / run.seconds:,.0f} visits/s; all {run.stored:,} are "
        f"in the table; moto holds {run.moto_bytes / 2**30:.1f} GiB; {dict(run.failures)}"
    )


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m costs.load_run", description=__doc__)
    parser.add_argument("--visits", type=int, default=100_000, help="how many (100000)")
    parser.add_argument("--museums", type=Path, default=Path("museum.toml"))
    parser.add_argument("--json", type=Path, help="file for the figures")
    args = parser.parse_args(arguments)
    museum = load_museums(args.museums).museums[0]
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    with (
        tempfile.TemporaryDirectory() as folder,
        Progress(*columns, TimeRemainingColumn()) as bars,
    ):
        bar = bars.add_task("Visits", total=args.visits)
        synthesise(Path(folder) / "cdk.out", museums=str(args.museums.resolve()))
        run = run_load(
            Path(folder) / "cdk.out",
            museum,
            args.visits,
            Path(folder) / "cloud",
            lambda visits: bars.advance(bar, visits),
        )
    _show(run)
    if args.json:
        args.json.write_text(json.dumps(run.to_dict(), indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (LocalCloudError, WorkloadError) as error:
        sys.exit(f"load_run: {error}")
