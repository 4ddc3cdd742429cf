"""What the kernel says of a process that has sealed its memory; each in a process of its own."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

_CHILD = """
import ctypes, os, resource, sys
from edge.adapters.memory_seal import seal_memory
limit = int(sys.argv[1])
libc = ctypes.CDLL(None)
if limit >= 0:
    resource.setrlimit(resource.RLIMIT_MEMLOCK, (limit, limit))
    if os.geteuid() == 0:
        os.setuid(65534)
core = resource.getrlimit(resource.RLIMIT_CORE)[1]
resource.setrlimit(resource.RLIMIT_CORE, (core, core))
libc.prctl(4, 1, 0, 0, 0)  # PR_SET_DUMPABLE, which setuid has reset
sealed = seal_memory()
block = bytearray(64 << 20)
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(sealed, status["VmLck"].split()[0], status["VmRSS"].split()[0])
print(resource.getrlimit(resource.RLIMIT_CORE)[0], libc.prctl(3, 0, 0, 0, 0), flush=True)
os.abort()
"""


def _sealed(limit: int, folder: Path, repository: Path) -> tuple[list[str], int]:
    child = subprocess.run(
        [sys.executable, "-c", _CHILD, str(limit)],
        cwd=folder,
        env={"PYTHONPATH": str(repository)},
        capture_output=True,
        text=True,
        check=False,
    )
    return child.stdout.split(), child.returncode


def test_memory_is_locked_but_not_filled(tmp_path: Path, repository: Path) -> None:
    """All of it is locked, later allocations too, yet untouched pages take no memory."""
    hard = resource.getrlimit(resource.RLIMIT_MEMLOCK)[1]
    if os.geteuid() != 0 and hard != resource.RLIM_INFINITY:
        pytest.skip("this user may not lock memory without limit")
    (sealed, locked_kb, resident_kb, *_core), code = _sealed(
        resource.RLIM_INFINITY, tmp_path, repository
    )

    assert sealed == "True"
    assert int(locked_kb) > 64 * 1024
    assert int(resident_kb) < 64 * 1024 + int(locked_kb) // 2
    assert code < 0


def test_under_a_limit_nothing_is_locked(tmp_path: Path, repository: Path) -> None:
    """Else the first large allocation after it would fail."""
    (sealed, locked_kb, *_rest), _code = _sealed(65_536, tmp_path, repository)

    assert (sealed, locked_kb) == ("False", "0")


def test_a_crash_leaves_no_core(tmp_path: Path, repository: Path) -> None:
    """The limit is zero, whatever it was, and the process is not dumpable."""
    (*_figures, core, dumpable), code = _sealed(65_536, tmp_path, repository)

    assert (core, dumpable) == ("0", "0")
    assert code == -6
    assert not list(tmp_path.iterdir())
