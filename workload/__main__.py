"""Command line of the workload: ``python -m workload film`` and ``python -m workload generate``."""

import argparse
import sys
from pathlib import Path

from rich.progress import Progress

from workload.errors import WorkloadError
from workload.film import DEFAULT_SECONDS, DEFAULT_SEED, render_film, write_truth


def _film(args: argparse.Namespace) -> None:
    with Progress() as bars:
        bar = bars.add_task("Rendering the gallery film", total=None)
        truth = render_film(
            args.out,
            seconds=args.seconds,
            seed=args.seed,
            progress=lambda done, total: bars.update(bar, completed=done, total=total),
        )
    write_truth(args.truth, truth)
    print(f"{args.out}: {truth['visits']} visits in {truth['duration_s']} s; see {args.truth}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m workload", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    film = commands.add_parser("film", help="render the gallery film and its truth file")
    film.add_argument("--out", type=Path, required=True, metavar="FILE.mp4")
    film.add_argument("--truth", type=Path, required=True, metavar="FILE.json")
    film.add_argument("--seconds", type=float, default=DEFAULT_SECONDS)
    film.add_argument("--seed", type=int, default=DEFAULT_SEED)
    film.set_defaults(run=_film)
    return parser


def main() -> int:
    """Runs one command; 0 when it worked, 1 with a plain-English reason when not."""
    args = _parser().parse_args()
    try:
        args.run(args)
    except WorkloadError as exc:
        print(f"error: {exc}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
