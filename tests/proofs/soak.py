"""Hours of visitors in minutes: does the process keep its size?

``python -m tests.proofs.soak [--minutes 20] [--clip FILE] [--out FOLDER]`` plays a film in a loop,
as fast as it can be handled, to ``museum-edge run`` with a real Mosquitto that is killed and
started again now and then. Every few seconds memory, open files and threads are noted. Prints a
table, leaves ``soak.csv`` and ``soak.svg``, and exits with 1 where memory has grown by more than
5 % after warming up, or files or threads by even one.
"""

import argparse
import csv
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from local_cloud.broker import MosquittoBroker
from tests.conftest import REPOSITORY
from tests.support.edge_toml import write_edge_toml
from tests.support.listener import Listener

GROWTH: Final = 0.05
_WARM_UP: Final = 0.2
"""Share of the time until all that is allocated once has been; figures begin after it."""
_WINDOWS: Final = 8
_BETWEEN_SAMPLES_S: Final = 2.0
_BROKER_LIFE_S: Final = 150.0


class Sample(NamedTuple):
    """The process at one moment.

    Attributes:
        seconds: Since its start.
        memory_mb: Resident memory, MB (2**20 bytes).
        files: Open descriptors.
        threads: Its threads.
    """

    seconds: float
    memory_mb: float
    files: int
    threads: int


class Window(NamedTuple):
    """Medians of some minutes, and the most files and threads."""

    begin_s: float
    memory_mb: float
    files: int
    threads: int


def sample(pid: int, seconds: float) -> Sample:
    """Reads what Linux tells of a process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    memory = int(status["VmRSS"].split()[0]) / 1024
    return Sample(round(seconds, 1), round(memory, 2), files, int(status["Threads"]))


def windows(samples: Sequence[Sample]) -> list[Window]:
    """The time after warming up, in equal parts."""
    end_s = samples[-1].seconds
    begin_s = _WARM_UP * end_s
    width_s = (end_s - begin_s) / _WINDOWS
    found = []
    for number in range(_WINDOWS):
        from_s = begin_s + number * width_s
        inside = [s for s in samples if from_s <= s.seconds < from_s + width_s] or [samples[-1]]
        found.append(
            Window(
                from_s,
                statistics.median(s.memory_mb for s in inside),
                max(s.files for s in inside),
                max(s.threads for s in inside),
            )
        )
    return found


def problems(parts: Sequence[Window]) -> list[str]:
    """What speaks against a process that keeps its size."""
    memory = [part.memory_mb for part in parts]
    found = []
    if max(memory) / min(memory) - 1 > GROWTH:
        found.append(f"memory between {min(memory):.1f} and {max(memory):.1f} MB")
    if parts[-1].files > parts[0].files:
        found.append(f"open files grew from {parts[0].files} to {parts[-1].files}")
    if parts[-1].threads > parts[0].threads:
        found.append(f"threads grew from {parts[0].threads} to {parts[-1].threads}")
    return found


def soak(clip: Path, minutes: float, folder: Path) -> tuple[list[Sample], str]:
    """Runs the process; its samples, and a line about what it did."""
    samples: list[Sample] = []
    with MosquittoBroker(folder / "broker") as broker, Listener(broker) as listener:
        yunet = REPOSITORY.parent / "shared" / "models" / "face_detection_yunet_2026may.onnx"
        config = write_edge_toml(
            folder,
            broker,
            camera=f'source = "video"\npath = "{clip}"',
            more=f'[detector]\nyunet_model = "{yunet}"' if yunet.is_file() else "",
        )
        command = [sys.executable, "-m", "tests.proofs.looping_edge", "run"]
        with (folder / "edge.log").open("wb") as log:
            process = subprocess.Popen(  # the project's own command
                [*command, "--config", str(config)], cwd=REPOSITORY, stderr=log
            )
        try:
            begun_s = restarted_s = time.monotonic()
            restarts = 0
            while (now_s := time.monotonic()) - begun_s < 60 * minutes:
                time.sleep(_BETWEEN_SAMPLES_S)
                samples.append(sample(process.pid, time.monotonic() - begun_s))
                if now_s - restarted_s > _BROKER_LIFE_S:
                    broker.kill()
                    time.sleep(_BETWEEN_SAMPLES_S)
                    broker.start()
                    restarted_s, restarts = time.monotonic(), restarts + 1
            process.send_signal(signal.SIGTERM)
            code = process.wait(60)
        finally:
            process.kill()
        time.sleep(2)
        goodbye = listener.statuses()[-1]
        did = (
            f"{len(listener.visit_counts())} visits arrived of {goodbye['visits']},"
            f" {goodbye['outbox_depth']} wait, {goodbye['dropped']} dropped;"
            f" {goodbye['frames_per_s']:.0f} frames/s; {restarts} deaths of the broker;"
            f" exit code {code}"
        )
    return samples, did


def draw(samples: Sequence[Sample], file: Path) -> None:
    """Memory, files and threads over time."""
    import matplotlib as mpl  # noqa: PLC0415 - slow to load, and needed at the end only

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415 - as above

    minutes = [s.seconds / 60 for s in samples]
    figure, (upper, lower) = plt.subplots(2, 1, sharex=True, figsize=(8, 5))
    upper.plot(minutes, [s.memory_mb for s in samples], color="tab:blue")
    upper.set_ylabel("memory, MB")
    upper.set_ylim(bottom=0)
    lower.step(minutes, [s.files for s in samples], label="open files")
    lower.step(minutes, [s.threads for s in samples], label="threads")
    lower.set_ylim(bottom=0)
    lower.set_xlabel("minutes")
    lower.legend()
    figure.tight_layout()
    figure.savefig(file)


def main() -> int:
    """Runs the soak and judges it.

    Returns:
        0 if the process has kept its size, else 1.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.proofs.soak")
    clips = REPOSITORY.parent / "shared" / "data" / "clips"
    default = clips / "face-demographics-walking-and-pause.gif"
    parser.add_argument("--clip", type=Path, default=default)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--out", type=Path, help="for soak.csv, soak.svg and edge.log")
    args = parser.parse_args()
    folder: Path = args.out or Path(tempfile.mkdtemp(prefix="soak-"))
    folder.mkdir(parents=True, exist_ok=True)
    samples, did = soak(args.clip.resolve(), args.minutes, folder)
    with (folder / "soak.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(Sample._fields)
        writer.writerows(samples)
    draw(samples, folder / "soak.svg")
    parts = windows(samples)
    print("minute  memory MB  files  threads")  # noqa: T201 - a command prints
    for part in parts:
        print(  # noqa: T201 - as above
            f"{part.begin_s / 60:6.1f}  {part.memory_mb:9.1f}  {part.files:5d}  {part.threads:7d}"
        )
    memory = [part.memory_mb for part in parts]
    found = problems(parts)
    print(did)  # noqa: T201 - as above
    print(f"memory varies by {100 * (max(memory) / min(memory) - 1):.1f} %; {folder}")  # noqa: T201 - as above
    print("\n".join(found) or "the process has kept its size")  # noqa: T201 - as above
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
