"""Carries every message from Mosquitto into the rules engine.

No acknowledged message may be lost when Mosquitto is killed. It writes a message to the bridge's
socket before it acknowledges it to the publisher, and what lies in a socket survives the writer.
So the bridge subscribes at QoS 0: it then never writes to its own socket, so no failing write can
make it close the socket before it has read it to its end. Messages that arrive while the bridge is
away wait in its persistent session (``queue_qos0_messages``), which the broker's database keeps.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Final

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from local_cloud.broker import MosquittoBroker
from local_cloud.errors import LocalCloudError
from local_cloud.presence import LOG_FILTER, Disconnected, is_log, read_log
from local_cloud.topic_filter import BASIC_INGEST

Handler = Callable[[str, bytes], None]
"""Takes a message's topic and payload; runs in the bridge's own thread."""
LossHandler = Callable[[Disconnected], None]
"""Takes what the broker says of a client that is gone; runs in the same thread, in turn."""

_CLIENT_ID: Final = "local-cloud-rules"
_SYNC_TOPIC: Final = "local-cloud/sync"
_SESSION_S: Final = 7 * 24 * 3600
_READY_S: Final = 20.0
_RECONNECT_S: Final = 0.02
_TOKEN_S: Final = 2.0
"""A token that takes longer to come round was lost with a broker that was killed."""

_log = logging.getLogger(__name__)


class Bridge:
    """A subscriber to everything; hands messages over one by one, in order.

    Args:
        broker: What it subscribes at.
        handler: Takes messages.
        on_loss: Takes what the broker says of clients that are gone, the bridge itself among them.
    """

    def __init__(
        self, broker: MosquittoBroker, handler: Handler, on_loss: LossHandler | None = None
    ) -> None:
        self._broker = broker
        self._handler = handler
        self._on_loss = on_loss
        self._waiting: queue.Queue[tuple[str, Callable[[], None]] | None] = queue.Queue()
        self._ready = threading.Event()
        self._synced: dict[str, threading.Event] = {}
        self._closing = False
        self._error: Exception | None = None
        self._client = self._make_client()
        self._token_client: mqtt.Client | None = None
        self._reader = threading.Thread(target=self._read, name="bridge-reader", daemon=True)
        self._worker = threading.Thread(target=self._work, name="bridge-worker", daemon=True)

    def start(self) -> None:
        """Connects to the running broker and waits until everything published arrives here."""
        self._reader.start()
        self._worker.start()
        self.wait_until_subscribed()
        # From now on the session is on disk: after a SIGKILL Mosquitto still queues for it.
        self._broker.save()

    def wait_until_subscribed(self) -> None:
        """Waits until the bridge is subscribed.

        Raises:
            LocalCloudError: That took too long.
        """
        if not self._ready.wait(_READY_S):
            raise LocalCloudError(f"the bridge could not subscribe within {_READY_S:g} s")

    def expect_restart(self) -> None:
        """Says that the broker is being ended: what follows counts as not subscribed."""
        self._ready.clear()

    def sync(self, timeout_s: float) -> bool:
        """Waits until all that was acknowledged before this call has been handled.

        Returns:
            False where that took longer than ``timeout_s``, or the broker was ended meanwhile.

        Raises:
            LocalCloudError: A message could not be handled at all, which is this package's fault.
        """
        deadline = time.monotonic() + timeout_s
        if self._broker.running:
            token = f"{time.monotonic_ns()}"
            arrived = self._synced.setdefault(token, threading.Event())
            patience_s = min(timeout_s, _TOKEN_S)
            if not (self._publish(token, patience_s) and arrived.wait(patience_s)):
                return False  # the broker may have been killed under it
            del self._synced[token]
        while self._waiting.unfinished_tasks:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.005)
        if self._error is not None:
            raise LocalCloudError(f"a message was not handled: {self._error}") from self._error
        return True

    def stop(self) -> None:
        """Handles what has arrived, then disconnects."""
        self._closing = True
        self._drop_token_client()
        self._client.disconnect()
        self._reader.join(_READY_S)
        self._waiting.put(None)
        self._worker.join()

    def _make_client(self, client_id: str = _CLIENT_ID) -> mqtt.Client:
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id, protocol=mqtt.MQTTv5)
        files = self._broker.rules_certificate()
        client.tls_set(str(files.ca_file), str(files.certificate_file), str(files.key_file))
        client.on_connect = self._on_connect
        client.on_subscribe = lambda *_: self._ready.set()
        client.on_message = self._on_message
        return client

    def _publish(self, token: str, timeout_s: float) -> bool:
        """Publishes by a client of its own, which lives until the broker is gone."""
        try:
            if self._token_client is None:
                self._token_client = self._connect_token_client()
            sent = self._token_client.publish(_SYNC_TOPIC, token, 1)
            sent.wait_for_publish(timeout_s)
            delivered = sent.is_published()
        except (OSError, RuntimeError, ValueError):  # the broker is gone: refused, or paho's own
            delivered = False
        if not delivered:
            self._drop_token_client()
        return delivered

    def _connect_token_client(self) -> mqtt.Client:
        client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        files = self._broker.rules_certificate()
        client.tls_set(str(files.ca_file), str(files.certificate_file), str(files.key_file))
        client.connect(self._broker.host, self._broker.port)
        client.loop_start()
        return client

    def _drop_token_client(self) -> None:
        if self._token_client is not None:
            self._token_client.disconnect()
            self._token_client.loop_stop()
            self._token_client = None

    def _read(self) -> None:
        """Reads until closed; after each end of the connection it connects anew at once."""
        session = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho has no hint here
        session.SessionExpiryInterval = _SESSION_S
        while not self._closing:
            try:
                self._client.connect(
                    self._broker.host,
                    self._broker.port,
                    keepalive=0,  # a ping would be a write
                    clean_start=False,
                    properties=session,
                )
            except OSError:
                time.sleep(_RECONNECT_S)
                continue
            while self._client.loop(timeout=1.0) == mqtt.MQTT_ERR_SUCCESS:
                pass

    def _on_connect(self, client: mqtt.Client, *_details: object) -> None:
        client.subscribe([("#", 0), (f"{BASIC_INGEST}#", 0), (LOG_FILTER, 0)])

    def _on_message(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        if message.topic == _SYNC_TOPIC:
            self._synced.setdefault(bytes(message.payload).decode(), threading.Event()).set()
            return
        topic, payload = message.topic, bytes(message.payload)
        if not is_log(topic):
            self._waiting.put((f"a message on {topic}", partial(self._handler, topic, payload)))
        elif self._on_loss is not None and (gone := read_log(payload)) is not None:
            self._waiting.put((f"the loss of {gone.client_id}", partial(self._on_loss, gone)))

    def _work(self) -> None:
        while (entry := self._waiting.get()) is not None:
            what, handle = entry
            try:
                handle()
            except Exception as error:  # noqa: BLE001 - sync() raises it where someone waits
                _log.exception("%s was not handled", what)
                self._error = error
            finally:
                self._waiting.task_done()
        self._waiting.task_done()
