"""``scripts/cdk``: what it adds to the CDK's own command."""

import shutil
import subprocess
from pathlib import Path

import pytest

CDK = """#!/bin/sh
echo "asked: $*"
case "$*" in *broken*) exit 4 ;; esac
[ "$3" = synth ] || exit 0
mkdir -p "${OUT:-cdk.out}"
echo "city-gallery 12.56" >"${OUT:-cdk.out}/estimate.txt"
"""


@pytest.fixture
def checkout(repository: Path, tmp_path: Path) -> Path:
    """The script with a set-up that does nothing and a CDK that only says how it was asked."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(repository / "scripts" / "cdk", tmp_path / "scripts" / "cdk")
    (tmp_path / "scripts" / "setup.sh").write_text("setup() { :; }\n", encoding="utf-8")
    command = tmp_path / "node_modules" / ".bin" / "cdk"
    command.parent.mkdir(parents=True)
    command.write_text(CDK, encoding="utf-8")
    command.chmod(0o755)
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text('#!/bin/sh\necho "python: $*"\n', encoding="utf-8")
    python.chmod(0o755)
    return tmp_path


def _run(checkout: Path, *words: str, out: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["scripts/cdk", *words],
        cwd=checkout,
        env={"PATH": f"{checkout}/bin:/usr/bin:/bin", "OUT": out},
        capture_output=True,
        text=True,
        check=False,
    )


def test_synth_ends_with_the_estimate_beside_what_may_be_piped(checkout: Path) -> None:
    """The template, if it is printed, is alone on stdout."""
    done = _run(checkout, "synth", "--all", "--quiet")
    assert done.stdout == "asked: --no-notices --no-color synth --quiet\n"
    assert done.stderr == "city-gallery 12.56\n"
    assert done.returncode == 0


@pytest.mark.parametrize("words", [("-o", "there"), ("--output", "there"), ("--output=there",)])
def test_the_estimate_is_that_of_the_assembly_that_was_asked_for(
    checkout: Path, words: tuple[str, ...]
) -> None:
    """However its folder is named."""
    assert _run(checkout, "synth", *words, out="there").stderr == "city-gallery 12.56\n"


def test_a_synthesis_that_failed_tells_no_earlier_estimate(checkout: Path) -> None:
    """And hands on the CDK's own code."""
    _run(checkout, "synth")
    done = _run(checkout, "synth", "-c", "museums=broken.toml")
    assert (done.returncode, done.stderr) == (4, "")
    assert not (checkout / "cdk.out" / "estimate.txt").exists()


def test_other_commands_tell_no_estimate(checkout: Path) -> None:
    """Nobody asked what a difference costs."""
    _run(checkout, "synth")
    done = _run(checkout, "diff", "--all")
    assert done.stdout == "asked: --no-notices --no-color diff --all\n"
    assert done.stderr == ""


def test_a_deployment_is_followed_by_what_it_left_behind(checkout: Path) -> None:
    """With the same words; not where nothing was deployed."""
    done = _run(checkout, "deploy", "--all", "-c", "stage=dev")
    assert done.stdout.splitlines() == [
        "asked: --no-notices --no-color deploy --all -c stage=dev",
        "python: -m operations.left_behind --all -c stage=dev",
    ]
    assert done.returncode == 0
    done = _run(checkout, "deploy", "broken")
    assert done.stdout == "asked: --no-notices --no-color deploy broken\n"
    assert done.returncode == 4
