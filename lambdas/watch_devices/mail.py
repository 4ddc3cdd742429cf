"""The words in which operators are told of silent cameras."""

from collections.abc import Sequence

from contracts.museums import Museum
from lambdas.shared.models.devices import DeviceReport
from lambdas.shared.museum_time import to_local

_MINUTE_MS = 60_000


def silence_subject(museum: Museum, silent: Sequence[DeviceReport]) -> str:
    """One line that names the device, or how many there are."""
    who = silent[0].device_id if len(silent) == 1 else f"{len(silent)} cameras"
    return f"{museum.name}: {who} fell silent"


def silence_body(museum: Museum, silent: Sequence[DeviceReport], now_ms: int) -> str:
    """The mail: which devices, since when, and what to do."""
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
    lines += [
        "",
        "Look whether it has power and network. On the device: sudo museum-edge doctor.",
        "Its visits wait on the device and follow when it is back; you will not be mailed about",
        "this silence again. A device that was taken down for good: scripts/retire-device",
        "(docs/deploy.md).",
    ]
    return "\n".join(lines) + "\n"
