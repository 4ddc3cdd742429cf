"""A function's environment is read once, and says what is wrong with it."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from contracts.museum_toml import load_museums
from contracts.museums import MuseumConfig
from lambdas.shared import settings
from lambdas.shared.errors import SettingsError
from lambdas.shared.settings import read_settings


@dataclass(frozen=True)
class Settings:
    """One of every kind."""

    visits_table: str
    museum_config: MuseumConfig


@pytest.fixture
def environment(repository: Path, tmp_path: Path) -> dict[str, str]:
    """A complete one, of a package that holds nothing but the museums."""
    museums = load_museums(repository / "museum.toml").for_functions()
    (tmp_path / "museums.json").write_bytes(museums)
    return {
        "VISITS_TABLE": "visits",
        "MUSEUM_CONFIG": "museums.json",
        "LAMBDA_TASK_ROOT": str(tmp_path),
    }


def test_every_kind_is_read(environment: dict[str, str]) -> None:
    """Texts, maps and the museums."""
    read = read_settings(Settings, environment)
    assert read.visits_table == "visits"
    assert read.museum_config.museum("city-gallery") is not None


def test_the_package_is_found_without_lambdas_own_variable(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Outside AWS the folder that holds ``lambdas`` is the root."""
    assert (settings.ASSET_ROOT / "lambdas" / "shared" / "settings.py").is_file()
    monkeypatch.setattr(settings, "ASSET_ROOT", Path(environment.pop("LAMBDA_TASK_ROOT")))
    assert read_settings(Settings, environment).museum_config.museums


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VISITS_TABLE", ""),
        ("MUSEUM_CONFIG", "nowhere.json"),
    ],
)
def test_a_variable_that_cannot_be_used_is_named(
    environment: dict[str, str], name: str, value: str
) -> None:
    """At the start of the process, not in the middle of a batch."""
    with pytest.raises(SettingsError, match=name):
        read_settings(Settings, environment | {name: value})
