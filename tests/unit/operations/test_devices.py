"""Registering, renewing and retiring a Pi."""

import os
import re
import shlex
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from botocore.exceptions import ClientError, NoCredentialsError
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from operations import bundle, register_device, retire_device
from operations.command import run
from operations.registry import Registry
from tests.unit.operations.conftest import Account, fail

MUSEUM = ("--museum", "city-gallery")
DEVICE = (*MUSEUM, "--device", "pi-lilies")
PI = (*DEVICE, "--artwork", "water-lilies")


def _register(account: Account, out: Path, *more: str) -> int:
    arguments = account.arguments(*PI, "--out", str(out), *more)
    return run(lambda: register_device._main(arguments))


def _retire(account: Account, *more: str) -> int:
    arguments = account.arguments(*DEVICE, *more)
    return run(lambda: retire_device._main(arguments))


def _certificates(account: Account) -> dict[str, str]:
    """Status of the thing's certificates by id."""
    iot = account.client("iot")
    arns = iot.list_thing_principals(thingName="pi-lilies")["principals"]
    described = [iot.describe_certificate(certificateId=arn.rsplit("/", 1)[1]) for arn in arns]
    return {
        one["certificateDescription"]["certificateId"]: one["certificateDescription"]["status"]
        for one in described
    }


def test_a_registered_pi_has_all_that_the_installer_takes(
    account: Account, tmp_path: Path, repository: Path
) -> None:
    """Every flag of the command is one of install.sh's; every file is there and fits."""
    out = tmp_path / "pi"
    assert _register(account, out) == 0
    text = (out / "install-command.txt").read_text()
    (line,) = [one for one in text.splitlines() if not one.startswith("#")]
    words = shlex.split(line)
    assert words[:2] == ["sudo", "edge/install.sh"]
    given = dict(zip(words[2::2], words[3::2], strict=True))
    known = (repository / "edge" / "install.sh").read_text()
    assert all(flag in known for flag in given)
    assert given["--museum"] == "city-gallery"
    assert given["--artwork"] == "water-lilies"
    assert given["--device"] == "pi-lilies"
    assert given["--visits-rule"] == "smart_museum_visits"
    assert re.fullmatch(r"[a-z0-9-]+\.iot\.eu-west-1\.amazonaws\.com", given["--endpoint"])
    files = {flag: out / Path(given[flag]).name for flag in ("--certificate", "--key", "--ca")}
    certificate = x509.load_pem_x509_certificate(files["--certificate"].read_bytes())
    key = serialization.load_pem_private_key(files["--key"].read_bytes(), None)
    assert certificate.public_key() == key.public_key()
    assert stat.S_IMODE(files["--key"].stat().st_mode) == 0o600
    assert stat.S_IMODE(out.stat().st_mode) == 0o700


@pytest.mark.integration
def test_the_installer_takes_the_command_as_it_is(
    account: Account, tmp_path: Path, repository: Path
) -> None:
    """Its own checks of settings and certificates, up to the edge.toml that it would write."""
    out = tmp_path / "home" / "pi-lilies"
    assert _register(account, out) == 0
    installer = repository / "edge" / "install.sh"
    *lines, last = installer.read_text("utf-8").splitlines()
    assert last == 'main "$@"'
    script = "\n".join(lines).replace("${BASH_SOURCE[0]}", str(installer))
    script = script.replace("/usr/bin/python3", sys.executable).replace("/etc/museum-edge", "/no")
    (tmp_path / "checks.sh").write_text(
        f"{script}\nparse $@\nstage=$(mktemp -d)\ncollect_settings\ncheck_endpoint\n"
        'check_credentials\ncompose_config\ncat "$stage/edge.toml"\n'
    )
    (line,) = [
        one
        for one in (out / "install-command.txt").read_text().splitlines()
        if not one.startswith("#")
    ]
    command = line.replace("sudo edge/install.sh", f"bash {tmp_path}/checks.sh")
    answer = subprocess.run(
        ["bash", "-c", command],
        env={"HOME": str(tmp_path / "home"), "PATH": os.environ["PATH"]},
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr
    written = tomllib.loads(answer.stdout)
    assert written["device"] == {
        "museum_id": "city-gallery", "artwork_id": "water-lilies", "device_id": "pi-lilies",
    }  # fmt: skip
    assert written["broker"]["endpoint"].endswith(".iot.eu-west-1.amazonaws.com")
    assert written["broker"]["visits_rule"] == "smart_museum_visits"


def test_the_authority_is_the_one_that_amazon_publishes() -> None:
    """By its SHA-256 at https://www.amazontrust.com/repository/."""
    file = Path(bundle.__file__).with_name(bundle.AUTHORITY)
    fingerprint = x509.load_pem_x509_certificate(file.read_bytes()).fingerprint(hashes.SHA256())
    assert fingerprint.hex() == "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e"


def test_a_registered_pi_has_one_active_certificate_with_the_policy(
    account: Account, tmp_path: Path
) -> None:
    """And the attribute from which the policy takes the museum."""
    _register(account, tmp_path / "pi")
    iot = account.client("iot")
    assert iot.describe_thing(thingName="pi-lilies")["attributes"] == {"museum_id": "city-gallery"}
    assert list(_certificates(account).values()) == ["ACTIVE"]
    (arn,) = iot.list_thing_principals(thingName="pi-lilies")["principals"]
    (policy,) = iot.list_attached_policies(target=arn)["policies"]
    assert policy["policyName"] == "smart-museum-device"


def test_a_key_made_on_the_pi_never_comes_here(account: Account, tmp_path: Path) -> None:
    """With a request there is no key in the bundle, and the command names the Pi's own."""
    request = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "pi-lilies")]))
        .sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    )
    file = tmp_path / "device.csr"
    file.write_bytes(request.public_bytes(serialization.Encoding.PEM))
    assert _register(account, tmp_path / "pi", "--csr", str(file)) == 0
    assert not (tmp_path / "pi" / "private.key").exists()
    assert "--key ~/device.key" in (tmp_path / "pi" / "install-command.txt").read_text()
    assert list(_certificates(account).values()) == ["ACTIVE"]


def test_a_second_run_says_so_and_changes_nothing(
    account: Account, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No second certificate, no second folder."""
    _register(account, tmp_path / "pi")
    before = _certificates(account)
    assert _register(account, tmp_path / "again") == 0
    assert "registered for city-gallery already" in capsys.readouterr().out
    assert _certificates(account) == before
    assert not (tmp_path / "again").exists()


def test_a_renewal_ends_with_the_new_certificate_alone(account: Account, tmp_path: Path) -> None:
    """Both work until it is finished; then the old one is gone from AWS."""
    _register(account, tmp_path / "pi")
    (old,) = _certificates(account)
    assert _register(account, tmp_path / "new", "--renew") == 0
    both = _certificates(account)
    assert list(both.values()) == ["ACTIVE", "ACTIVE"]
    assert _register(account, tmp_path / "third", "--renew") == 1
    assert _register(account, tmp_path / "new", "--finish-renewal", "--yes") == 0
    assert _certificates(account) == {id_: "ACTIVE" for id_ in both if id_ != old}
    with pytest.raises(ClientError, match="ResourceNotFound"):
        account.client("iot").describe_certificate(certificateId=old)


def test_nobody_is_cut_off_without_being_asked(account: Account, tmp_path: Path) -> None:
    """Where there is no terminal, --yes is asked for."""
    _register(account, tmp_path / "pi")
    _register(account, tmp_path / "new", "--renew")
    assert _register(account, tmp_path / "new", "--finish-renewal") == 1
    assert len(_certificates(account)) == 2
    assert _retire(account) == 1
    assert len(_certificates(account)) == 2


def test_a_retired_pi_leaves_nothing(account: Account, tmp_path: Path) -> None:
    """No thing, no certificate, no last word; a second run is harmless."""
    _register(account, tmp_path / "pi")
    _register(account, tmp_path / "new", "--renew")
    table, tables = account.output("DevicesTableName"), account.client("dynamodb")
    for museum_id in ("city-gallery", "old-harbour"):
        tables.put_item(
            TableName=table,
            Item={"museum_id": {"S": museum_id}, "device_id": {"S": "pi-lilies"}},
        )
    for _ in range(2):
        assert _retire(account, "--yes") == 0
        iot = account.client("iot")
        assert iot.list_things()["things"] == []
        assert iot.list_certificates()["certificates"] == []
        (other,) = tables.scan(TableName=table)["Items"]
        assert other["museum_id"] == {"S": "old-harbour"}


def test_a_certificate_is_detached_with_patience(account: Account, tmp_path: Path) -> None:
    """AWS says conflict for some seconds after a detachment."""
    _register(account, tmp_path / "pi")
    iot, waits = account.client("iot"), list[float]()
    real, refusals = iot.delete_certificate, iter([True, True])

    def delete(**arguments: str) -> object:
        if next(refusals, False):
            raise ClientError({"Error": {"Code": "DeleteConflictException"}}, "DeleteCertificate")
        return real(**arguments)

    iot.delete_certificate = delete
    registry = Registry(iot, waits.append)
    (certificate,) = registry.certificates("pi-lilies")
    registry.withdraw(certificate, "pi-lilies")
    assert len(waits) == 2
    assert iot.list_certificates()["certificates"] == []


def test_what_stops_halfway_leaves_no_certificate_and_can_be_repeated(
    account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key of a certificate that never came to use is not left lying about."""
    error = ClientError({"Error": {"Code": "InternalException"}}, "AttachThingPrincipal")
    with monkeypatch.context() as patched:
        fail(patched, "AttachThingPrincipal", error)
        assert _register(account, tmp_path / "pi") == 1
    assert account.client("iot").list_certificates()["certificates"] == []
    assert list((tmp_path / "pi").iterdir()) == []
    assert _register(account, tmp_path / "pi") == 0
    assert list(_certificates(account).values()) == ["ACTIVE"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--museum", "city-galery"), "no museum city-galery; did you mean city-gallery?"),
        (("--museum", "x"), "there are: city-gallery, old-harbour."),
        (("--artwork", "water-lily"), "did you mean water-lilies?"),
        (("--museum", "old-harbour", "--artwork", "anchor"), "belongs to city-gallery already"),
        (("--device", "Pi 1"), "--device: must be 1 to 48 characters"),
        (("--device", "pump"), "no camera of ours"),
        (("--stage", "dev", "--device", "n", "--out", "/no"), "smart-museum-dev-storage is not"),
        (("--stage", "test"), "stage: must be one of prod, dev"),
        (("--region", "us-east-1"), "says that this stage is in eu-west-1"),
        (("--device", "new-one"), "is there and not empty"),
        (("--device", "new-one", "--renew"), "has no certificate yet"),
        (("--csr", "/nowhere"), "--csr /nowhere cannot be read"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_and_nothing_is_made(
    account: Account,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    said: str,
) -> None:
    """Before anything is changed in AWS."""
    _register(account, tmp_path / "pi")
    account.client("iot").create_thing(thingName="pump")
    things = account.client("iot").list_things()["things"]
    assert _register(account, tmp_path / "pi", *arguments) == 1
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert account.client("iot").list_things()["things"] == things
    assert len(account.client("iot").list_certificates()["certificates"]) == 1


def test_a_stack_that_is_not_there_is_named(
    empty_account: Account, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the command that brings it."""
    assert _register(empty_account, tmp_path / "pi") == 1
    assert "smart-museum-storage is not deployed in eu-west-1" in (error := capsys.readouterr().err)
    assert "scripts/cdk deploy --all" in error
    assert empty_account.client("iot").list_things()["things"] == []


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (NoCredentialsError(), "no AWS credentials"),
        (ClientError({"Error": {"Code": "ExpiredToken"}}, "DescribeThing"), "Log in again"),
        (
            ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "X"),
            "may not do X: no. Ask",
        ),
    ],
)
def test_credentials_that_do_not_serve_are_one_line(
    account: Account,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
    said: str,
) -> None:
    """No traceback."""
    fail(monkeypatch, "DescribeThing", error)
    assert _register(account, tmp_path / "pi") == 1
    printed = capsys.readouterr().err
    assert said in printed
    assert printed.count("\n") == 1


def test_another_account_is_not_touched(
    account: Account, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """museum.toml says which account is meant."""
    text = account.museums.read_text().replace("production", 'account = "999999999999"\nproduction')
    account.museums.write_text(text)
    assert _register(account, tmp_path / "pi") == 1
    assert "museum.toml says 999999999999" in capsys.readouterr().err
