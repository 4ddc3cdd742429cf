"""The whole of ``museum-edge doctor``, against a real broker over mutual TLS."""

import fcntl
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.__main__ import main
from edge.adapters.broker_probe import BrokerError, Step, open_session
from edge.adapters.iot_publisher import IotPublisher
from edge.adapters.system_clock import SystemClock
from edge.config import load_config
from edge.doctor.checklist import NAMES
from local_cloud import certificates
from local_cloud.broker import HOST, MosquittoBroker
from local_cloud.certificates import CertificateAuthority
from tests.support.edge_toml import write_edge_toml
from tests.support.listener import Listener, wait_until

pytestmark = pytest.mark.integration

CLOUD = "certificate,key,broker,policy"
CAMERA = "camera,light,focus,face"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[MosquittoBroker]:
    """A running broker."""
    with MosquittoBroker(tmp_path / "broker") as broker:
        yield broker


@pytest.fixture
def config(tmp_path: Path, broker: MosquittoBroker) -> Path:
    """A device of that broker's, with a camera that is not there."""
    return write_edge_toml(tmp_path, broker, camera='source = "v4l2"\nindex = 63')


class Answer:
    """What doctor said."""

    def __init__(self, code: int, document: dict[str, Any]) -> None:
        self.code = code
        self.checks = {check["check"]: check for check in document["checks"]}
        assert document["exit_code"] == code

    def verdicts(self) -> dict[str, str]:
        """By the check's name."""
        return {name: check["verdict"] for name, check in self.checks.items()}


def ask(capsys: pytest.CaptureFixture[str], config: Path, only: str, *more: str) -> Answer:
    """Runs some checks in this process."""
    code = main(["doctor", "--config", str(config), "--json", "--only", only, *more])
    return Answer(code, json.loads(capsys.readouterr().out))


def changed(config: Path, old: str, new: str) -> Path:
    """The configuration with a line changed."""
    text = config.read_text()
    assert old in text
    config.write_text(text.replace(old, new))
    return config


def test_a_device_with_a_film_for_a_camera_has_no_failure(
    tmp_path: Path, repository: Path, shared_data: Path, broker: MosquittoBroker
) -> None:
    """As a process of its own, as after an installation; it leaves nothing but a true status."""
    film = shared_data / "clips" / "face-demographics-walking-and-pause.gif"
    config = write_edge_toml(tmp_path, broker, camera=f'source = "video"\npath = "{film}"')
    before = sorted(tmp_path.iterdir())
    with Listener(broker) as listener:
        ended = subprocess.run(
            [sys.executable, "-m", "edge", "doctor", "--config", str(config), "--json"],
            cwd=repository,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        wait_until(lambda: bool(listener.messages()), "the status")
        statuses, visits = listener.statuses(), listener.visits()

    answer = Answer(ended.returncode, json.loads(ended.stdout))
    assert set(answer.checks) == set(NAMES)
    assert "fail" not in answer.verdicts().values(), ended.stdout
    assert {answer.verdicts()[n] for n in ("camera", "model", "broker", "policy")} == {"pass"}
    assert answer.verdicts()["certificate"] == "warn"  # the test's holds for 30 days
    assert answer.code == 1
    assert [status["state"] for status in statuses] == ["offline"]
    assert visits == []
    assert sorted(tmp_path.iterdir()) == before


def test_for_people_each_check_is_a_line(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the mend below what is not well, and a sum at the end."""
    code = main(["doctor", "--config", str(config), "--only", "config,certificate,disk"])

    lines = capsys.readouterr().out.splitlines()
    assert code == 1
    assert lines[0].startswith("[pass] config")
    assert lines[1].startswith("[warn] certificate")
    assert lines[2].strip().startswith("-> ")
    assert lines[-1] == "2 passed, 1 warning, 0 failed"


def test_a_host_by_another_name_is_told(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong endpoint that leads to a broker, but not to one of that name; policy is not tried."""
    look_up = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda _, *more, **by: look_up(HOST, *more, **by))
    answer = ask(capsys, changed(config, '"localhost"', '"broker.example"'), CLOUD)

    assert answer.code == 2
    assert answer.verdicts()["policy"] == "skip"
    assert answer.checks["broker"]["figures"]["step"] == "server"
    assert "Hostname mismatch" in answer.checks["broker"]["finding"]
    assert "broker.endpoint" in answer.checks["broker"]["mend"]


def test_a_host_on_which_nobody_listens_is_told(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong port, or a firewall."""
    answer = ask(capsys, changed(config, "port = ", "port = 1 # "), CLOUD)

    assert answer.code == 2
    assert answer.verdicts()["policy"] == "skip"
    assert answer.checks["broker"]["figures"]["step"] == "port"
    assert "Connection refused" in answer.checks["broker"]["finding"]


def test_an_unknown_name_is_told(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is sent anywhere."""

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    answer = ask(capsys, config, "broker")

    assert answer.checks["broker"]["figures"]["step"] == "name"
    assert "Name or service not known" in answer.checks["broker"]["finding"]


def test_a_broker_of_another_authority_is_told(
    config: Path, tmp_path: Path, broker: MosquittoBroker, capsys: pytest.CaptureFixture[str]
) -> None:
    """It does not prove to be the broker."""
    stranger = CertificateAuthority(tmp_path / "stranger")
    answer = ask(capsys, changed(config, str(broker.ca_file), str(stranger.ca_file)), CLOUD)

    assert answer.code == 2
    assert answer.checks["broker"]["figures"]["step"] == "server"
    assert "certificate in certificate chain" in answer.checks["broker"]["finding"]


def test_a_certificate_that_the_broker_does_not_know_is_told(
    config: Path, tmp_path: Path, broker: MosquittoBroker, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the server's alert, which in TLS 1.3 comes after the handshake."""
    own = broker.issue_certificate("pi-1")
    foreign = CertificateAuthority(tmp_path / "stranger").issue_client("pi-1")
    changed(config, str(own.certificate_file), str(foreign.certificate_file))
    answer = ask(capsys, changed(config, str(own.key_file), str(foreign.key_file)), CLOUD)

    assert answer.verdicts()["key"] == "pass"
    assert answer.checks["broker"]["figures"]["step"] == "device"


def test_an_expired_certificate_is_told_by_its_date_and_by_the_broker(
    tmp_path: Path,
    broker: MosquittoBroker,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Both fail, and say so."""
    monkeypatch.setattr(certificates, "_VALID_DAYS", 0)
    answer = ask(capsys, write_edge_toml(tmp_path, broker), CLOUD)

    assert answer.code == 2
    assert "the device certificate expired on" in answer.checks["certificate"]["finding"]
    assert answer.verdicts()["broker"] == "fail"
    assert answer.verdicts()["policy"] == "skip"


def test_a_session_that_does_not_stand_is_told_with_its_cause(
    config: Path, broker: MosquittoBroker
) -> None:
    """Whatever the MQTT client says of it; nothing is tried a second time."""
    device = load_config(config)
    assert device.broker is not None
    broker.stop()
    with pytest.raises(BrokerError, match=r"(?i)refused|failure|error|nobody answers") as error:
        open_session(
            device.broker,
            SystemClock(),
            client_id="pi-1",
            topic=device.status_topic,
            message=b"{}",
            timeout_s=20,
        )

    assert error.value.step is Step.SESSION


def test_a_policy_that_refuses_is_told(
    config: Path, broker: MosquittoBroker, capsys: pytest.CaptureFixture[str]
) -> None:
    """The session stands, the message is refused (PUBACK 0x87)."""
    broker.set_access(["user pi-1", "topic write museum/v1/another-museum/pi-1/status"])
    answer = ask(capsys, config, CLOUD)

    assert answer.code == 2
    assert answer.verdicts()["broker"] == "pass"
    assert answer.verdicts()["policy"] == "fail"
    assert "NOT_AUTHORIZED" in answer.checks["policy"]["finding"]


def test_a_running_services_connection_and_camera_are_left_alone(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A broker would throw the service out for a second client of its name."""
    device = load_config(config)
    assert device.broker is not None
    service = IotPublisher(
        device.broker, client_id="pi-1", ack_timeout_s=5, will_topic="museum/x", will_payload=b"{}"
    )
    service.start()
    wait_until(lambda: service.connection == 1, "the service's connection")
    lock = device.outbox.file.with_name(f"{device.outbox.file.name}.lock")
    with lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        answer = ask(capsys, config, f"{CLOUD},{CAMERA}")

    assert service.connection == 1
    service.stop(5)
    assert answer.verdicts()["broker"] == "pass"
    assert "left to the service" in answer.checks["broker"]["finding"]
    assert answer.verdicts()["policy"] == "skip"
    assert answer.verdicts()["camera"] == "warn"
    assert "museum-edge.service" in answer.checks["camera"]["finding"]
    assert "museum-edge pause" in answer.checks["camera"]["mend"]


def test_a_camera_that_is_not_there_is_told_once(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What hangs on it is left out, not failed."""
    answer = ask(capsys, config, CAMERA, "--skip", "focus")

    assert answer.code == 2
    assert answer.verdicts() == {"camera": "fail", "light": "skip", "face": "skip"}
    assert "/dev/video63" in answer.checks["camera"]["finding"]


def test_a_bad_configuration_is_told_once(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By the wrong key and the one that was meant."""
    answer = ask(capsys, changed(config, "[outbox]", "[outbx]"), ",".join(NAMES))

    assert answer.code == 2
    assert "did you mean outbox?" in answer.checks["config"]["finding"]
    failures = [name for name, verdict in answer.verdicts().items() if verdict == "fail"]
    assert failures == ["config"]


def test_a_wrong_model_is_told(
    config: Path, tmp_path: Path, shared_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By its sum; the detector is judged by itself."""
    packaged = load_config(config).model.file
    (tmp_path / "m.tflite").write_bytes(packaged.read_bytes() + b"\0")
    (tmp_path / "m.json").write_bytes(packaged.with_suffix(".json").read_bytes())
    config.write_text(f'{config.read_text()}\n[model]\nfile = "m.tflite"\n')
    film = shared_data / "clips" / "face-demographics-walking-and-pause.gif"
    changed(config, 'source = "v4l2"\nindex = 63', f'source = "video"\npath = "{film}"')
    answer = ask(capsys, config, "face,model,detector")

    assert answer.verdicts()["face"] != "fail"  # it could do without the model
    assert answer.verdicts()["detector"] == "warn"  # no YuNet is configured
    assert answer.verdicts()["model"] == "fail"
    assert "sha256" in answer.checks["model"]["finding"]


def test_a_device_that_only_counts_needs_no_model(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is never loaded, so what is wrong with it is no failure."""
    more = '[model]\nfile = "nowhere.tflite"\n[watch]\nmode = "count-only"'
    config.write_text(f"{config.read_text()}\n{more}\n")
    answer = ask(capsys, config, "model")

    assert answer.code == 0
    assert answer.verdicts() == {"model": "skip"}
    assert "count-only" in answer.checks["model"]["finding"]


def test_without_a_broker_nothing_is_asked_of_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A device that writes a log needs no certificate."""
    file = tmp_path / "edge.toml"
    file.write_text(
        '[device]\nmuseum_id = "m"\nartwork_id = "a"\ndevice_id = "d"\n[camera]\nsource = "v4l2"\n'
    )
    answer = ask(capsys, file, f"config,{CLOUD}")

    assert answer.code == 0
    assert answer.verdicts() == dict.fromkeys(CLOUD.split(","), "skip") | {"config": "pass"}


@pytest.mark.parametrize(
    "wrong", [["--only", "weather"], ["--skip", ""], ["--seconds", "0"], ["--seconds", "x"], ["-x"]]
)
def test_a_wrong_command_line_has_an_exit_code_of_its_own(
    wrong: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Scripts tell it from a failure."""
    with pytest.raises(SystemExit) as stopped:
        main(["doctor", *wrong])

    assert stopped.value.code == 64
    assert "museum-edge" in capsys.readouterr().err
