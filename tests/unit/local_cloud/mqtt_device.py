"""A paho client that keeps what it saw in queues."""

import queue

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from local_cloud.broker import MosquittoBroker
from local_cloud.certificates import DeviceCertificate

WAIT_S = 20


class MqttDevice:
    """Connects over mutual TLS on construction."""

    def __init__(self, broker: MosquittoBroker, files: DeviceCertificate, client_id: str) -> None:
        self.messages: queue.Queue[mqtt.MQTTMessage] = queue.Queue()
        self._acknowledged: queue.Queue[int] = queue.Queue()
        self._ready: queue.Queue[None] = queue.Queue()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id, protocol=mqtt.MQTTv5)
        self._client.tls_set(str(files.ca_file), str(files.certificate_file), str(files.key_file))
        self._client.on_connect = lambda *_: self._ready.put(None)
        self._client.on_subscribe = lambda *_: self._ready.put(None)
        self._client.on_message = lambda _c, _u, message: self.messages.put(message)
        self._client.on_publish = lambda _c, _u, _m, code, _p: self._acknowledged.put(code.value)
        self._client.connect(broker.host, broker.port, keepalive=30)
        self._client.loop_start()
        self._ready.get(timeout=WAIT_S)

    def subscribe(self, topic: str) -> None:
        """Subscribes and waits for the SUBACK."""
        self._client.subscribe(topic, 1)
        self._ready.get(timeout=WAIT_S)

    def publish(self, topic: str, payload: bytes = b"x") -> int:
        """Publishes and gives the reason code of the PUBACK."""
        self._client.publish(topic, payload, 1)
        return self._acknowledged.get(timeout=WAIT_S)

    def break_off(self) -> None:
        """Is gone without a word, as in a power cut."""
        self._client.loop_stop()
        connection = self._client.socket()
        assert connection is not None
        connection.close()

    def close(self) -> None:
        """Disconnects in order."""
        self._client.disconnect()
        self._client.loop_stop()
