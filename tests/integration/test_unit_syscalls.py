"""The process gets by with the system calls that its systemd unit leaves it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from local_cloud.broker import MosquittoBroker
from tests.support.edge_toml import write_edge_toml

pytestmark = pytest.mark.integration

_ASKED_IN_VAIN = {"sched_setaffinity", "mbind", "set_mempolicy", "sched_setscheduler"}
"""Libraries ask, hear EPERM (``SystemCallErrorNumber``), and get on."""


def _members(name: str) -> set[str]:
    """The system calls of one of systemd's groups, its groups included."""
    answer = subprocess.run(
        ["systemd-analyze", "--no-pager", "syscall-filter", name],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    calls: set[str] = set()
    for line in answer.stdout.splitlines()[1:]:
        word = line.strip()
        if word.startswith("@"):
            calls |= _members(word)
        elif word and not word.startswith("#"):
            calls.add(word)
    return calls


def _allowed(unit: Path) -> set[str]:
    """What the unit's ``SystemCallFilter=`` lines leave, in their order."""
    allowed: set[str] = set()
    for line in re.findall(r"^SystemCallFilter=(.+)$", unit.read_text("utf-8"), re.MULTILINE):
        taken = line.startswith("~")
        for word in line.removeprefix("~").split():
            calls = _members(word) if word.startswith("@") else {word}
            allowed = allowed - calls if taken else allowed | calls
    return allowed


def test_what_it_calls_is_allowed(tmp_path: Path, repository: Path, shared_data: Path) -> None:
    """Models loaded, frames handled, visits queued, the broker spoken to, an orderly end."""
    for tool in ("strace", "systemd-analyze"):
        if shutil.which(tool) is None:
            pytest.skip(f"no {tool} on this machine")
    clip, calls = shared_data / "clips" / "again.mkv", tmp_path / "calls"
    with MosquittoBroker(tmp_path / "broker") as broker:
        config = write_edge_toml(tmp_path, broker, camera=f'source = "video"\npath = "{clip}"')
        traced = subprocess.run(
            ["strace", "-f", "-qq", "-o", calls, sys.executable, "-m", "edge", "run",
             "--config", config],
            cwd=repository, capture_output=True, text=True, timeout=100, check=False,
        )  # fmt: skip

    if "PTRACE_TRACEME" in traced.stderr or "ptrace" in traced.stderr:
        pytest.skip("tracing is not allowed here")
    assert traced.returncode == 0, traced.stderr
    used = set(re.findall(r"^\d+ +([a-z_0-9]+)\(", calls.read_text("utf-8"), re.MULTILINE))
    assert {"mmap", "connect", "futex"} <= used
    allowed = _allowed(repository / "edge" / "system" / "museum-edge.service")
    if os.geteuid() == 0:
        used.discard("fchown")  # SQLite's, as root only; the service is not root
    assert used - allowed - _ASKED_IN_VAIN == set()
