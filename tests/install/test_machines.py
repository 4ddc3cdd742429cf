"""Installations in bare Debian roots; run by ``scripts/test-install``, as root.

Each takes minutes and the network, so that plain ``pytest`` leaves them out.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

PACKAGES = "git python3 python3-venv ca-certificates sudo openssl mosquitto mosquitto-clients"
LIMIT = ("timeout", "--kill-after=30", "1500")
"""Inside the root, so that whatever happens the root is taken down in good order."""
IS_UP = "the-root-is-up"
"""Printed first inside the root: without it, it was the mirror or the machine that failed."""
QEMU = "/usr/bin/qemu-aarch64-static"


@pytest.fixture(scope="module")
def fresh_machine(repository: Path) -> Path:
    """The tool that makes a bare Debian root; the reason is told where it can't."""
    tool = repository.parent / "shared" / "tools" / "fresh-machine"
    if not tool.is_file():
        pytest.skip("no ../shared/tools/fresh-machine beside the checkout")
    if os.geteuid() != 0:
        pytest.skip("a bare Debian root needs root: sudo scripts/test-install")
    if shutil.which("debootstrap") is None:
        pytest.skip("no debootstrap on this machine: apt-get install debootstrap")
    return tool


def _passes(tool: Path, architecture: str, scenario: str, repository: Path) -> None:
    command = ["bash", "-c", f'echo {IS_UP}; exec "$@"', "up", *LIMIT, "bash", scenario]
    outcome = subprocess.run(
        [tool, "--arch", architecture, "--with", PACKAGES, "--", *command],
        cwd=repository, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip

    print(outcome.stdout)  # noqa: T201 - what was seen, for -s and for failures
    if IS_UP not in outcome.stdout:
        pytest.skip(f"no bare Debian root could be made here: {outcome.stdout[-400:].strip()}")
    assert outcome.returncode == 0, outcome.stdout[-6000:]


@pytest.mark.machine
@pytest.mark.timeout(2700)
def test_an_installation_lives_through_its_years(fresh_machine: Path, repository: Path) -> None:
    """Refusals, prompts, upgrade, ways back, removal: in an amd64 Debian 12."""
    _passes(fresh_machine, "amd64", "tests/install/lifecycle_scenario.sh", repository)


@pytest.mark.machine
@pytest.mark.arm64
@pytest.mark.timeout(2700)
def test_an_arm64_machine_delivers_a_visit(
    fresh_machine: Path, repository: Path, shared_data: Path
) -> None:
    """Raspberry Pi OS's userland: its wheels load, count a visit, and deliver it over TLS."""
    assert (shared_data / "clips").is_dir()
    if not Path(QEMU).is_file():
        pytest.skip(f"no {QEMU} on this machine: apt-get install qemu-user-static")
    _passes(fresh_machine, "arm64", "tests/install/arm64_scenario.sh", repository)
