"""Documents that name files name files that are there."""

import re
from pathlib import Path

import pytest

_LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)")


def _documents(repository: Path) -> list[Path]:
    return [repository / "README.md", *sorted((repository / "docs").rglob("*.md"))]


def test_every_relative_link_leads_somewhere(repository: Path) -> None:
    """A reader never clicks into nothing."""
    broken = [
        f"{document.relative_to(repository)} → {target}"
        for document in _documents(repository)
        for target in _LINK.findall(document.read_text("utf-8"))
        if not (document.parent / target).exists()
    ]
    assert not broken


@pytest.mark.parametrize("script", ["scripts/demo", "scripts/test"])
def test_the_readme_opens_with_its_two_commands(repository: Path, script: str) -> None:
    """Both stand in the first screen, and both can be run."""
    first_screen = (repository / "README.md").read_text("utf-8").splitlines()[:20]
    assert any(line.startswith(script) for line in first_screen)
    assert (repository / script).stat().st_mode & 0o111


def test_decisions_are_dated_and_say_what_follows(repository: Path) -> None:
    """Each ADR has date, status, context, decision and consequences."""
    for file in (repository / "docs" / "adr").glob("*.md"):
        text = file.read_text("utf-8")
        assert re.search(r"^Date: \d{4}-\d\d-\d\d · Status: ", text, re.MULTILINE), file.name
        for heading in ("## Context", "## Decision", "## Consequences"):
            assert heading in text, file.name
