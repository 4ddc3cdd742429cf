"""Configurations for devices that tests run against a local broker."""

from pathlib import Path

from local_cloud.broker import MosquittoBroker

RULE = "smart_museum_visits"


def write_edge_toml(
    folder: Path, broker: MosquittoBroker, *, camera: str = 'source = "v4l2"', more: str = ""
) -> Path:
    """Writes ``edge.toml`` of device ``pi-1`` into ``folder``; quick to flush and to reconnect.

    Args:
        folder: Where it and the outbox go.
        broker: Whom it talks to.
        camera: Lines of the camera's table.
        more: Further tables.
    """
    files = broker.issue_certificate("pi-1")
    file = folder / "edge.toml"
    file.write_text(
        f"""
[device]
museum_id = "city-gallery"
artwork_id = "water-lilies"
device_id = "pi-1"
[broker]
endpoint = "localhost"
port = {broker.port}
ca_file = "{files.ca_file}"
certificate_file = "{files.certificate_file}"
key_file = "{files.key_file}"
visits_rule = "{RULE}"
reconnect_min_s = 0.1
reconnect_max_s = 0.5
[camera]
{camera}
[outbox]
file = "outbox.db"
[publish]
flush_s = 0.2
retry_min_s = 0.05
retry_max_s = 0.5
[heartbeat]
every_s = 1
{more}
"""
    )
    return file
