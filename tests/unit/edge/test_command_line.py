"""What the command line answers when something cannot be used: one line, exit code 2."""

from pathlib import Path

import pytest

from edge.__main__ import main
from local_cloud.certificates import CertificateAuthority

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
    return code, capsys.readouterr().err.strip().splitlines()[-1]


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


def test_an_unreadable_film_is_told_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is there, but is no film; the process ends in order, without a broker in bounded time."""
    code, line = answer(tmp_path, capsys)

    assert code == 2
    assert "film.avi" in line


def test_a_missing_configuration_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """By its path."""
    assert main(["run", "--config", "/nowhere/edge.toml"]) == 2
    assert "/nowhere/edge.toml" in capsys.readouterr().err
