"""``[device]``: who this Pi is."""

from dataclasses import dataclass

from contracts.topics import check_slug


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceConfig:
    """Who this Pi is.

    Attributes:
        museum_id: Slug, as in ``museum.toml``.
        artwork_id: Slug, as in ``museum.toml``.
        device_id: Slug; equals the MQTT client id and the certificate's common name.
    """

    museum_id: str
    artwork_id: str
    device_id: str

    def __post_init__(self) -> None:
        for name in ("museum_id", "artwork_id", "device_id"):
            check_slug(name, getattr(self, name))
