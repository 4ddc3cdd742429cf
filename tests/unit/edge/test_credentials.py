"""Unusable certificates are told before anything starts, by file."""

import datetime as dt
import ssl
import tempfile
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from edge.adapters.credentials import certificate_dates, check_credentials, check_dates
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

    with pytest.raises(CredentialsError, match=r"junk\.pem") as caught:
        check_credentials(**files | {name: junk})
    assert "None" not in str(caught.value)


def test_a_key_of_another_certificate_is_found_out(files: dict[str, Path], tmp_path: Path) -> None:
    """They must be a pair."""
    other = CertificateAuthority(tmp_path / "other").issue_client("pi-2")

    with pytest.raises(CredentialsError, match="is not its"):
        check_credentials(**files | {"key_file": other.key_file})


def certificate_between(folder: Path, begin: dt.datetime, end: dt.datetime) -> Path:
    """A self-signed certificate with these dates."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "pi-1")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .sign(key, hashes.SHA256())
    )
    file = folder / "dated.pem"
    file.write_bytes(b"a comment\n" + certificate.public_bytes(serialization.Encoding.PEM))
    return file


@given(
    begin=st.datetimes(dt.datetime(1960, 1, 1), dt.datetime(2049, 12, 31)),  # noqa: DTZ001 - as X.509 has it
    days=st.integers(1, 30_000),
)
def test_the_dates_are_those_that_were_written(begin: dt.datetime, days: int) -> None:
    """Two-digit years up to 2049, four digits from 2050 on; whole seconds."""
    begin = begin.replace(microsecond=0, tzinfo=dt.UTC)
    end = begin + dt.timedelta(days=days)
    with tempfile.TemporaryDirectory() as folder:
        dates = certificate_dates(certificate_between(Path(folder), begin, end))

    assert (dates.not_before, dates.not_after) == (begin, end)


def test_an_expired_certificate_is_told_by_file_and_date(tmp_path: Path) -> None:
    """One that begins in the future is not: the clock may not have been set."""
    begin = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    end = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)
    file = certificate_between(tmp_path, begin, end)

    with pytest.raises(CredentialsError, match=r"dated\.pem: expired on 2026-07-01 at 12:00 UTC"):
        check_dates(file, end + dt.timedelta(seconds=1))
    check_dates(file, end)
    check_dates(file, dt.datetime(1970, 1, 1, tzinfo=dt.UTC))


@pytest.mark.parametrize("keep", [0, 1, 20, 60, 120])
def test_a_damaged_certificate_is_no_date(tmp_path: Path, keep: int) -> None:
    """Cut anywhere before its dates' end, or no certificate at all."""
    begin = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    file = certificate_between(tmp_path, begin, begin + dt.timedelta(days=1))
    der = ssl.PEM_cert_to_DER_cert(file.read_text()[len("a comment\n") :])
    file.write_text(ssl.DER_cert_to_PEM_cert(der[:keep]))

    with pytest.raises(CredentialsError, match=r"dated\.pem: holds"):
        certificate_dates(file)
