"""``install.sh`` as far as it can be asked without changing a machine."""

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPTS = [
    "edge/install.sh", "scripts/test-install", "tests/install/machine.sh",
    "tests/install/systemctl", "tests/install/arm64_scenario.sh",
    "tests/install/lifecycle_scenario.sh",
]  # fmt: skip


@pytest.mark.parametrize("script", SCRIPTS)
def test_shellcheck_has_no_complaint(repository: Path, script: str) -> None:
    """Not even about style."""
    if shutil.which("shellcheck") is None:
        pytest.skip("no shellcheck on this machine")
    verdict = subprocess.run(
        ["shellcheck", "--external-sources", script],
        cwd=repository, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert verdict.returncode == 0, verdict.stdout


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--musem", "x"], "unknown option --musem"),
        (["--museum"], "--museum needs a value"),
        (["--upgrade", "--uninstall"], "exclude each other"),
        (["--upgrade", "--museum", "x"], "takes no settings"),
        (["--keep-outbox"], "belongs to --uninstall"),
        (["--health-wait", "soon"], "is no number of seconds"),
    ],
)
def test_a_mistyped_command_line_is_two_lines(
    repository: Path, arguments: list[str], complaint: str
) -> None:
    """What is wrong, and what to do."""
    answer = subprocess.run(
        [repository / "edge" / "install.sh", *arguments],
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip

    assert answer.returncode == 2
    assert complaint in answer.stderr
    assert "What to do: " in answer.stderr
    assert answer.stdout == ""


def test_help_names_every_flag(repository: Path) -> None:
    """What the parser takes stands in --help, and in the technician's guide."""
    script = repository / "edge" / "install.sh"
    answer = subprocess.run([script, "--help"], capture_output=True, text=True, check=True)
    parser = script.read_text("utf-8").split("parse() {")[1].split("\n}\n")[0]
    cases = " ".join(re.findall(r"^ +(--.*)\)", parser, re.MULTILINE))
    flags = set(re.findall(r"--[a-z-]+", cases))
    guide = (repository / "docs" / "install.md").read_text("utf-8")

    assert {"--museum", "--upgrade", "--yunet"} <= flags
    assert flags <= set(re.findall(r"--[a-z-]+", answer.stdout))
    assert flags <= set(re.findall(r"--[a-z-]+", guide))


def test_every_way_to_stop_stands_in_the_guide(repository: Path) -> None:
    """A technician who reads a failure finds it in docs/install.md."""
    script = (repository / "edge" / "install.sh").read_text("utf-8")
    guide = (repository / "docs" / "install.md").read_text("utf-8")
    problems = re.findall(r'die \d "([^"]+)"', script)
    parts = (re.split(r"\$\(.*|\$\{[^}]*\}|\$\w+", one) for one in problems)
    fixed = {max(one, key=len).strip(" :;,") for one in parts}

    assert len(problems) > 20
    missing = sorted(one for one in fixed if one not in guide)
    assert not missing


def test_the_detectors_file_is_the_one_that_the_tests_use(
    repository: Path, yunet_model: Path
) -> None:
    """The pinned sum is the sum of the file that detection is tested with."""
    script = (repository / "edge" / "install.sh").read_text("utf-8")
    (pinned,) = re.findall(r"^readonly yunet_sum=([0-9a-f]{64})$", script, re.MULTILINE)

    assert hashlib.sha256(yunet_model.read_bytes()).hexdigest() == pinned
