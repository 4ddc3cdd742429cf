"""One careful try to reach the broker, step by step, so that the step that fails has a name."""

import datetime as dt
import socket
import ssl
from dataclasses import dataclass
from enum import StrEnum
from time import perf_counter
from typing import Final

from edge.adapters.credentials import check_credentials
from edge.adapters.iot_publisher import IotPublisher
from edge.config import BrokerConfig
from edge.delivery import wait_for_ack
from edge.errors import EdgeError, NotDeliveredError, RefusedError
from edge.ports import Clock

_ALPN_PORT: Final = 443
_ALPN: Final = "x-amzn-mqtt-ca"
"""AWS takes MQTT on port 443 too, from clients that say so in the TLS handshake.

Source: https://docs.aws.amazon.com/iot/latest/developerguide/protocols.html
"""
_LISTEN_S: Final = 0.5
"""In TLS 1.3 a server refuses a client's certificate only after the handshake."""
_POLL_S: Final = 0.05
_STOP_S: Final = 2.0


class Step(StrEnum):
    """What has to work, in this order."""

    NAME = "name"
    PORT = "port"
    SERVER = "server"
    """Its certificate must be of the authority, for this name, and hold today."""
    DEVICE = "device"
    """The server must take this device's certificate."""
    SESSION = "session"


class BrokerError(EdgeError):
    """A step failed.

    Attributes:
        step: Which.
        problem: Why, in plain English.
    """

    def __init__(self, step: Step, problem: str) -> None:
        super().__init__(problem)
        self.step = step
        self.problem = problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Handshake:
    """A TLS connection that stood.

    Attributes:
        address: The server's IP address.
        protocol: E.g. ``TLSv1.3``.
        took_ms: From the name to the end of the handshake, ms.
        server_until: Until when the server's certificate holds.
    """

    address: str
    protocol: str
    took_ms: float
    server_until: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """An MQTT session that stood, and what the broker said to one message.

    Attributes:
        took_ms: From the start to the broker's CONNACK, ms.
        refusal: Why the policy refuses the message, or None.
        failure: Why it was not acknowledged otherwise, or None.
    """

    took_ms: float
    refusal: str | None = None
    failure: str | None = None


def shake_hands(broker: BrokerConfig, timeout_s: float) -> Handshake:
    """Looks up the name, connects, and goes through mutual TLS.

    Args:
        broker: Name, port and certificates.
        timeout_s: Longest wait in one step, seconds.

    Raises:
        CredentialsError: The CA, certificate or key cannot be used.
        BrokerError: A step failed.
    """
    check_credentials(broker.ca_file, broker.certificate_file, broker.key_file)
    context = _context(broker)
    begun = perf_counter()
    where = (broker.endpoint, broker.port)
    try:
        socket.getaddrinfo(*where, type=socket.SOCK_STREAM)
    except OSError as exc:
        raise BrokerError(Step.NAME, f"{broker.endpoint}: {exc.strerror or exc}") from exc
    try:
        plain = socket.create_connection(where, timeout=timeout_s)
    except TimeoutError as exc:
        raise BrokerError(Step.PORT, f"no answer from {broker.endpoint}:{broker.port}") from exc
    except OSError as exc:
        raise BrokerError(Step.PORT, f"{broker.endpoint}:{broker.port}: {exc.strerror}") from exc
    with plain:
        try:
            address = str(plain.getpeername()[0])
            tls = context.wrap_socket(plain, server_hostname=broker.endpoint)
        except ssl.SSLCertVerificationError as exc:
            raise BrokerError(Step.SERVER, exc.verify_message) from exc
        except ssl.SSLError as exc:
            raise BrokerError(_whose(exc), f"TLS: {exc.reason or exc}") from exc
        except OSError as exc:
            raise BrokerError(Step.SERVER, f"TLS: {exc.strerror or exc}") from exc
        with tls:
            took_ms = (perf_counter() - begun) * 1000
            found = Handshake(
                address=address,
                protocol=tls.version() or "TLS",
                took_ms=took_ms,
                server_until=_until(tls),
            )
            _listen_for_refusal(tls)
    return found


def open_session(
    broker: BrokerConfig,
    clock: Clock,
    *,
    client_id: str,
    topic: str,
    message: bytes,
    timeout_s: float,
) -> Session:
    """Connects by MQTT as the service does, and publishes one message.

    A broker has one connection a name: this must not be done while the service is connected.

    Args:
        broker: Whom to connect to.
        clock: Time.
        client_id: This device's name.
        topic: Where to publish.
        message: What; it is also the last will, on the same topic.
        timeout_s: Longest wait for the CONNACK, and again for the PUBACK, seconds.

    Raises:
        CredentialsError: The CA, certificate or key cannot be used.
        BrokerError: The broker takes no session.
    """
    publisher = IotPublisher(
        broker,
        client_id=client_id,
        ack_timeout_s=timeout_s,
        will_topic=topic,
        will_payload=message,
    )
    publisher.start()
    try:
        took_ms = _wait_for_session(publisher, clock, timeout_s) * 1000
        try:
            wait_for_ack(publisher.publish(topic, message), topic, timeout_s)
        except RefusedError as exc:
            return Session(took_ms=took_ms, refusal=exc.problem)
        except NotDeliveredError as exc:
            return Session(took_ms=took_ms, failure=exc.problem)
        return Session(took_ms=took_ms)
    finally:
        publisher.stop(_STOP_S)


def _wait_for_session(publisher: IotPublisher, clock: Clock, timeout_s: float) -> float:
    begun_s = clock.monotonic_s()
    while not publisher.connection:
        waited_s = clock.monotonic_s() - begun_s
        if publisher.problem is not None:
            raise BrokerError(Step.SESSION, publisher.problem)
        if waited_s > timeout_s:
            raise BrokerError(Step.SESSION, f"no answer within {timeout_s:g} s")
        clock.sleep(_POLL_S)
    return clock.monotonic_s() - begun_s


def _context(broker: BrokerConfig) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(broker.ca_file)
    context.load_cert_chain(broker.certificate_file, broker.key_file, password="")
    if broker.port == _ALPN_PORT:
        context.set_alpn_protocols([_ALPN])
    return context


def _until(tls: ssl.SSLSocket) -> dt.datetime:
    certificate = tls.getpeercert() or {}
    seconds = ssl.cert_time_to_seconds(str(certificate["notAfter"]))
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def _listen_for_refusal(tls: ssl.SSLSocket) -> None:
    tls.settimeout(_LISTEN_S)
    try:
        said = tls.recv(1)
    except TimeoutError:
        return  # silence: the server waits for our first message
    except ssl.SSLError as exc:
        raise BrokerError(_whose(exc), f"TLS: {exc.reason or exc}") from exc
    except OSError as exc:
        raise BrokerError(Step.DEVICE, f"cut the connection: {exc.strerror or exc}") from exc
    if not said:
        raise BrokerError(Step.DEVICE, "cut the connection after the handshake")


def _whose(error: ssl.SSLError) -> Step:
    """An alert came from the server, which thereby refuses this device's certificate."""
    return Step.DEVICE if "ALERT" in (error.reason or "") else Step.SERVER
