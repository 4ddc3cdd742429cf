"""The Pi's package: from the camera to anonymous visit records."""

from typing import Final

VERSION: Final = "0.1.0"
