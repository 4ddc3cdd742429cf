"""The words in which operators are told of silent cameras."""

from collections.abc import Sequence
from typing import Final

from contracts.museums import Museum
from lambdas.shared.models.devices import DeviceReport, Disconnect
from lambdas.shared.museum_time import to_local

_MINUTE_MS: Final = 60_000
_SAME_MOMENT_MS: Final = 5_000
"""The last will and the broker's word come of one event; an older word is of another silence."""
_WHY: Final = {
    "CLIENT_INITIATED_DISCONNECT": "It said goodbye: somebody stopped or restarted it.",
    "CONNECTION_LOST": "Its connection broke off: power, network, or its program ended.",
    "MQTT_KEEP_ALIVE_TIMEOUT": "Its connection went dead: power or network.",
    "DUPLICATE_CLIENTID": "It connected once more and went quiet, or another Pi has its name.",
    "AUTH_ERROR": "The broker refused it: is its certificate active, and its thing's policy there?",
    "FORBIDDEN_ACCESS": "The broker refused it: is its certificate active?",
    "THROTTLED": "The broker cut it off for too many messages.",
    "SERVER_INITIATED_DISCONNECT": "The broker closed its connection, and it did not come back.",
    "SERVER_ERROR": "The broker failed, and it did not come back.",
    "API_INITIATED_DISCONNECT": "Somebody closed its connection by AWS's own interface.",
}
"""https://docs.aws.amazon.com/iot/latest/developerguide/life-cycle-events.html"""


def silence_subject(museum: Museum, silent: Sequence[DeviceReport]) -> str:
    """One line that names the device, or how many there are."""
    who = silent[0].device_id if len(silent) == 1 else f"{len(silent)} cameras"
    return f"{museum.name}: {who} fell silent"


def silence_body(
    museum: Museum, silent: Sequence[DeviceReport], lost: Sequence[Disconnect], now_ms: int
) -> str:
    """The mail: which devices, since when, why if the broker knows, and what to do."""
    disconnects = {one.device_id: one for one in lost}
    lines = ["No heartbeat has come for more than two minutes from:", ""]
    for one in silent:
        artwork = museum.artwork(one.artwork_id)
        where = artwork.title if artwork else one.artwork_id
        heard = to_local(one.received_at, museum.zone)
        age = (now_ms - one.received_at) // _MINUTE_MS
        lines.append(
            f"  {one.device_id} at {where}: last heard at {heard:%H:%M} on "
            f"{heard:%A}, {heard.day} {heard:%B %Y}, {age} minutes ago"
        )
        disconnect = disconnects.get(one.device_id)
        if disconnect and disconnect.disconnected_at >= one.received_at - _SAME_MOMENT_MS:
            lines.append(f"    {_told(disconnect)}")
    lines += [
        "",
        "Look whether it has power and network. On the device: sudo museum-edge doctor.",
        "Its visits wait on the device and follow when it is back; you will not be mailed about",
        "this silence again. A device that was taken down for good: scripts/retire-device",
        "(docs/deploy.md).",
    ]
    return "\n".join(lines) + "\n"


def _told(disconnect: Disconnect) -> str:
    """What happened, in words where AWS's own are known; they are no text of anybody else's."""
    reason = disconnect.reason
    return _WHY.get(reason, f"The broker closed its connection ({reason or 'no reason given'}).")
