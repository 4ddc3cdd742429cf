"""Who reads at the broker's other end, in place of the rules engine."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, Self

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from local_cloud.broker import MosquittoBroker

WAIT_S: Final = 30.0


def wait_until(done: Callable[[], bool], what: str, limit_s: float = WAIT_S) -> None:
    """Waits for a condition that another process or thread brings about; fails when it doesn't."""
    deadline_s = time.monotonic() + limit_s
    while not done():
        assert time.monotonic() < deadline_s, f"waited {limit_s:g} s for {what}, in vain"
        time.sleep(0.02)


class Listener:
    """Subscribed to everything in a session that outlives the broker's and its own connections.

    Without such a session the broker acknowledges, and forgets, what is published while nobody is
    subscribed.
    """

    def __init__(self, broker: MosquittoBroker) -> None:
        self._broker = broker
        self._lock = threading.Lock()
        self._messages: list[tuple[str, bytes]] = []
        self._connected = threading.Event()
        self._subscribed = threading.Event()
        files = broker.rules_certificate()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, "listener", protocol=mqtt.MQTTv5)
        self._client.tls_set(str(files.ca_file), str(files.certificate_file), str(files.key_file))
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = lambda *_: self._connected.clear()
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = self._on_message

    def __enter__(self) -> Self:
        lasting = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho's own
        lasting.SessionExpiryInterval = 3600
        self._client.connect(
            self._broker.host, self._broker.port, clean_start=False, properties=lasting
        )
        self._client.loop_start()
        assert self._subscribed.wait(WAIT_S)
        self._broker.save()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def messages(self) -> list[tuple[str, bytes]]:
        """Topic and payload of all that came, in order."""
        with self._lock:
            return list(self._messages)

    def statuses(self) -> list[dict[str, Any]]:
        """The heartbeats among them."""
        return [json.loads(p) for t, p in self.messages() if t.endswith("/status")]

    def visits(self) -> list[dict[str, Any]]:
        """The visits among them, in order, doubles included."""
        documents = [json.loads(p) for t, p in self.messages() if t.endswith("/visits")]
        return [visit for document in documents for visit in document["visits"]]

    def visit_counts(self) -> Counter[str]:
        """How often each visit came."""
        return Counter(v["visit_id"] for v in self.visits())

    def wait_until_connected(self) -> None:
        """Waits for the connection to the broker, the first or a new one."""
        assert self._connected.wait(WAIT_S)

    def _on_connect(
        self,
        client: mqtt.Client,
        _userdata: object,
        _flags: mqtt.ConnectFlags,
        _code: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self._connected.set()
        client.subscribe([("museum/#", 1), ("$aws/rules/#", 1)])

    def _on_message(
        self, _client: mqtt.Client, _userdata: object, message: mqtt.MQTTMessage
    ) -> None:
        with self._lock:
            self._messages.append((message.topic, bytes(message.payload)))
