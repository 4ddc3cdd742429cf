"""Unusable certificates are told before anything starts, by file."""

from pathlib import Path

import pytest

from edge.adapters.credentials import check_credentials
from edge.errors import CredentialsError
from local_cloud.certificates import CertificateAuthority

NAMES = ("ca_file", "certificate_file", "key_file")


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """A good set."""
    device = CertificateAuthority(tmp_path / "ca").issue_client("pi-1")
    return {name: getattr(device, name) for name in NAMES}


def test_a_good_set_passes(files: dict[str, Path]) -> None:
    """No error."""
    check_credentials(**files)


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_file_is_named(files: dict[str, Path], tmp_path: Path, name: str) -> None:
    """Whichever of the three."""
    with pytest.raises(CredentialsError, match=r"missing\.pem: cannot be read"):
        check_credentials(**files | {name: tmp_path / "missing.pem"})


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_is_no_pem_is_named(files: dict[str, Path], tmp_path: Path, name: str) -> None:
    """Also when it is the key, which OpenSSL only finds together with the certificate."""
    junk = tmp_path / "junk.pem"
    junk.write_text("no certificate at all")

    with pytest.raises(CredentialsError, match=r"junk\.pem"):
        check_credentials(**files | {name: junk})


def test_a_key_of_another_certificate_is_found_out(files: dict[str, Path], tmp_path: Path) -> None:
    """They must be a pair."""
    other = CertificateAuthority(tmp_path / "other").issue_client("pi-2")

    with pytest.raises(CredentialsError, match="is not its"):
        check_credentials(**files | {"key_file": other.key_file})
