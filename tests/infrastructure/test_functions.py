import json
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from tests.infrastructure.synthesised import Synthesised

FUNCTION = "AWS::Lambda::Function"
FUNCTIONS = ("store_visits", "roll_up", "publish_statistics", "daily_report", "watch_expressions")
RUNTIMES_OWN = ("boto3", "botocore", "s3transfer", "jmespath", "python-dateutil", "urllib3", "six")
COMMON = {
    "MUSEUM_CONFIG",
    "POWERTOOLS_LOG_LEVEL",
    "POWERTOOLS_METRICS_NAMESPACE",
    "POWERTOOLS_SERVICE_NAME",
}


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the packages that Lambda's Python runtime brings, and no others."""
    folder = tmp_path_factory.mktemp("runtime")
    for name in RUNTIMES_OWN:
        package = metadata.distribution(name)
        for top in {Path(file).parts[0] for file in package.files or ()} - {"..", "__pycache__"}:
            (folder / top).symlink_to(Path(str(package.locate_file(top))))
    return folder


def _asset(synthesised: Synthesised, name: str) -> Path:
    (function,) = (
        function
        for function in synthesised.resources(FUNCTION).values()
        if function["Handler"].split(".")[1] == name
    )
    return synthesised.folder / f"asset.{function['Code']['S3Key'].removesuffix('.zip')}"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_handler_loads_from_its_package_alone(
    synthesised: Synthesised, runtime: Path, name: str
) -> None:
    """With the deployed files and the runtime's own boto3, the handler can be imported."""
    (function,) = (
        f for f in synthesised.resources(FUNCTION).values() if f".{name}." in f["Handler"]
    )
    asset = _asset(synthesised, name)
    module, _, attribute = function["Handler"].rpartition(".")
    code = (
        "import sys, importlib\n"
        f"sys.path[:0] = [{str(asset)!r}]; sys.path.append({str(runtime)!r})\n"
        f"assert callable(getattr(importlib.import_module({module!r}), {attribute!r}))\n"
        "import contracts; print(contracts.__file__)"
    )
    variables = {
        key: value if isinstance(value, str) else "{}" if key == "CURATOR_TOPICS" else "name"
        for key, value in function["Environment"]["Variables"].items()
    }
    done = subprocess.run(
        # Neither this environment's packages nor the checkout: only what is in the package.
        [sys.executable, "-I", "-S", "-B", "-c", code],
        env={**variables, "AWS_DEFAULT_REGION": "eu-west-1", "LAMBDA_TASK_ROOT": str(asset)},
        cwd=asset,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(asset))


def test_a_package_holds_its_own_function_and_no_other(synthesised: Synthesised) -> None:
    """One function's change does not deploy the others."""
    for name in FUNCTIONS:
        folders = {p.name for p in (_asset(synthesised, name) / "lambdas").iterdir() if p.is_dir()}
        assert folders == {"shared", name}


def test_packages_hold_no_compiled_code_and_no_leftovers(synthesised: Synthesised) -> None:
    """What runs here runs on Lambda's arm64, whatever machine put it together."""
    for name in FUNCTIONS:
        for path in _asset(synthesised, name).rglob("*"):
            assert path.suffix not in {".so", ".pyd", ".pyc"}, path
            assert path.name not in {"__pycache__", "RECORD", "INSTALLER", "direct_url.json"}, path
            assert path.stat().st_mode & 0o777 == (0o755 if path.is_dir() else 0o644), path


def test_the_configuration_travels_with_the_function(
    synthesised: Synthesised, repository: Path
) -> None:
    """The functions read the very file that the stacks were made from."""
    for name in FUNCTIONS:
        copy = _asset(synthesised, name) / "museum.toml"
        assert copy.read_bytes() == (repository / "museum.toml").read_bytes()


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
        "daily_report": {"ROLLUPS_TABLE", "REPORTS_BUCKET", "CURATOR_TOPICS"},
        "watch_expressions": {"VISITS_TABLE", "ROLLUPS_TABLE", "CURATOR_TOPICS"},
    }
    for function in synthesised.resources(FUNCTION).values():
        variables = function["Environment"]["Variables"]
        assert set(variables) >= COMMON
        assert variables["MUSEUM_CONFIG"] == "museum.toml"
        assert "AWS_" not in json.dumps(list(variables))


def test_functions_run_on_arm64_and_log_for_as_long_as_configured(
    synthesised: Synthesised, trial: Synthesised
) -> None:
    """No log is kept for ever."""
    for function in synthesised.resources(FUNCTION).values():
        assert function["Architectures"] == ["arm64"]
        assert function["Runtime"] == "python3.13"
        assert function["LoggingConfig"]["LogGroup"]
    for of, days in ((synthesised, 30), (trial, 14)):
        groups = of.resources("AWS::Logs::LogGroup").values()
        assert {group["RetentionInDays"] for group in groups} == {days}
        assert len(groups) == 6
