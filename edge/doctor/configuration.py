"""Can ``edge.toml`` be used?"""

import stat
from pathlib import Path

from edge.config import EdgeConfig
from edge.doctor.report import Finding, passed, warned


def configuration(config: EdgeConfig, file: Path) -> Finding:
    """Judges a configuration that could be read; one that can't is told by its error.

    Raises:
        OSError: The file is gone.
    """
    device = config.device
    text = f"{file}: {device.device_id} beside {device.artwork_id}, {device.museum_id}"
    mode = file.stat().st_mode
    figures = {"file": str(file), "device_id": device.device_id}
    if mode & stat.S_IWOTH:
        mend = f"sudo chmod o-w {file}"
        return warned(f"{text}; everybody on this machine may change it", mend, **figures)
    if config.camera.url is not None and "@" in config.camera.url and mode & stat.S_IROTH:
        mend = f"sudo chmod o-r {file}"
        return warned(f"{text}; everybody may read the camera's password", mend, **figures)
    return passed(text, **figures)
