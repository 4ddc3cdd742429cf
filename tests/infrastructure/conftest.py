"""One synthesis for all tests of this folder, and one of a small trial deployment."""

from importlib import metadata
from pathlib import Path

import pytest

from app import build
from tests.infrastructure.handlers import RUNTIMES_OWN
from tests.infrastructure.synthesised import Synthesised

TRIAL = """
[deployment]
name = "trial-museums"
region = "eu-south-1"

[[stages]]
name = "lab"
region = "eu-north-1"
permissions_boundary = "lab/museum-boundary"
iot_logging = false

[privacy]
visit_retention_days = 7
report_retention_days = 60
log_retention_days = 14
quarantine_retention_days = 3

[[museums]]
id = "old-harbour"
name = "Old Harbour"
time_zone = "America/Halifax"
curator_emails = ["a@museum.example", "b@museum.example"]
report_time = "04:45"
opening_hours = { monday = "10:00-17:00" }
artworks = [{ id = "anchor", title = "Anchor" }]

[[museums]]
id = "new-wing"
name = "New Wing"
time_zone = "Asia/Tokyo"
curator_emails = []
opening_hours = { monday = "10:00-17:00" }
artworks = [{ id = "screen", title = "Screen" }]
"""


@pytest.fixture(scope="session")
def synthesised(tmp_path_factory: pytest.TempPathFactory) -> Synthesised:
    """The project's own ``museum.toml``."""
    folder = tmp_path_factory.mktemp("synth") / "cdk.out"
    build(outdir=folder).synth()
    return Synthesised(folder)


@pytest.fixture(scope="session")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Synthesised:
    """Two museums in a stage beside the main one, which is not for production."""
    folder = tmp_path_factory.mktemp("trial")
    config = folder / "trial.toml"
    config.write_text(TRIAL, encoding="utf-8")
    build(outdir=Path(folder / "cdk.out"), context={"museums": str(config), "stage": "lab"}).synth()
    return Synthesised(folder / "cdk.out")


@pytest.fixture(scope="session")
def lambda_runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the packages that Lambda's Python runtime brings, and no others."""
    folder = tmp_path_factory.mktemp("runtime")
    for name in RUNTIMES_OWN:
        package = metadata.distribution(name)
        for top in {Path(file).parts[0] for file in package.files or ()} - {"..", "__pycache__"}:
            (folder / top).symlink_to(Path(str(package.locate_file(top))))
    return folder
