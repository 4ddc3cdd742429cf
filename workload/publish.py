"""Publishes deliveries to an MQTT broker as the devices would: mutual TLS, MQTT 5, QoS 1."""

import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from contracts.topics import basic_ingest
from workload.delivery import Delivery
from workload.errors import WorkloadError

Progress = Callable[[int, int], None]
"""Called with what is acknowledged and the total."""

_KEEP_ALIVE_S: Final = 30
_SESSION_S: Final = 3600
_RECONNECT_S: Final = (1, 2)
_TICK_S: Final = 0.25
_REFUSED: Final = 128
"""MQTT 5 reason codes from here on are failures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCredentials:
    """How one device reaches the broker."""

    host: str
    port: int
    ca_file: Path
    cert_file: Path
    key_file: Path


class _Device:
    """One device's connection. Unacknowledged messages are sent again after a reconnect."""

    def __init__(
        self,
        device_id: str,
        credentials: DeviceCredentials,
        changed: threading.Condition,
    ) -> None:
        self._changed = changed
        self.device_id = device_id
        self.acknowledged = 0
        self.problem: str | None = None
        self._client = mqtt.Client(
            callback_api_version=CallbackAPIVersion.VERSION2,
            client_id=device_id,
            protocol=MQTTProtocolVersion.MQTTv5,
        )
        self._client.tls_set(
            ca_certs=str(credentials.ca_file),
            certfile=str(credentials.cert_file),
            keyfile=str(credentials.key_file),
            tls_version=ssl.PROTOCOL_TLS_CLIENT,
        )
        self._client.max_queued_messages_set(0)
        self._client.reconnect_delay_set(*_RECONNECT_S)
        self._client.on_publish = self._on_publish
        self._client.on_connect = self._on_connect
        session = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho's own
        session.SessionExpiryInterval = _SESSION_S
        self._client.connect_async(
            credentials.host, credentials.port, keepalive=_KEEP_ALIVE_S, properties=session
        )
        self._client.loop_start()

    def publish(self, topic: str, payload: bytes) -> None:
        """Sends as soon as there is a connection; paho keeps the message until its PUBACK."""
        info = self._client.publish(topic, payload, qos=1)
        if info.rc not in (mqtt.MQTT_ERR_SUCCESS, mqtt.MQTT_ERR_NO_CONN):
            raise WorkloadError(f"{self.device_id} cannot publish: {mqtt.error_string(info.rc)}")

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(
        self,
        _client: mqtt.Client,
        _userdata: Any,  # noqa: ANN401  # paho's signature
        _flags: mqtt.ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            self._report(f"the broker refused {self.device_id}: {reason}")

    def _on_publish(
        self,
        _client: mqtt.Client,
        _userdata: Any,  # noqa: ANN401  # paho's signature
        _mid: int,
        reason: ReasonCode,
        _properties: Properties,
    ) -> None:
        if reason.value >= _REFUSED:
            self._report(f"the broker refused a message of {self.device_id}: {reason}")
            return
        with self._changed:
            self.acknowledged += 1
            self._changed.notify_all()

    def _report(self, problem: str) -> None:
        with self._changed:
            self.problem = problem
            self._changed.notify_all()


class Fleet:
    """The devices' connections, made when a device first publishes. A context manager."""

    def __init__(
        self,
        connect: Callable[[str], DeviceCredentials],
        *,
        rule_name: str | None = None,
        patience_s: float = 60.0,
    ) -> None:
        """Prepares a fleet.

        Args:
            connect: Gives each device its way to the broker.
            rule_name: IoT rule for Basic Ingest; None publishes on the plain topics.
            patience_s: Longest time without any acknowledgement, a broker's restart included.
        """
        self._connect = connect
        self._rule_name = rule_name
        self._patience_s = patience_s
        self._changed = threading.Condition()
        self._devices: dict[str, _Device] = {}
        self._sent = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for device in self._devices.values():
            device.close()

    @property
    def acknowledged(self) -> int:
        """Messages that the broker has acknowledged since the fleet began."""
        return sum(d.acknowledged for d in self._devices.values())

    def publish(
        self, deliveries: Sequence[Delivery], on_acknowledged: Callable[[int], None] | None = None
    ) -> None:
        """Publishes messages and waits until all are acknowledged.

        Args:
            deliveries: Sent in their order, each by its own device.
            on_acknowledged: Called now and then with how many of them are acknowledged.

        Raises:
            WorkloadError: The broker refused a device or a message, or was silent for longer than
                ``patience_s``.
        """
        before = self._sent
        for delivery in deliveries:
            topic = delivery.topic
            if self._rule_name is not None:
                topic = basic_ingest(self._rule_name, topic)
            self._device(delivery.device_id).publish(topic, delivery.payload)
            self._sent += 1
        self._wait(before, on_acknowledged)

    def _device(self, device_id: str) -> _Device:
        if device_id not in self._devices:
            credentials = self._connect(device_id)
            self._devices[device_id] = _Device(device_id, credentials, self._changed)
        return self._devices[device_id]

    def _wait(self, before: int, on_acknowledged: Callable[[int], None] | None) -> None:
        last, since = -1, time.monotonic()
        with self._changed:
            while True:
                problem = next((d.problem for d in self._devices.values() if d.problem), None)
                if problem is not None:
                    raise WorkloadError(f"{problem}; check its certificate and the policy")
                done = self.acknowledged
                if done != last:
                    last, since = done, time.monotonic()
                    if on_acknowledged is not None:
                        on_acknowledged(done - before)
                if done >= self._sent:
                    return
                if time.monotonic() - since > self._patience_s:
                    raise WorkloadError(
                        f"the broker left {self._sent - done} messages unacknowledged for "
                        f"{self._patience_s:g} s; is it running?"
                    )
                self._changed.wait(_TICK_S)


def publish(
    deliveries: Sequence[Delivery],
    connect: Callable[[str], DeviceCredentials],
    progress: Progress | None = None,
    *,
    rule_name: str | None = None,
    slice_length: timedelta = timedelta(hours=6),
    before_slice: Callable[[Sequence[Delivery]], None] | None = None,
    patience_s: float = 60.0,
) -> None:
    """Publishes deliveries in order of arrival, one time slice after the other.

    Messages of one slice may overtake each other between devices, never on one device, and never
    from one slice to the next. A broker that goes away and comes back within ``patience_s`` gets
    what it has not acknowledged again.

    Args:
        deliveries: In order of arrival.
        connect: Gives each device its way to the broker.
        progress: Called with what is acknowledged and the total.
        rule_name: IoT rule for Basic Ingest; None publishes on the plain topics.
        slice_length: Length of a slice.
        before_slice: Called with a slice before it is sent, e.g. to set a clock to its arrival.
        patience_s: Longest time without any acknowledgement.

    Raises:
        WorkloadError: The broker refused a device or a message, or was silent for too long.
    """
    done = 0
    with Fleet(connect, rule_name=rule_name, patience_s=patience_s) as fleet:
        for part in time_slices(deliveries, slice_length):
            if before_slice is not None:
                before_slice(part)
            base = done

            def on_acknowledged(count: int, base: int = base) -> None:
                if progress is not None:
                    progress(base + count, len(deliveries))

            fleet.publish(part, on_acknowledged)
            done += len(part)


def time_slices(deliveries: Sequence[Delivery], length: timedelta) -> Iterator[list[Delivery]]:
    """Groups deliveries, in order of arrival, that arrive within ``length`` of a group's first."""
    group: list[Delivery] = []
    for delivery in deliveries:
        if group and delivery.at - group[0].at >= length:
            yield group
            group = []
        group.append(delivery)
    if group:
        yield group
