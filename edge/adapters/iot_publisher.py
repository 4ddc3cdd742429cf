"""The publisher on AWS's MQTT 5 client; the only file that knows it."""

import datetime as dt
import logging
import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final

from awscrt import io, mqtt5
from awscrt.exceptions import AwsCrtError
from awsiot import mqtt5_client_builder

from edge.adapters.credentials import check_credentials, check_dates
from edge.config import BrokerConfig
from edge.errors import CredentialsError, NotDeliveredError, RefusedError

_log = logging.getLogger(__name__)

_ACCEPTED: Final = frozenset(
    {mqtt5.PubackReasonCode.SUCCESS, mqtt5.PubackReasonCode.NO_MATCHING_SUBSCRIBERS}
)
_REFUSED: Final = frozenset(
    {
        mqtt5.PubackReasonCode.NOT_AUTHORIZED,
        mqtt5.PubackReasonCode.TOPIC_NAME_INVALID,
        mqtt5.PubackReasonCode.PAYLOAD_FORMAT_INVALID,
    }
)
"""Answers that sending again does not change; everything else may pass (0x97: quota exceeded)."""


_HINTS: Final = {
    "AWS_IO_DNS": "no such host; check broker.endpoint, and that the network has a name server",
    "AWS_IO_SOCKET_CONNECTION_REFUSED": "nobody answers there; check broker.endpoint and .port",
    "AWS_IO_SOCKET_TIMEOUT": "no answer; check broker.endpoint, and the museum's firewall",
    "AWS_IO_SOCKET_NO_ROUTE": "no way there; check the network",
    "AWS_IO_SOCKET_NETWORK_DOWN": "the network is down",
    "AWS_IO_SOCKET_CLOSED": "it hung up; check broker.port, and that it knows this certificate",
    "AWS_IO_TLS_ERROR_READ": "it refuses this device's certificate; check certificate and policy",
    "AWS_IO_TLS_ERROR_ALERT": "it refuses this device's certificate; check certificate and policy",
    "AWS_IO_TLS": "its certificate is not trusted; check broker.endpoint, .ca_file and the clock",
}
"""What a technician can do about an error of the client; the first that fits."""
_REPEAT_S: Final = 3600.0


class IotPublisher:
    """Mutual TLS, MQTT 5, QoS 1, clean sessions: what must last lies in the outbox, not here.

    The client holds itself to AWS IoT Core's limits (100 publishes/s, 512 KB/s), so visits travel
    in batches. It checks the host name, reconnects with exponential backoff and full jitter, and
    leaves a last will.
    """

    def __init__(
        self,
        broker: BrokerConfig,
        *,
        client_id: str,
        ack_timeout_s: float,
        will_topic: str,
        will_payload: bytes,
    ) -> None:
        """Prepares the client; nothing is sent before ``start``.

        Raises:
            CredentialsError: The CA, certificate or key cannot be used, or has expired.
        """
        self._mutex = threading.Lock()
        self._pending: dict[Future[None], str] = {}
        self._connections = 0
        self._connected = False
        self._problem: str | None = None
        self._stopped = threading.Event()
        self._endpoint = f"{broker.endpoint}:{broker.port}"
        check_credentials(broker.ca_file, broker.certificate_file, broker.key_file)
        check_dates(broker.certificate_file, dt.datetime.now(dt.UTC))
        self._certificate_file = broker.certificate_file
        self._complaint = ""
        self._complained_s = 0.0
        try:
            self._client = self._build(broker, client_id, ack_timeout_s, will_topic, will_payload)
        except (AwsCrtError, RuntimeError) as exc:  # which of the two depends on the TLS library
            problem = f"cannot be used with its key {broker.key_file} ({exc})"
            raise CredentialsError(str(broker.certificate_file), problem) from exc

    def _build(
        self, broker: BrokerConfig, client_id: str, ack_timeout_s: float, topic: str, will: bytes
    ) -> mqtt5.Client:
        loops = io.EventLoopGroup(1)
        bootstrap = io.ClientBootstrap(loops, io.DefaultHostResolver(loops))
        return mqtt5_client_builder.mtls_from_path(
            cert_filepath=str(broker.certificate_file),
            pri_key_filepath=str(broker.key_file),
            ca_filepath=str(broker.ca_file),
            endpoint=broker.endpoint,
            port=broker.port,
            client_bootstrap=bootstrap,
            client_id=client_id,
            keep_alive_interval_sec=broker.keep_alive_s,
            session_behavior=mqtt5.ClientSessionBehaviorType.CLEAN,
            # The outbox keeps what is not acknowledged; a second queue in here would send it twice.
            offline_queue_behavior=mqtt5.ClientOperationQueueBehaviorType.FAIL_ALL_ON_DISCONNECT,
            retry_jitter_mode=mqtt5.ExponentialBackoffJitterMode.FULL,
            min_reconnect_delay_ms=int(broker.reconnect_min_s * 1000),
            max_reconnect_delay_ms=int(broker.reconnect_max_s * 1000),
            min_connected_time_to_reset_reconnect_delay_ms=int(broker.reconnect_max_s * 1000),
            ack_timeout_sec=math.ceil(ack_timeout_s),
            enable_metrics_collection=False,
            will=mqtt5.PublishPacket(topic=topic, payload=will, qos=mqtt5.QoS.AT_LEAST_ONCE),
            on_lifecycle_connection_success=self._on_connected,
            on_lifecycle_connection_failure=self._on_failure,
            on_lifecycle_disconnection=self._on_disconnected,
            on_lifecycle_stopped=self._on_stopped,
        )

    def start(self) -> None:
        """Begins to connect, and keeps reconnecting; returns at once."""
        self._client.start()

    @property
    def connection(self) -> int:
        """Number of the present connection, counted from 1; 0 while there is none."""
        with self._mutex:
            return self._connections if self._connected else 0

    @property
    def problem(self) -> str | None:
        """Why the last attempt to connect failed; None after one that did not, or before any."""
        with self._mutex:
            return self._problem

    @property
    def reached(self) -> bool:
        """Whether there has been a connection at all."""
        with self._mutex:
            return self._connections > 0

    def publish(self, topic: str, payload: bytes) -> Future[None]:
        """Sends at QoS 1, in the order of calls; the future completes with the PUBACK."""
        outcome: Future[None] = Future()
        with self._mutex:
            if not self._connected:
                outcome.set_exception(NotDeliveredError(topic, "no connection"))
                return outcome
            self._pending[outcome] = topic
        packet = mqtt5.PublishPacket(topic=topic, payload=payload, qos=mqtt5.QoS.AT_LEAST_ONCE)
        try:
            sent = self._client.publish(packet)
        except AwsCrtError as exc:
            self._settle(outcome, NotDeliveredError(topic, exc.name))
        else:
            sent.add_done_callback(self._on_answer(outcome, topic))
        return outcome

    def stop(self, timeout_s: float) -> None:
        """Disconnects in good order, so that the broker forgets the last will."""
        self._client.stop(mqtt5.DisconnectPacket())
        if not self._stopped.wait(timeout_s):
            _log.warning("%s did not close the connection within %g s", self._endpoint, timeout_s)

    def _on_answer(
        self, outcome: Future[None], topic: str
    ) -> Callable[["Future[mqtt5.PublishCompletionData]"], None]:
        def answered(sent: "Future[mqtt5.PublishCompletionData]") -> None:
            error = sent.exception()
            if error is not None:
                name = error.name if isinstance(error, AwsCrtError) else str(error)
                self._settle(outcome, NotDeliveredError(topic, name))
                return
            self._settle(outcome, _refusal(topic, sent.result().puback))

        return answered

    def _settle(self, outcome: Future[None], error: Exception | None) -> None:
        with self._mutex:
            if self._pending.pop(outcome, None) is None:
                return  # a disconnection has settled it
        if error is None:
            outcome.set_result(None)
        else:
            outcome.set_exception(error)

    def _on_connected(self, _: mqtt5.LifecycleConnectSuccessData) -> None:
        with self._mutex:
            self._connections += 1
            self._connected = True
            self._complaint = ""
            self._problem = None
        _log.info("connected to %s", self._endpoint)

    def _on_failure(self, data: mqtt5.LifecycleConnectFailureData) -> None:
        """One line a cause, and again each hour; the client tries on at its own pace."""
        packet = data.connack_packet
        if packet and packet.reason_code:
            hint = f"the broker answers {packet.reason_code.name}; check the device's policy"
        else:
            name = getattr(data.exception, "name", str(data.exception))
            if name == "AWS_ERROR_MQTT5_USER_REQUESTED_STOP":
                return
            hint = next((h for n, h in _HINTS.items() if name.startswith(n)), name)
        complaint = f"no connection to {self._endpoint}: {hint}"
        try:
            check_dates(self._certificate_file, dt.datetime.now(dt.UTC))
        except CredentialsError as exc:
            complaint = f"no connection to {self._endpoint}: {exc}"
        with self._mutex:
            self._problem = complaint.removeprefix(f"no connection to {self._endpoint}: ")
            now_s = time.monotonic()
            if complaint == self._complaint and now_s - self._complained_s < _REPEAT_S:
                return
            self._complaint, self._complained_s = complaint, now_s
        _log.warning("%s; visits wait, trying on", complaint)

    def _on_disconnected(self, data: mqtt5.LifecycleDisconnectData) -> None:
        with self._mutex:
            self._connected = False
            pending = list(self._pending.items())
        for outcome, topic in pending:
            self._settle(outcome, NotDeliveredError(topic, "the connection was lost"))
        _log.info("disconnected from %s: %s", self._endpoint, data.exception)

    def _on_stopped(self, _: mqtt5.LifecycleStoppedData) -> None:
        self._stopped.set()


def _refusal(topic: str, puback: mqtt5.PubackPacket) -> Exception | None:
    code = puback.reason_code
    if code in _ACCEPTED:
        return None
    said = f" ({puback.reason_string})" if puback.reason_string else ""
    if code in _REFUSED:
        return RefusedError(topic, f"{code.name}{said}; check the device's certificate and policy")
    return NotDeliveredError(topic, f"{code.name}{said}")
