"""What the demo is asked to do."""

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the demo is asked to do.

    Attributes:
        out: Folder of the results; emptied first if an earlier demo wrote it.
        video: Film that plays as the camera, or None.
        camera: Number of a V4L2 camera, or None. With neither, the demo renders its own film.
        keep_running: Leave the local cloud up at the end until Ctrl-C.
        watch_s: How long a real camera is watched, seconds.
        days: Museum days of the generated workload.
        visits_per_day: Mean visits a day of the generated workload.
        seed: Seed of the workload and of the film.
        museums: The ``museum.toml`` in use.
    """

    out: Path = REPOSITORY / "build" / "demo"
    video: Path | None = None
    camera: int | None = None
    keep_running: bool = False
    watch_s: float = 60.0
    days: int = 14
    visits_per_day: float = 215.0
    seed: int = 7
    museums: Path = REPOSITORY / "museum.toml"

    @property
    def renders_film(self) -> bool:
        """Whether the camera is the demo's own film, of which the truth is known."""
        return self.video is None and self.camera is None


def parse_options(arguments: Sequence[str]) -> Options:
    """Reads the command line; relative paths count from where the user called the script."""
    caller = Path(os.environ.get("SMART_MUSEUM_CALLER", os.curdir)).resolve()
    parser = argparse.ArgumentParser(
        prog="scripts/demo",
        description="Runs the whole path, camera to curator, on this machine, without AWS.",
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="results (default build/demo)")
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--video", type=Path, metavar="FILE", help="a film that plays the camera")
    source.add_argument("--camera", type=int, metavar="N", help="a V4L2 camera, /dev/videoN")
    parser.add_argument(
        "--seconds", type=float, default=60.0, help="how long to watch --camera (default 60)"
    )
    parser.add_argument(
        "--keep-running", action="store_true", help="leave the local cloud up until Ctrl-C"
    )
    given = parser.parse_args(arguments)
    if given.video is not None and not (caller / given.video).is_file():
        parser.error(f"--video {given.video}: there is no such file")
    return Options(
        out=caller / given.out if given.out else REPOSITORY / "build" / "demo",
        video=caller / given.video if given.video else None,
        camera=given.camera,
        keep_running=given.keep_running,
        watch_s=given.seconds,
    )
