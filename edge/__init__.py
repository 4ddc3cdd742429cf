"""The Pi's package: from the camera to anonymous visit records."""

import os
from typing import Final

VERSION: Final = "0.1.0"

# Before anything imports numpy: the pictures that are compared here are too small to share between
# threads, and OpenBLAS's idle threads spin. Measured on two cores, 12 frames/s of 1280x720: 1.0
# core with them, 0.2 without.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
