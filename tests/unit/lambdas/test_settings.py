"""A function's environment is read once, and says what is wrong with it."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from contracts.museums import MuseumConfig
from lambdas.shared.errors import SettingsError
from lambdas.shared.settings import read_settings


@dataclass(frozen=True)
class Settings:
    """One of every kind."""

    visits_table: str
    curator_topics: dict[str, str]
    museum_config: MuseumConfig


@pytest.fixture
def environment(repository: Path) -> dict[str, str]:
    """A complete one."""
    return {
        "VISITS_TABLE": "visits",
        "CURATOR_TOPICS": json.dumps({"city-gallery": "arn"}),
        "MUSEUM_CONFIG": "museum.toml",
        "LAMBDA_TASK_ROOT": str(repository),
    }


def test_every_kind_is_read(environment: dict[str, str]) -> None:
    """Texts, maps and the museums."""
    settings = read_settings(Settings, environment)
    assert settings.visits_table == "visits"
    assert settings.curator_topics == {"city-gallery": "arn"}
    assert settings.museum_config.museum("city-gallery") is not None


def test_the_package_is_found_without_lambdas_own_variable(environment: dict[str, str]) -> None:
    """Outside AWS the folder that holds ``lambdas`` is the root."""
    del environment["LAMBDA_TASK_ROOT"]
    assert read_settings(Settings, environment).museum_config.museums


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VISITS_TABLE", ""),
        ("CURATOR_TOPICS", "arn"),
        ("CURATOR_TOPICS", "[]"),
        ("CURATOR_TOPICS", '{"city-gallery": 1}'),
        ("MUSEUM_CONFIG", "nowhere.toml"),
    ],
)
def test_a_variable_that_cannot_be_used_is_named(
    environment: dict[str, str], name: str, value: str
) -> None:
    """At the start of the process, not in the middle of a batch."""
    with pytest.raises(SettingsError, match=name):
        read_settings(Settings, environment | {name: value})
