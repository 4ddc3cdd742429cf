"""What ``pause``, ``resume`` and ``count-only`` share."""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from contracts.camera_state import CameraState
from contracts.status import WatchMode
from edge.adapters.board_health import BoardHealth
from edge.adapters.pause_note import PauseNote
from edge.adapters.system_clock import SystemClock
from edge.config import INSTALLED, EdgeConfig, load_config
from edge.doctor.service import RUNTIME_DIRECTORY, look_for_service
from edge.gate import WATCHING, decide, trusted_ms
from edge.ports import Clock
from edge.switches import Switch, Switches
from edge.watch_words import describe, next_time, parse_duration

_PATIENCE_S: Final = 3.0
"""The camera is closed within a second; the rest is for a slow card."""
_LOOK_S: Final = 0.1


def add_config(parser: argparse.ArgumentParser) -> None:
    """Adds what all three need."""
    parser.add_argument("--config", type=Path, default=INSTALLED, help=f"default: {INSTALLED}")
    parser.add_argument("--runtime", type=Path, default=RUNTIME_DIRECTORY, help=argparse.SUPPRESS)


def add_end(parser: argparse.ArgumentParser) -> None:
    """Adds how to say when a switch ends."""
    end = parser.add_mutually_exclusive_group()
    end.add_argument("--for", dest="duration", metavar="30m", help="30m, 2h, 1h30m: then it ends")
    end.add_argument("--until", metavar="HH:MM", help="it ends at the next such time, museum time")


def make_switch(args: argparse.Namespace, config: EdgeConfig, clock: Clock) -> Switch:
    """The switch with the end that the command line names.

    By a clock that no time server has set, no end can be kept: then it has none, and that is said.

    Raises:
        ContractError: ``--for`` or ``--until`` cannot be read.
    """
    if args.duration is None and args.until is None:
        return Switch()
    now_ms = clock.now_ms()
    if args.duration is not None:
        until_ms = now_ms + round(parse_duration(args.duration).total_seconds() * 1000)
    else:
        until_ms = next_time(args.until, now_ms, config.watch.zone)
    if trusted_ms(now_ms, config.watch, BoardHealth().clock_synced()) is None:
        print("The clock is not set yet, so no end can be kept.")  # noqa: T201 - a command prints
        return Switch()
    return Switch(until_ms=until_ms)


def switch(
    args: argparse.Namespace, change: Callable[[Switches, EdgeConfig, Clock], Switches]
) -> int:
    """Changes the note, prints what holds by it, and waits for the process to obey.

    Args:
        args: The command line.
        change: Makes the new note of the old one.

    Returns:
        0, or 1 when a running process keeps its camera open all the same.

    Raises:
        ConfigError: The configuration cannot be used.
        ContractError: The command line cannot be.
        SwitchError: The note cannot be written.
    """
    config, clock = load_config(args.config), SystemClock()
    note = PauseNote.beside(config.outbox.file)
    switches = change(note.read(), config, clock)
    note.write(switches)
    now_ms = trusted_ms(clock.now_ms(), config.watch, BoardHealth().clock_synced())
    decision = decide(config.watch, switches, now_ms)
    for line in describe(decision, switches, now_ms, config.watch.zone):
        print(line)  # noqa: T201 - a command prints
    answer, code = _obeyed(config, decision.mode, args.runtime)
    print(answer)  # noqa: T201 - as above
    return code


def _obeyed(config: EdgeConfig, mode: WatchMode, runtime: Path) -> tuple[str, int]:
    """What the running process has made of it, and the exit code."""
    outbox = config.outbox.file if config.broker is not None else None
    deadline_s = time.monotonic() + _PATIENCE_S
    while True:
        service = look_for_service(outbox, time.time_ns() // 1_000_000, runtime_directory=runtime)
        if service.camera is None:
            if service.runs is False:
                return "no museum-edge runs here; it will hold when one is started", 0
            return "whether it is obeyed cannot be told: no note in " + str(runtime), 0
        is_closed, late = service.camera is CameraState.CLOSED, time.monotonic() >= deadline_s
        if mode in WATCHING and (late or not is_closed):
            return f"the process runs, its camera is {service.camera.value}", 0
        if mode not in WATCHING and is_closed:
            return "the process has closed its camera", 0
        if late:
            problem = f"the camera is still {service.camera.value} after {_PATIENCE_S:g} s"
            return f"{problem}: sudo systemctl restart museum-edge", 1
        time.sleep(_LOOK_S)
