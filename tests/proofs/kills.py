"""Is a visit lost, or counted twice, when power fails at any moment, at either end?

``python -m tests.proofs.kills [--kills 200] [--seed 1]`` runs a device that makes visits, stores
and delivers them (recorder, outbox, forwarder, AWS's client; mutual TLS to a real Mosquitto), and
kills it with SIGKILL at random moments, the broker too now and then. A visit counts as lost if the
device's ``put`` had returned and it never arrived; an effect counts as doubled if two visits that
differ arrived under one id, for one id is one item in the cloud's table. Exits with 1 if any was.
"""

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any, Final, NamedTuple

from local_cloud.broker import MosquittoBroker
from tests.conftest import REPOSITORY
from tests.support.edge_toml import write_edge_toml
from tests.support.listener import Listener

_LONGEST_LIFE_S: Final = 0.8
_BROKER_EVERY: Final = 12
_UNBORN_EVERY: Final = 10
"""Every so many devices are killed at any moment from their start on, before a visit too."""
_SETTLE_S: Final = 120.0


class Outcome(NamedTuple):
    """What became of the visits.

    Attributes:
        kills: SIGKILLs of the device.
        restarts: SIGKILLs of the broker.
        stored: Visits whose ``put`` had returned.
        arrived: Different visits that arrived.
        unannounced: Of those, stored in the moment of a kill, before the device could say so.
        sent_again: Visits that arrived more than once, unchanged.
        lost: Stored, never arrived.
        doubled: Ids under which two different visits arrived.
        in_order: Whether visits arrived for the first time in the order of the outbox.
        seconds: For all of it.
    """

    kills: int
    restarts: int
    stored: int
    arrived: int
    unannounced: int
    sent_again: int
    lost: int
    doubled: int
    in_order: bool
    seconds: float


def run(kills: int, seed: int, folder: Path) -> Outcome:
    """Kills that often; then lets the device deliver what waits, and compares."""
    rng = random.Random(seed)  # noqa: S311 - when to kill
    begun_s = time.monotonic()
    made = folder / "made.txt"
    restarts = 0
    with MosquittoBroker(folder / "broker") as broker, Listener(broker) as listener:
        config = write_edge_toml(folder, broker)
        for number in range(kills):
            is_down = number % _BROKER_EVERY == _BROKER_EVERY - 1
            before = made.stat().st_size if made.exists() else 0
            device = _start(config, made)
            if number % _UNBORN_EVERY:
                _wait_for_more(made, before)  # it lives: its first visit is stored
            if is_down:
                time.sleep(rng.uniform(0.0, _LONGEST_LIFE_S))
                broker.kill()
                restarts += 1
            time.sleep(rng.uniform(0.0, _LONGEST_LIFE_S))
            device.kill()
            device.wait()
            if is_down:
                broker.start()
        before = made.stat().st_size
        last = _start(config, made)
        _wait_for_more(made, before)
        last.send_signal(signal.SIGTERM)
        assert last.wait(_SETTLE_S) == 0, "the last device has delivered all"
        stored = _stored(made)
        deadline_s = time.monotonic() + _SETTLE_S
        while not set(stored) <= set(listener.visit_counts()) and time.monotonic() < deadline_s:
            time.sleep(0.2)
        return _judge(stored, listener.visits(), kills, restarts, time.monotonic() - begun_s)


def _start(config: Path, made: Path) -> "subprocess.Popen[bytes]":
    with made.open("ab") as out:
        return subprocess.Popen(  # the project's own command
            [sys.executable, "-m", "tests.support.publishing_child", str(config)],
            cwd=REPOSITORY,
            stdout=out,  # a file: what was written survives the writer
            stderr=subprocess.DEVNULL,  # a line for each of the broker's deaths
        )


def _wait_for_more(made: Path, before: int) -> None:
    deadline_s = time.monotonic() + _SETTLE_S
    while made.stat().st_size == before:
        assert time.monotonic() < deadline_s, "the device makes no visits"
        time.sleep(0.005)


def _stored(made: Path) -> list[str]:
    """Ids that the devices have written whole; a kill can cut one."""
    return [line for line in made.read_text().split("\n") if len(line) == 36]


def _judge(
    stored: list[str], visits: list[dict[str, Any]], kills: int, restarts: int, seconds: float
) -> Outcome:
    counts = Counter(visit["visit_id"] for visit in visits)
    different = {(v["visit_id"], json.dumps(v, sort_keys=True)) for v in visits}
    contents = Counter(visit_id for visit_id, _ in different)
    known = set(stored)
    firsts = [visit_id for visit_id in counts if visit_id in known]
    return Outcome(
        kills=kills,
        restarts=restarts,
        stored=len(stored),
        arrived=len(counts),
        unannounced=len(counts.keys() - known),
        sent_again=sum(count > 1 for count in counts.values()),
        lost=len(known - counts.keys()),
        doubled=sum(count > 1 for count in contents.values()),
        in_order=firsts == [visit_id for visit_id in stored if visit_id in counts],
        seconds=round(seconds, 1),
    )


def main() -> int:
    """Prints the outcome.

    Returns:
        0 if nothing was lost or doubled, else 1.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.proofs.kills")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kills-") as folder:
        outcome = run(args.kills, args.seed, Path(folder))
    for name, value in outcome._asdict().items():
        print(f"{name:12} {value}")  # noqa: T201 - a command prints
    return 1 if outcome.lost or outcome.doubled else 0


if __name__ == "__main__":
    sys.exit(main())
