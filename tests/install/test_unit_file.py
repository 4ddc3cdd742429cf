"""The systemd unit, held against systemd's own judgement."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def unit(repository: Path) -> Path:
    """The unit as it is installed."""
    return repository / "edge" / "system" / "museum-edge.service"


def _setting(unit: Path, key: str) -> str:
    (value,) = re.findall(rf"^{key}=(.*)$", unit.read_text("utf-8"), re.MULTILINE)
    return str(value)


def test_its_exposure_is_at_most_two_and_a_half(unit: Path) -> None:
    """``systemd-analyze security`` fails above the threshold, which counts tenths."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze on this machine")
    judgement = subprocess.run(
        ["systemd-analyze", "security", "--no-pager", "--offline=true", "--threshold=25", unit],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert "Overall exposure level" in judgement.stdout, judgement.stderr
    assert judgement.returncode == 0, judgement.stdout


def test_systemd_knows_every_key(unit: Path, tmp_path: Path) -> None:
    """Also the oldest systemd that is supported, which would only warn at boot."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze on this machine")
    here = tmp_path / unit.name
    installed = f"ExecStart={_setting(unit, 'ExecStart').split()[0]}"
    here.write_text(unit.read_text("utf-8").replace(installed, "ExecStart=/bin/true"))
    verdict = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", here], capture_output=True, text=True, check=False
    )

    assert "Unknown" not in verdict.stderr
    assert verdict.returncode == 0, verdict.stderr


@pytest.mark.parametrize(
    "device", ["char-video4linux rw", "char-media rw", "char-dma_heap rw", "/dev/vcio rw"]
)
def test_cameras_stay_reachable(unit: Path, device: str) -> None:
    """V4L2 nodes and sub-devices, libcamera's media graph and buffers, the firmware."""
    text = unit.read_text("utf-8")

    assert f"DeviceAllow={device}" in text
    assert "PrivateDevices" not in text
    assert "PrivateNetwork" not in text
    assert _setting(unit, "DevicePolicy") == "closed"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("Type", "notify"), ("Restart", "always"), ("StartLimitIntervalSec", "0"),
        ("MemorySwapMax", "0"), ("LimitCORE", "0"), ("LimitMEMLOCK", "infinity"),
        ("StateDirectory", "museum-edge"), ("RuntimeDirectory", "museum-edge"),
        ("LogNamespace", "museum-edge"), ("UMask", "0077"), ("User", "museum-edge"),
    ],
)  # fmt: skip
def test_what_a_year_on_the_wall_needs(unit: Path, key: str, value: str) -> None:
    """Watched over, started again for ever, nothing of memory on a disk, a log of its own."""
    assert _setting(unit, key) == value


def test_the_process_has_time_for_its_watchdog(unit: Path) -> None:
    """The watchdog is many times slower than the signs of life, and than opening a camera."""
    assert int(_setting(unit, "WatchdogSec")) >= 30


def test_the_log_is_bounded(repository: Path) -> None:
    """In size and in age, in the namespace that the unit names."""
    text = (repository / "edge" / "system" / "journald.conf").read_text("utf-8")

    assert re.search(r"^SystemMaxUse=\d+M$", text, re.MULTILINE)
    assert re.search(r"^RuntimeMaxUse=\d+M$", text, re.MULTILINE)
    assert re.search(r"^MaxRetentionSec=", text, re.MULTILINE)
