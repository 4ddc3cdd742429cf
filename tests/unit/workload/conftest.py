"""The museum of the repository's own museum.toml."""

from pathlib import Path

import pytest

from contracts.museum_toml import load_museums
from contracts.museums import Museum


@pytest.fixture(scope="session")
def museum(repository: Path) -> Museum:
    """City Gallery: Europe/Rome, twelve artworks, a long night on Saturdays."""
    return load_museums(repository / "museum.toml").museums[0]
