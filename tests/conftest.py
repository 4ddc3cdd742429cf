"""Every test runs without AWS: dummy credentials, no configuration of the user's, fixed Region."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

os.environ.update(
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_SESSION_TOKEN="testing",
    AWS_DEFAULT_REGION="eu-west-1",
    AWS_EC2_METADATA_DISABLED="true",
    AWS_CONFIG_FILE=os.devnull,
    AWS_SHARED_CREDENTIALS_FILE=os.devnull,
)

settings.register_profile(
    "default",
    deadline=None,  # shared machines stall; speed is measured by benchmarks, not here
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
settings.load_profile("default")

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared_data(repository: Path) -> Path:
    """The data folder beside the checkout; tests that need it are skipped where it is absent."""
    folder = repository.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("no ../shared/data beside the checkout")
    return folder


@pytest.fixture(scope="session")
def yunet_model(repository: Path) -> Path:
    """The YuNet detector's file; tests that need it are skipped where it is absent."""
    file = repository.parent / "shared" / "models" / "face_detection_yunet_2026may.onnx"
    if not file.is_file():
        pytest.skip("no ../shared/models/face_detection_yunet_2026may.onnx beside the checkout")
    return file
