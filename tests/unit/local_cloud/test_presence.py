import json

import pytest

from local_cloud.presence import Disconnected, read_log


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Client pi-1 disconnected.", "CLIENT_INITIATED_DISCONNECT"),
        ("Client pi-1 closed its connection.", "CONNECTION_LOST"),
        ("Client pi-1 has exceeded timeout, disconnecting.", "MQTT_KEEP_ALIVE_TIMEOUT"),
        ("Client pi-1 already connected, closing old connection.", "DUPLICATE_CLIENTID"),
        ("Client pi-1 disconnected due to protocol error.", "CLIENT_ERROR"),
    ],
)
def test_a_line_of_mosquittos_log_is_awss_event(line: str, expected: str) -> None:
    """As Mosquitto 2.0 words it, after the time."""
    found = read_log(f"2026-11-21T23:49:00: {line}".encode())
    assert found == Disconnected("pi-1", expected)
    assert found.topic == "$aws/events/presence/disconnected/pi-1"
    event = json.loads(found.payload(1234))
    assert event["clientId"] == "pi-1"
    assert event["timestamp"] == 1234
    assert event["disconnectReason"] == expected
    assert event["clientInitiatedDisconnect"] == (expected == "CLIENT_INITIATED_DISCONNECT")


@pytest.mark.parametrize(
    "line",
    [
        b"2026-11-21T23:48:58: New connection from 127.0.0.1:57827 on port 45829.",
        b"2026-11-21T23:48:58: New client connected from 127.0.0.1:1 as pi-1 (p5, c1, k60).",
        b"Client <unknown> disconnected: Protocol error.",
        b"\xff",
        b"",
    ],
)
def test_what_else_the_log_says_is_no_event(line: bytes) -> None:
    """Connections, the version, anything."""
    assert read_log(line) is None
