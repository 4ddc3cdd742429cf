from dataclasses import replace
from datetime import date, time
from pathlib import Path

import pytest

from contracts.errors import ConfigError, ContractError
from contracts.museum_toml import load_museums
from contracts.museums import CrowdingAlert, ExpressionAlert, MuseumConfig, read_museums


@pytest.fixture
def text(repository: Path) -> str:
    """The project's own museum.toml."""
    return (repository / "museum.toml").read_text("utf-8")


def test_the_projects_own_file_is_read(repository: Path) -> None:
    """museum.toml at the root is a working example."""
    config = load_museums(repository / "museum.toml")
    museum = config.museums[0]
    assert len(museum.artworks) == 12
    assert museum.opening_hours.on(date(2026, 10, 24)) == (time(10), time(4))
    assert museum.opening_hours.on(date(2026, 10, 26)) is None
    assert config.museum("nowhere") is None
    assert museum.artwork("harvest") is not None


def test_a_stage_is_the_main_deployment_with_its_own_name(repository: Path) -> None:
    """What it does not say is as in [deployment]; it never keeps data unless it says so."""
    config = load_museums(repository / "museum.toml")

    main, dev = config.at("prod").deployment, config.at("dev").deployment

    assert main is config.deployment
    assert (dev.name, dev.production, dev.iot_logging) == ("smart-museum-dev", False, False)
    assert dev.operator_emails == main.operator_emails
    with pytest.raises(ContractError, match="stage: must be one of prod, dev, not 'test'"):
        config.at("test")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "small_cell = 10",
            "smal_cell = 10",
            "smal_cell: is not a known key; did you mean small_cell?",
        ),
        ("small_cell = 10", "small_cell = 4", "privacy.small_cell: must lie in 5 to 1000, not 4"),
        ("small_cell = 10", "small_cell = true", "privacy.small_cell: must be a whole number"),
        ("small_cell = 10", "small_cell = 30", "must not lie below privacy.small_cell (30)"),
        ('"Europe/Rome"', '"Europe/Roma"', "museums[0].time_zone: is no IANA zone"),
        ('"07:00"', '"02:30"', "museums[0].report_time: must be 04:00 or later"),
        ('"07:00"', '"25:00"', "museums[0].report_time: must be a time like 09:30"),
        ('"smart-museum"', '"1-museum"', "deployment.name: must begin with a letter"),
        ('"smart-museum"', '"look-at-me"', "deployment.name: must not hold -at-"),
        ('tuesday = "10:00-17:00"', 'tuesday = "10-18"', "opening_hours.tuesday: must be a time"),
        ('tuesday = "10:00-17:00"', 'tuesday = "late"', "opening_hours.tuesday: must be like"),
        ('"curator@museum.example"', '"curator"', "curator_emails[0]: is no e-mail address"),
        (
            '["curator@museum.example"]',
            '["curator@museum.example", "a@b.example", "curator@museum.example"]',
            "curator_emails[2]: is there already: 'curator@museum.example'",
        ),
        (
            '["operators@museum.example"]',
            '["operators@museum.example", "operators@museum.example"]',
            "deployment.operator_emails[1]: is there already",
        ),
        ('id = "harvest"', 'id = "water-lilies"', "artworks: holds 'water-lilies' twice"),
        ('id = "harvest"', 'id = "Harvest!"', "museums[0].artworks[4].id: must be 1 to 48"),
        ('id = "harvest"', "", "museums[0].artworks[4].id: is missing"),
        ('name = "City Gallery"', 'name = ""', "museums[0].name: must hold 1 to 200"),
        ("negative_share = 0.5", 'negative_share = "half"', "negative_share: must be a number"),
        (
            "negative_share = 0.5",
            "negative_share = 0.5\nclear_share = 0.6",
            "expression_alert.clear_share: must lie in 0 to 0.5, not 0.6",
        ),
        ("visits = 40", "visits = 9", "crowding_alert.visits: must not lie below privacy.small"),
        (
            "visits = 40",
            "visits = 40\nclear_visits = 41",
            "crowding_alert.clear_visits: must lie in 1 to 40, not 41",
        ),
        ("visits = 40", "", "museums[0].crowding_alert.visits: is missing"),
        ("log_retention_days = 30", "log_retention_days = 31", "log_retention_days: must be one"),
        ("[privacy]", "[privacy", "syntax"),
        ('name = "dev"', 'name = "prod"', "stages[0].name: 'prod' is what [deployment] itself"),
        ('name = "dev"', 'name = "dev"\nregion = "Milan"', "stages[0].region: must be an AWS"),
        (
            '[[museums.artworks]]\nid = "harvest"',
            "".join(f'[[museums.artworks]]\nid = "a{n}"\ntitle = "A"\n' for n in range(350))
            + '[[museums.artworks]]\nid = "harvest"',
            "museums[0].artworks: must hold at most 350 artworks, not 362: make two museums of it",
        ),
        ('name = "dev"', 'name = "at-dev"', "stages[0].name: must not begin with at-"),
        (
            'name = "dev"',
            'name = "dev"\naccount = "12"',
            "stages[0].account: must be twelve digits",
        ),
        (
            'name = "dev"',
            'name = "dev"\npermissions_boundary = "arn:aws:iam::1:policy/x"',
            "stages[0].permissions_boundary: must be the name of a managed policy",
        ),
    ],
)
def test_a_mistake_is_named_with_file_and_key(
    tmp_path: Path, text: str, old: str, new: str, expected: str
) -> None:
    """The message says which file, which key, and what to write."""
    assert old in text
    file = tmp_path / "museum.toml"
    file.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(ConfigError) as caught:
        load_museums(file)
    assert str(caught.value).startswith("museum.toml: ")
    assert expected in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The path is in the message."""
    with pytest.raises(ConfigError, match=r"nowhere\.toml: file: is not there"):
        load_museums(tmp_path / "nowhere.toml")


def test_an_alerts_lower_bound_follows_the_upper_one_unless_it_is_said() -> None:
    """At four fifths."""
    assert ExpressionAlert(negative_share=0.5).clears_below == pytest.approx(0.4)
    assert ExpressionAlert(negative_share=0.5, clear_share=0.0).clears_below == 0.0
    assert CrowdingAlert(visits=40).clears_below == 32
    assert CrowdingAlert(visits=40, clear_visits=10).clears_below == 10
    assert CrowdingAlert(visits=1).clears_below == 1


def test_functions_get_the_museums_without_addresses(tmp_path: Path, text: str) -> None:
    """All that concerns visits crosses over; the deployment and the addresses stay."""
    (tmp_path / "museum.toml").write_text(
        text.replace("negative_share = 0.5", "negative_share = 0.5\nclear_share = 0.3"), "utf-8"
    )
    config = load_museums(tmp_path / "museum.toml")
    file = tmp_path / "museums.json"
    file.write_bytes(config.for_functions())
    (museum,) = config.museums
    assert museum.expression_alert.clear_share == 0.3
    assert read_museums(file) == MuseumConfig(
        museums=(replace(museum, curator_emails=()),), privacy=config.privacy
    )
    assert "@" not in file.read_text("utf-8")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"{", "museums.json: syntax: "),
        (b"\xff", "museums.json: file: must be text in UTF-8"),
        (b"[]", "museums.json: file: must be a table"),
        (b'{"museums": [], "privacy": {"small_cel": 9}}', "did you mean small_cell?"),
        (b'{"privacy": {}}', "museums.json: museums: is missing"),
    ],
)
def test_a_broken_museums_json_is_named(tmp_path: Path, content: bytes, expected: str) -> None:
    """Whoever reads the function's log sees file and key."""
    file = tmp_path / "museums.json"
    file.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        read_museums(file)
    assert expected in str(caught.value)
