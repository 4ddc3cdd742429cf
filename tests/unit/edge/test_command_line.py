"""What the command line answers when something cannot be used: one line, exit code 2."""

import datetime as dt
from pathlib import Path

import cv2
import numpy as np
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from edge.__main__ import main
from edge.adapters.sqlite_outbox import SqliteOutbox
from edge.commands import doctor, run, switching
from edge.config import PACKAGED_MODEL
from local_cloud.certificates import CertificateAuthority
from tests.fakes.visits import make_payload

GOOD = """
[device]
museum_id = "city-gallery"
artwork_id = "water-lilies"
device_id = "pi-1"
[broker]
endpoint = "localhost"
port = 1
ca_file = "ca/ca.pem"
certificate_file = "ca/client-pi-1.pem"
key_file = "ca/client-pi-1.key"
[camera]
source = "video"
path = "film.avi"
[outbox]
file = "outbox.db"
[publish]
drain_s = 0
"""


def answer(
    folder: Path, capsys: pytest.CaptureFixture[str], old: str = "", new: str = ""
) -> tuple[int, str]:
    """Exit code and last line of ``museum-edge run`` with a configuration that is changed so."""
    CertificateAuthority(folder / "ca").issue_client("pi-1")
    (folder / "film.avi").write_bytes(b"no film at all")
    (folder / "edge.toml").write_text(GOOD.replace(old, new) if old else GOOD)
    code = main(["run", "--config", str(folder / "edge.toml")])
    said = capsys.readouterr().err
    assert "Traceback" not in said
    return code, said.strip().splitlines()[-1]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[camera]", "[camra]", "camra"),
        ('"ca/client-pi-1.key"', '"nowhere.key"', "nowhere.key"),
        ("film.avi", "missing.avi", "missing.avi"),
        ("[outbox]", '[model]\nfile = "nothing.tflite"\n[outbox]', "nothing."),
        ("[outbox]", '[detector]\nkind = "yunet"\nyunet_model = "no.onnx"\n[outbox]', "no.onnx"),
        ('file = "outbox.db"', 'file = "edge.toml"', "outbox.file"),
        ('file = "outbox.db"', 'file = "ca/ca.pem"', "outbox.file"),
        ('file = "outbox.db"', 'file = "edge.toml/outbox.db"', "cannot be made"),
    ],
)
def test_what_cannot_be_used_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, said: str
) -> None:
    """File or key, and what is wrong with it."""
    code, line = answer(tmp_path, capsys, old, new)

    assert code == 2
    assert line.startswith("museum-edge: ")
    assert said in line


def test_an_expired_certificate_is_named_with_its_date(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is sent."""
    gone = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)
    ca, key = tmp_path / "ca", ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "pi-1")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(gone - dt.timedelta(days=365))
        .not_valid_after(gone)
        .sign(key, hashes.SHA256())
    )
    ca.mkdir()
    pem = serialization.Encoding.PEM
    (ca / "old.pem").write_bytes(certificate.public_bytes(pem))
    plain = serialization.NoEncryption()
    (ca / "old.key").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))

    code, line = answer(tmp_path, capsys, "ca/client-pi-1", "ca/old")

    assert code == 2
    assert "old.pem: expired on 2026-07-01 at 12:00 UTC; put a new certificate" in line


def test_a_model_that_is_not_the_described_one_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One byte is enough."""
    model = bytearray(PACKAGED_MODEL.read_bytes())
    model[-1] ^= 1
    (tmp_path / "other.tflite").write_bytes(model)
    (tmp_path / "other.json").write_bytes(PACKAGED_MODEL.with_suffix(".json").read_bytes())
    config = '[model]\nfile = "other.tflite"\n[outbox]'

    code, line = answer(tmp_path, capsys, "[outbox]", config)

    assert code == 2
    assert "other.tflite" in line


@pytest.mark.parametrize(
    ("endpoint", "said"),
    [("localhost", "nobody answers there; check broker.endpoint"), ("no.invalid", "no such host")],
)
def test_a_wrong_endpoint_is_told_once_and_is_the_end_of_a_film(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    *,
    endpoint: str,
    said: str,
) -> None:
    """A camera would go on: its visits wait. A film does not, so the exit code says it."""
    monkeypatch.setattr("edge.uplink._GOODBYE_S", 1.0)
    with SqliteOutbox(tmp_path / "outbox.db", max_visits=9, max_bytes=1 << 20) as outbox:
        outbox.put(make_payload(), 1)
    film = cv2.VideoWriter(str(tmp_path / "f.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 10, (160, 120))
    film.write(np.zeros((120, 160, 3), np.uint8))
    film.release()
    caplog.set_level("INFO", "edge")

    new = 'path = "f.avi"\n[heartbeat]\nevery_s = 1\n[detector]\nkind = "haar"'
    config = GOOD.replace('path = "film.avi"', new).replace(
        '"localhost"', f'"{endpoint}"\nreconnect_min_s = 0.1'
    )
    code, line = answer(tmp_path, capsys, GOOD, config)

    assert code == 2
    assert "the broker was never reached" in line
    assert said in line
    assert line.endswith("1 visits wait for the next start")
    told = [r.message for r in caplog.records if "no connection to" in r.message]
    assert len(told) == 1
    assert said in told[0]


def test_an_unreadable_film_is_told_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is there, but is no film; the process ends in order, without a broker in bounded time."""
    code, line = answer(tmp_path, capsys)

    assert code == 2
    assert "film.avi" in line


def test_a_missing_configuration_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """By its path."""
    assert main(["run", "--config", "/nowhere/edge.toml"]) == 2
    assert "/nowhere/edge.toml" in capsys.readouterr().err


def test_a_service_that_is_not_installed_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Every command looks for the one configuration that ``install.sh`` writes, ``run`` too."""
    commands = {"run": run, "doctor": doctor, "pause": switching}
    for module in commands.values():
        monkeypatch.setattr(module, "INSTALLED", tmp_path / "edge.toml")

    for name in ("run", "pause"):
        assert main([name]) == 2
        assert f"{tmp_path / 'edge.toml'}: file: is not there" in capsys.readouterr().err
    assert main(["doctor", "--only", "config"]) == 2
    assert f"{tmp_path / 'edge.toml'}: file: is not there" in capsys.readouterr().out
