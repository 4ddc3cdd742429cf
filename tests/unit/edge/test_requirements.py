"""The Pi's requirements are a part of the root's, version by version."""

from pathlib import Path


def pins(file: Path) -> set[str]:
    """Requirement lines without comments."""
    lines = (line.split("  #")[0].strip() for line in file.read_text().splitlines())
    return {line for line in lines if line and not line.startswith(("#", "-"))}


def test_the_pi_runs_what_is_tested(repository: Path) -> None:
    """Each pin of the Pi stands in requirements.txt as well."""
    of_the_pi = pins(repository / "edge" / "requirements.txt")

    assert of_the_pi
    assert of_the_pi <= pins(repository / "requirements.txt")
