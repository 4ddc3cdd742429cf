"""The registered devices: their certificates, their rights, and who sent what."""

import threading
from collections.abc import Mapping

from local_cloud.broker import MosquittoBroker
from local_cloud.certificates import DeviceCertificate
from local_cloud.device_policy import Device, access_lines, may_publish
from local_cloud.errors import LocalCloudError
from local_cloud.json_value import Json


class DeviceRegistry:
    """Keeps the broker's access control list in step with the registered devices."""

    def __init__(self, policies: Mapping[str, Json], broker: MosquittoBroker) -> None:
        self._policies = policies
        self._broker = broker
        self._lock = threading.Lock()
        self._devices: dict[str, Device] = {}
        self._senders: dict[str, str] = {}

    def register(self, device: Device) -> DeviceCertificate:
        """Gives a device its certificate and the rights of the template's policies.

        Raises:
            LocalCloudError: The name is taken by a device with other attributes.
            UnsupportedError: A policy has a statement that is not known.
        """
        certificate = self._broker.issue_certificate(device.name)
        with self._lock:
            known = self._devices.get(device.name)
            if known == device:
                return certificate
            if known is not None:
                raise LocalCloudError(f"{device.name} is registered already, with other attributes")
            lines = [
                line
                for each in (*self._devices.values(), device)
                for line in access_lines(self._policies, each)
            ]
            self._devices[device.name] = device
            self._senders.clear()
        self._broker.set_access(lines)
        return certificate

    def knows(self, client_id: str) -> bool:
        """Whether a device of that name is registered."""
        with self._lock:
            return client_id in self._devices

    def sender(self, topic: str) -> str:
        """Client id of the one device that may publish on a topic.

        Raises:
            LocalCloudError: No device may, or several: then ``clientid()`` cannot be told here.
        """
        with self._lock:
            if topic not in self._senders:
                may = [d for d in self._devices.values() if may_publish(self._policies, d, topic)]
                if len(may) != 1:
                    names = ", ".join(device.name for device in may) or "no device"
                    raise LocalCloudError(
                        f"{names} may publish on {topic}: the sender's client id cannot be told; "
                        "the IoT policy must name the thing in each topic"
                    )
                self._senders[topic] = may[0].name
            return self._senders[topic]
