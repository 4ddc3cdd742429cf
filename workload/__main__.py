"""Makes a gallery film, or a museum's days as its Pis would send them."""

import argparse
import dataclasses
import sys
from datetime import date
from pathlib import Path

from rich.progress import Progress

from contracts.errors import ContractError
from contracts.expressions import Expression
from contracts.museum_toml import load_museums
from workload.errors import WorkloadError
from workload.faults import Fault
from workload.files import summary, write_workload
from workload.film import DEFAULT_SECONDS, DEFAULT_SEED, render_film, write_truth
from workload.generator import generate
from workload.options import Options

_NUMBERS = {
    "days": "museum days, closed ones included",
    "visits_per_day": "mean over all days",
    "seed": "seed of everything that is drawn",
    "artwork_spread": "how much the artworks differ, 0 to 1",
    "upset_visits": "crowd with negative expressions at one artwork on the last open day",
    "flush_s": "seconds after which a Pi sends what it has",
    "offline_devices": "Pis that are cut off and deliver late",
    "offline_days": "for how long",
    "duplicates": "share of visits sent twice, 0 to 1",
    "malformed": "number of malformed visits and messages",
}


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


def _generate(args: argparse.Namespace) -> None:
    config = load_museums(args.museums)
    museum = config.museum(args.museum) if args.museum else config.museums[0]
    if museum is None:
        raise WorkloadError(f"{args.museums} has no museum {args.museum!r}")
    values = {name: getattr(args, name) for name in _NUMBERS}
    if args.emotions:
        values["emotion_mix"] = dict(args.emotions)
    options = Options(
        **values,
        end=args.end,
        artworks=tuple(args.artworks),
        malformed_kinds=tuple(args.malformed_kinds),
    )
    workload = generate(museum, options)
    write_workload(args.out, workload)
    for name, value in summary(workload).items():
        print(f"{name:14} {value}")
    print(f"wrote deliveries.jsonl, visits.csv and truth.json to {args.out}")


def _emotion_weight(text: str) -> tuple[Expression, float]:
    label, _, weight = text.partition("=")
    try:
        return Expression[label.upper()], float(weight)
    except (KeyError, ValueError) as exc:
        raise argparse.ArgumentTypeError(f"must be like happiness=0.3, not {text!r}") from exc


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m workload", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    film = commands.add_parser("film", help="render the gallery film and its truth file")
    film.add_argument("--out", type=Path, required=True, metavar="FILE.mp4")
    film.add_argument("--truth", type=Path, required=True, metavar="FILE.json")
    film.add_argument("--seconds", type=float, default=DEFAULT_SECONDS)
    film.add_argument("--seed", type=int, default=DEFAULT_SEED)
    film.set_defaults(run=_film)
    _add_generate(commands.add_parser("generate", help="make deliveries and the truth about them"))
    return parser


def _add_generate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--museums", type=Path, default=Path("museum.toml"), metavar="FILE")
    parser.add_argument("--museum", metavar="ID", help="the file's first one unless given")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    defaults = {f.name: f.default for f in dataclasses.fields(Options)}
    for name, text in _NUMBERS.items():
        default = defaults[name]
        parser.add_argument(
            f"--{name.replace('_', '-')}",
            type=type(default),
            default=default,
            help=f"{text} (default {default})",
        )
    parser.add_argument("--end", type=date.fromisoformat, metavar="DATE", help="day after the last")
    parser.add_argument("--artworks", nargs="*", default=[], metavar="ID", help="all unless given")
    parser.add_argument(
        "--emotions", nargs="*", type=_emotion_weight, metavar="LABEL=WEIGHT", default=[]
    )
    parser.add_argument(
        "--malformed-kinds", nargs="*", type=Fault, choices=list(Fault), default=list(Fault)
    )
    parser.set_defaults(run=_generate)


def main() -> int:
    """Runs one command; 0 when it worked, 1 with a plain-English reason when not."""
    args = _parser().parse_args()
    try:
        args.run(args)
    except (WorkloadError, ContractError, OSError) as exc:
        print(f"error: {exc}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
