"""Writes a workload for other tools: deliveries, visits and the truth."""

import base64
import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, fields
from datetime import datetime
from pathlib import Path

from contracts.visit import Visit
from workload.delivery import Delivery
from workload.errors import WorkloadError
from workload.generator import Truth, Workload


def write_workload(folder: Path, workload: Workload) -> None:
    """Writes ``deliveries.jsonl``, ``visits.csv`` and ``truth.json`` into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "deliveries.jsonl").open("w", encoding="utf-8") as file:
        for d in workload.deliveries:
            line = {
                "at": d.at.isoformat(),
                "device_id": d.device_id,
                "topic": d.topic,
                "payload": base64.b64encode(d.payload).decode("ascii"),
            }
            file.write(json.dumps(line) + "\n")
    write_visits(folder / "visits.csv", workload.truth.visits)
    text = json.dumps(summary(workload), indent=2)
    (folder / "truth.json").write_text(text + "\n", encoding="utf-8")


def read_deliveries(file: Path) -> Iterator[Delivery]:
    """Reads ``deliveries.jsonl``, in its order.

    Raises:
        WorkloadError: A line is no delivery; the message names it.
    """
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                d = json.loads(line)
                yield Delivery(
                    at=datetime.fromisoformat(d["at"]),
                    device_id=d["device_id"],
                    topic=d["topic"],
                    payload=base64.b64decode(d["payload"], validate=True),
                )
            except (ValueError, KeyError, TypeError) as exc:
                raise WorkloadError(f"{file}, line {number} is no delivery: {exc!r}") from exc


def write_visits(file: Path, visits: Iterable[Visit]) -> None:
    """Writes visits as CSV with a header; the eight shares are one field, split by spaces."""
    with file.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow([f.name for f in fields(Visit)])
        for visit in visits:
            row = visit.to_dict()
            row["expressions"] = " ".join(f"{share:.3f}" for share in visit.expressions)
            rows.writerow(row.values())


def summary(workload: Workload) -> dict[str, object]:
    """The truth in numbers, without the visits themselves; ready for JSON."""
    truth: Truth = workload.truth
    change = truth.clock_change
    return {
        "museum_id": truth.museum_id,
        "first_day": truth.first_day.isoformat(),
        "last_day": truth.last_day.isoformat(),
        "messages": len(workload.deliveries),
        "visits": len(truth.visits),
        "malformed": {kind.value: n for kind, n in truth.malformed.items()},
        "quarantined": truth.quarantined,
        "duplicates": asdict(truth.duplicates),
        "outages": [
            {
                "device_id": o.device_id,
                "start": o.start.isoformat(),
                "end": o.end.isoformat(),
            }
            for o in truth.outages
        ],
        "held_back": truth.held_back,
        "clock_change": change.isoformat() if change else None,
        "upset_artwork": truth.upset_artwork,
    }
