"""What the broker itself says of a connection, and where it is kept.

Source: https://docs.aws.amazon.com/iot/latest/developerguide/life-cycle-events.html
"""

from typing import Final

DISCONNECTED_FILTER: Final = "$aws/events/presence/disconnected/+"
"""Where AWS IoT tells that a client is gone; only AWS can publish there."""
DISCONNECTED: Final = "DISCONNECTED"
"""Stands for the museum in the table of devices, since the broker knows none; no slug can be this.

The item below it, by the device's id, is the latest disconnection: ``disconnected_at`` (ms since
1970 UTC) and ``reason``, as AWS IoT gives them.
"""
