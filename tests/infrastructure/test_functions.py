import json
from dataclasses import replace
from pathlib import Path

import pytest

from contracts.museum_toml import load_museums
from contracts.museums import MuseumConfig, read_museums
from stacks.constructs.function_asset import RUNTIME_VERSION, runtime_python
from tests.infrastructure.handlers import FUNCTIONS, load, package_of
from tests.infrastructure.synthesised import Synthesised

FUNCTION = "AWS::Lambda::Function"
COMMON = {"MUSEUM_CONFIG", "PYTHONTZPATH"}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_handler_loads_from_its_package_alone(
    synthesised: Synthesised, lambda_runtime: Path, name: str
) -> None:
    """With the deployed files and the runtime's own boto3, the handler can be imported."""
    loaded = load(synthesised, lambda_runtime, name)
    package = package_of(synthesised, name)
    assert package / "lambdas" / name / "handler.py" in loaded
    assert all(file.is_relative_to(package) for file in loaded)


def test_a_package_holds_its_own_function_and_no_other(synthesised: Synthesised) -> None:
    """One function's change does not deploy the others."""
    for name in FUNCTIONS:
        folder = package_of(synthesised, name) / "lambdas"
        held = {p.relative_to(folder).parts[0] for p in folder.rglob("*.py")} - {"__init__.py"}
        assert held == {"shared", name}


def test_packages_hold_no_compiled_code_and_no_leftovers(synthesised: Synthesised) -> None:
    """What runs here runs on Lambda's arm64, whatever machine put it together."""
    for name in FUNCTIONS:
        for path in package_of(synthesised, name).rglob("*"):
            assert path.suffix not in {".so", ".pyd"}, path
            assert path.name not in {"RECORD", "INSTALLER", "direct_url.json"}, path
            assert path.stat().st_mode & 0o777 == (0o755 if path.is_dir() else 0o644), path


def test_packages_hold_byte_code_for_lambdas_python_or_none(synthesised: Synthesised) -> None:
    """Every module's, where this machine can make it; another version's would never be read."""
    tag = "cpython-313"
    for name in FUNCTIONS:
        package = package_of(synthesised, name)
        sources = {p.relative_to(package) for p in package.rglob("*.py")}
        compiled = {
            p.relative_to(package).parent.parent / f"{p.name.removesuffix(f'.{tag}.pyc')}.py"
            for p in package.rglob("*.pyc")
        }
        assert compiled == (sources if runtime_python() else set())


def test_the_configuration_travels_with_the_function(
    synthesised: Synthesised, repository: Path
) -> None:
    """The functions know the very museums that the stacks were made from."""
    config = load_museums(repository / "museum.toml")
    blind = tuple(replace(museum, curator_emails=()) for museum in config.museums)
    for name in FUNCTIONS:
        known = read_museums(package_of(synthesised, name) / "museums.json")
        assert known == MuseumConfig(museums=blind, privacy=config.privacy)


def test_no_address_travels_with_a_function(synthesised: Synthesised, repository: Path) -> None:
    """Letters go to topics; whom a topic mails, no function knows."""
    config = load_museums(repository / "museum.toml")
    addresses = {*config.deployment.operator_emails}.union(
        *(museum.curator_emails for museum in config.museums)
    )
    assert addresses
    for name in FUNCTIONS:
        for file in package_of(synthesised, name).rglob("*"):
            if file.is_file():
                content = file.read_bytes()
                assert not any(one.encode() in content for one in addresses), file


def test_functions_get_only_the_settings_they_use(synthesised: Synthesised) -> None:
    """A name that a function does not get, it cannot touch by mistake."""
    seen = {
        f["Handler"].split(".")[1]: set(f["Environment"]["Variables"]) - COMMON
        for f in synthesised.resources(FUNCTION).values()
    }
    assert seen == {
        "store_visits": {"VISITS_TABLE", "ROLLUPS_TABLE", "QUARANTINE_BUCKET"},
        "roll_up": {"VISITS_TABLE", "ROLLUPS_TABLE"},
        "publish_statistics": {"ROLLUPS_TABLE"},
        "daily_report": {"ROLLUPS_TABLE", "REPORTS_BUCKET", "MAIL_QUEUE"},
        "watch_expressions": {"VISITS_TABLE", "ROLLUPS_TABLE", "MAIL_QUEUE"},
        "watch_devices": {"DEVICES_TABLE", "ROLLUPS_TABLE", "MAIL_QUEUE"},
        "send_mail": {"CURATOR_TOPICS", "OPERATOR_TOPIC"},
    }
    for function in synthesised.resources(FUNCTION).values():
        variables = function["Environment"]["Variables"]
        assert set(variables) >= COMMON
        assert variables["MUSEUM_CONFIG"] == "museums.json"
        assert variables["PYTHONTZPATH"] == "", "time zones are the package's"
        assert "AWS_" not in json.dumps(list(variables))


def test_functions_run_on_arm64_and_log_for_as_long_as_configured(
    synthesised: Synthesised, trial: Synthesised
) -> None:
    """No log is kept for ever."""
    for function in synthesised.resources(FUNCTION).values():
        assert function["Architectures"] == ["arm64"]
        assert function["Runtime"] == f"python{RUNTIME_VERSION}"
        assert function["LoggingConfig"]["LogGroup"]
    # The trial leaves AWS IoT's log to whoever has set it up.
    for of, days, count in ((synthesised, 30, 8), (trial, 14, 7)):
        groups = of.resources("AWS::Logs::LogGroup").values()
        assert {group["RetentionInDays"] for group in groups} == {days}
        assert len(groups) == count
