"""How long a function's imports take beside an empty handler's, in a bare Python as Lambda's.

``python -m tests.benchmarks.function_imports --python BARE/bin/python --assembly cdk.out`` runs the
synthesised packages themselves. BARE is a virtual environment of Python 3.13 with boto3 alone, as
in Lambda: ``python3.13 -m venv BARE && BARE/bin/pip install boto3==...``.

Each round starts every function and the empty handler once, in a new order, so that what else the
machine does falls on all alike. Packages hold byte code where Python 3.13 was at hand at the
synthesis, and none is written here: what Lambda compiles at a cold start is compiled here. The
figure is the median of a function's rounds minus the median of the empty handler's.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

EMPTY: Final = "an empty handler"
Environment = dict[str, str]
FLOOR: Final = "botocore.session alone"
"""What every function that calls a service needs; what lies above it is ours."""
_MEASURE: Final = """
import sys, time
wall, cpu = time.perf_counter(), time.process_time()
sys.path.insert(0, sys.argv[1])
__import__(sys.argv[2])
print(time.perf_counter() - wall, time.process_time() - cpu)
"""


def functions_of(assembly: Path) -> dict[str, tuple[Path, str, Environment]]:
    """Each function's name with its package's folder, its handler's module and its environment.

    Of the environment what the template gives as such; names that a deployment makes are left out.
    """
    found: dict[str, tuple[Path, str, Environment]] = {}
    for file in assembly.glob("*.template.json"):
        for resource in json.loads(file.read_text("utf-8"))["Resources"].values():
            if resource["Type"] == "AWS::Lambda::Function":
                properties = resource["Properties"]
                module = properties["Handler"].rpartition(".")[0]
                key: str = properties["Code"]["S3Key"]
                folder = assembly / f"asset.{key.removesuffix('.zip')}"
                variables = properties["Environment"]["Variables"].items()
                given = {name: value for name, value in variables if isinstance(value, str)}
                found[module.split(".")[1]] = (folder, module, given)
    return found


def measure(
    python: Path, folder: Path, module: str, environment: Environment
) -> tuple[float, float]:
    """Wall and processor time of one import in a new process, ms."""
    run = subprocess.run(
        [str(python), "-I", "-B", "-c", _MEASURE, str(folder), module],
        env={"AWS_DEFAULT_REGION": "eu-west-1", "PATH": os.defpath} | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    wall, cpu = map(float, run.stdout.split())
    return wall * 1000, cpu * 1000


def benchmark(python: Path, assembly: Path, rounds: int) -> dict[str, dict[str, float]]:
    """Medians by function, ms, beyond the empty handler's; those of the latter by its name."""
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "empty.py").write_text("def handler(event, context): ...\n", "utf-8")
        cases = functions_of(assembly) | {
            EMPTY: (Path(name), "empty", {}),
            FLOOR: (Path(name), "botocore.session", {}),
        }
        seen: dict[str, list[tuple[float, float]]] = defaultdict(list)
        for _ in range(rounds):
            for case in random.sample(sorted(cases), len(cases)):
                seen[case].append(measure(python, *cases[case]))
    medians = {
        case: [statistics.median(values) for values in zip(*both, strict=True)]
        for case, both in seen.items()
    }
    base = medians[EMPTY]
    return {
        case: {
            "wall_ms": wall - (0 if case == EMPTY else base[0]),
            "cpu_ms": cpu - (0 if case == EMPTY else base[1]),
        }
        for case, (wall, cpu) in sorted(medians.items())
    }


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", type=Path, required=True, help="a bare Python 3.13 with boto3")
    parser.add_argument("--assembly", type=Path, default=Path("cdk.out"))
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args(arguments)
    load = os.getloadavg()[0]
    result = benchmark(args.python, args.assembly.resolve(), args.rounds)
    table = Table(title="Imports, ms beyond an empty handler", title_justify="left")
    for column in ("function", "wall", "processor"):
        table.add_column(column, justify="left" if column == "function" else "right")
    for name, one in result.items():
        table.add_row(name, f"{one['wall_ms']:.0f}", f"{one['cpu_ms']:.0f}")
    console = Console(highlight=False)
    console.print(table)
    console.print(f"Median of {args.rounds} rounds; load at the start {load:.1f}")
    if args.json:
        told: dict[str, Any] = {"load": load, "rounds": args.rounds, "functions": result}
        args.json.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
