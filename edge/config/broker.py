"""``[broker]``: where visits go."""

import ipaddress
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from contracts.errors import ContractError
from contracts.topics import basic_ingest
from edge.config.checks import check

_LONGEST_KEEP_ALIVE_S: Final = 1200
"""AWS IoT Core takes 30 to 1200 s."""
_HOST: Final = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerConfig:
    """Where visits go.

    Attributes:
        endpoint: Host name of the broker, as in its certificate.
        port: TCP port of MQTT over TLS.
        ca_file: Certificates of the authorities that may sign the broker's, PEM.
        certificate_file: This device's certificate, PEM.
        key_file: Its private key, PEM.
        visits_rule: Name of the IoT rule for Basic Ingest; empty publishes on the plain topic.
        keep_alive_s: Longest silence before a ping, seconds.
        reconnect_min_s: First delay before connecting again, seconds; grows with full jitter.
        reconnect_max_s: Longest such delay, seconds.
    """

    endpoint: str
    ca_file: Path
    certificate_file: Path
    key_file: Path
    port: int = 8883
    visits_rule: str = ""
    keep_alive_s: int = 60
    reconnect_min_s: float = 1.0
    reconnect_max_s: float = 60.0

    def __post_init__(self) -> None:
        _check_endpoint(self.endpoint)
        check("port", self.port, 1, 65_535)
        check("keep_alive_s", self.keep_alive_s, 30, _LONGEST_KEEP_ALIVE_S)
        check("reconnect_min_s", self.reconnect_min_s, 0.1, 60)
        check("reconnect_max_s", self.reconnect_max_s, self.reconnect_min_s, 3600)
        if self.visits_rule:
            try:
                basic_ingest(self.visits_rule, "x")
            except ContractError as exc:
                raise ContractError("visits_rule", exc.problem) from exc


def _check_endpoint(endpoint: str) -> None:
    """Returns if that may be the name or address of a host.

    Raises:
        ContractError: It is something else.
    """
    with suppress(ValueError):
        ipaddress.ip_address(endpoint)
        return
    if not _HOST.fullmatch(endpoint):
        raise ContractError(
            "endpoint",
            "must be the broker's host name alone, without mqtts:// and port, as printed by "
            "aws iot describe-endpoint --endpoint-type iot:Data-ATS",
        )
