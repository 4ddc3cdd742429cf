"""``edge.toml``: what is accepted, and what a mistake is answered with."""

import re
from pathlib import Path

import pytest

from contracts.errors import ConfigError
from edge.config import EdgeConfig, load_config

GOOD = """
[device]
museum_id = "city-gallery"
artwork_id = "harvest"
device_id = "pi-harvest"
[broker]
endpoint = "abc-ats.iot.eu-south-1.amazonaws.com"
ca_file = "ca.pem"
certificate_file = "device.pem"
key_file = "/etc/keys/device.key"
visits_rule = "smart_museum_visits"
[camera]
source = "v4l2"
[outbox]
file = "state/outbox.db"
"""


def load(folder: Path, text: str) -> EdgeConfig:
    """Reads ``text`` as ``edge.toml``."""
    file = folder / "edge.toml"
    file.write_text(text)
    return load_config(file)


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    """Absolute ones stay as they are."""
    config = load(tmp_path, GOOD)

    assert config.outbox.file == tmp_path / "state" / "outbox.db"
    assert config.broker is not None
    assert config.broker.ca_file == tmp_path / "ca.pem"
    assert config.broker.key_file == Path("/etc/keys/device.key")
    assert config.model.file.name == "expression.tflite"


def test_topics_follow_from_the_identity(tmp_path: Path) -> None:
    """Visits by Basic Ingest where a rule is named, the status always on the plain topic."""
    config = load(tmp_path, GOOD)
    plain = load(tmp_path, GOOD.replace("smart_museum_visits", ""))

    topic = "museum/v1/city-gallery/pi-harvest"
    assert config.visits_topic == f"$aws/rules/smart_museum_visits/{topic}/visits"
    assert plain.visits_topic == f"{topic}/visits"
    assert config.status_topic == plain.status_topic == f"{topic}/status"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("museum_id =", "museumid =", ["device.museumid", "museum_id"]),
        ('source = "v4l2"', 'source = "webcam"', ["camera.source", "video, images, v4l2"]),
        ('source = "v4l2"', 'source = "video"', ["camera.path", "missing"]),
        ('source = "v4l2"', 'source = "v4l2"\nindex = 99', ["camera.index", "0 to 63"]),
        ('"pi-harvest"', '"Pi Harvest"', ["device.device_id"]),
        ('ca_file = "ca.pem"', "", ["broker.ca_file", "missing"]),
        ("[outbox]", "[publish]\nmax_in_flight = 11\n[outbox]", ["publish.max_in_flight", "10"]),
        ("[outbox]", "[heartbeat]\nevery_s = 76\n[outbox]", ["heartbeat.every_s", "1 to 75"]),
        ("[outbox]", '[detector]\nkind = "yunet"\n[outbox]', ["detector.yunet_model"]),
        ("smart_museum_visits", "smart-museum-visits", ["broker.visits_rule"]),
        ("[outbox]", "[camra]\n[outbox]", ["camra", "camera"]),
        ('source = "v4l2"', 'source = "v4l2"\nstarted_at_ms = 5', ["started_at_ms", "realtime"]),
        ("[broker]", "[broker]\nkeep_alive_s = 5", ["broker.keep_alive_s", "30"]),
        ("[broker]", "[broker", ["edge.toml"]),
        ('endpoint = "', 'endpoint = "mqtts://', ["broker.endpoint", "host name alone"]),
        ('endpoint = "', 'endpoint = " ', ["broker.endpoint", "describe-endpoint"]),
        ('endpoint = "', 'endpoint = "-', ["broker.endpoint", "describe-endpoint"]),
    ],
)
def test_mistakes_are_named(tmp_path: Path, old: str, new: str, said: list[str]) -> None:
    """File, key, and what is allowed."""
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, GOOD.replace(old, new))

    assert "edge.toml" in str(caught.value)
    assert all(word in str(caught.value) for word in said), caught.value


def test_the_example_is_a_good_configuration(repository: Path, tmp_path: Path) -> None:
    """What a technician copies loads, and the defaults that its comments show are the real ones."""
    text = (repository / "edge" / "edge.example.toml").read_text()
    # Uncommented, but for keys whose default is to go by something else.
    other = ("path =", "started_at_ms =", "url =", "min_face_px =")
    shown = re.sub(r"(?m)^# (\w+ = )", r"\1", text)
    shown = "\n".join(line for line in shown.splitlines() if not line.startswith(other))

    assert load(tmp_path, shown) == load(tmp_path, text)
    assert shown != text


@pytest.mark.parametrize("host", ["localhost", "192.0.2.7", "2001:db8::1", "a1-ats.iot.example."])
def test_a_broker_may_have_a_name_or_an_address(tmp_path: Path, host: str) -> None:
    """AWS's, the local cloud's, a museum's own."""
    broker = load(tmp_path, re.sub('endpoint = ".*"', f'endpoint = "{host}"', GOOD)).broker
    assert broker is not None
    assert broker.endpoint == host


@pytest.mark.parametrize("key", ["index", "width", "path", "realtime", "source"])
def test_a_password_in_the_wrong_place_is_not_repeated(tmp_path: Path, key: str) -> None:
    """The line ends in a journal; the camera's address belongs into ``url``."""
    camera = f'{key} = "rtsp://joe:s3cr3t@camera.example/stream"'
    source = "" if key == "source" else 'source = "v4l2"\n'
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, GOOD.replace('source = "v4l2"', f"{source}{camera}"))

    assert f"camera.{key}" in str(caught.value)
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize(("content", "said"), [(b"\xff\xfe[\0", "UTF-8"), (None, "Is a directory")])
def test_a_file_that_cannot_be_read_is_told_in_few_words(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    """Once by its name, and without Python's own words."""
    file = tmp_path / "edge.toml"
    file.mkdir() if content is None else file.write_bytes(content)
    with pytest.raises(ConfigError, match=said) as caught:
        load_config(file)

    assert str(caught.value).count(str(file)) == 1
    assert "Errno" not in str(caught.value)
