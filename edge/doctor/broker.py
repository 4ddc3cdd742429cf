"""Can the broker be reached, is it the right one, and does it know this device?"""

import datetime as dt
from typing import Final

from edge.adapters.broker_probe import BrokerError, Handshake, Session, Step
from edge.doctor.report import Figure, Finding, failed, passed, warned

SOON_DAYS: Final = 7
_MENDS: Final = {
    Step.NAME: "check broker.endpoint and the network: cable, Wi-Fi, and DNS in resolvectl status",
    Step.PORT: "have the firewall let TCP out to broker.endpoint at broker.port",
    Step.SERVER: "check broker.endpoint (aws iot describe-endpoint --endpoint-type iot:Data-ATS), "
    "broker.ca_file and the clock",
    Step.DEVICE: "see certificate; in AWS IoT it must be ACTIVE and registered",
    Step.SESSION: "in AWS IoT the certificate must be ACTIVE, belong to the thing that is called "
    "as device.device_id, and have the device's policy (docs/deploy.md, Devices)",
}


def unreachable(error: BrokerError, name: str) -> Finding:
    """A step failed."""
    what = {
        Step.NAME: "the name cannot be looked up",
        Step.PORT: "no connection",
        Step.SERVER: f"{name} does not prove to be the broker",
        Step.DEVICE: f"{name} refuses this device's certificate",
        Step.SESSION: f"{name} takes no MQTT session of this device",
    }[error.step]
    return failed(f"{what}: {error.problem}", _MENDS[error.step], step=error.step.value)


def broker(
    handshake: Handshake, session: Session | None, *, name: str, now: dt.datetime
) -> Finding:
    """Judges a broker that could be reached.

    Args:
        handshake: The TLS connection.
        session: The MQTT session; None where the service has one under this device's name.
        name: The broker's, with its port.
        now: The wall clock.
    """
    figures: dict[str, Figure] = {
        "address": handshake.address,
        "tls": handshake.protocol,
        "tls_ms": round(handshake.took_ms, 1),
        "mqtt_ms": None if session is None else round(session.took_ms, 1),
    }
    text = f"{name} by {handshake.protocol} in {handshake.took_ms:.0f} ms"
    left = (handshake.server_until - now).days
    if left < SOON_DAYS:
        mend = "tell whoever runs the broker; AWS renews its own"
        return warned(f"{text}; its certificate holds for {left} more days", mend, **figures)
    if session is None:
        text += "; MQTT is left to the service, which has the one connection of this name"
    else:
        text += f", MQTT session in {session.took_ms:.0f} ms"
    return passed(text, **figures)
