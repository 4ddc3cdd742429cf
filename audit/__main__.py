"""``scripts/audit``: synthesises the app and writes what it is and may do into a folder."""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from audit.assembly import Assembly
from audit.checkov import check_with_checkov, find_checkov
from audit.costs import cost_table
from audit.errors import AuditError
from audit.exposure import exposure_table
from audit.findings import OPEN, finding_table
from audit.inventory import inventory
from audit.permissions import grants, permission_table, too_wide
from audit.resources import resource_table
from audit.table import Table
from audit.write import write_audit
from contracts.errors import ContractError
from contracts.museum_toml import MAIN_STAGE, DeploymentConfig, load_museums
from local_cloud.errors import LocalCloudError
from local_cloud.synthesis import REPOSITORY, synthesise


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; 0 where nothing is open, 1 where a finding or a wide statement is."""
    options = _parser().parse_args(arguments)
    caller = Path(os.environ.get("SMART_MUSEUM_CALLER", os.curdir)).resolve()
    museums = caller / options.museums if options.museums else REPOSITORY / "museum.toml"
    against = caller / options.against if options.against else None
    try:
        config = load_museums(museums).at(options.stage)
        with tempfile.TemporaryDirectory() as folder:
            assembly = Path(folder) / "cdk.out"
            synthesise(assembly, museums=str(museums), stage=options.stage)
            tables = audit_tables(Assembly(assembly), config, museums)
            problems = _problems(Assembly(assembly), tables)
            told = write_audit(
                caller / options.out,
                Assembly(assembly),
                tables,
                _about(config, options.stage),
                against,
            )
    except (AuditError, ContractError, LocalCloudError) as error:
        print(f"audit: {error}", file=sys.stderr)
        return 2
    _report(options.out, told, problems)
    return 1 if problems else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/audit", description=__doc__)
    parser.add_argument(
        "--out", type=Path, default=Path("build/audit"), metavar="DIR", help="default build/audit"
    )
    parser.add_argument(
        "--against", type=Path, metavar="DIR", help="an earlier audit, to tell what changed since"
    )
    parser.add_argument("--stage", default=MAIN_STAGE, help=f"default {MAIN_STAGE}")
    parser.add_argument("--museums", type=Path, metavar="FILE", help="default museum.toml")
    return parser


def audit_tables(assembly: Assembly, config: DeploymentConfig, museums: Path) -> list[Table]:
    """Every table of the audit, in the order in which a reader wants them."""
    found = grants(assembly)
    tables = [
        resource_table(assembly),
        permission_table(found),
        inventory(assembly, config, found, REPOSITORY / "lambdas"),
        exposure_table(assembly, found),
        finding_table(assembly),
    ]
    bill = cost_table(REPOSITORY, assembly.folder, museums, config.deployment.region)
    return [*tables, bill] if bill else tables


def _about(config: DeploymentConfig, stage: str) -> dict[str, str]:
    deployment = config.deployment
    return {
        "deployment": deployment.name,
        "stage": stage,
        "region": deployment.region or "that of the credentials",
        "production": "yes" if deployment.production else "no",
        "museums": ", ".join(museum.id for museum in config.museums),
    }


def _problems(assembly: Assembly, tables: Sequence[Table]) -> list[str]:
    problems = [
        f"{one.principal} {one.action} {one.resource}: {too_wide(one)}"
        for one in grants(assembly)
        if too_wide(one)
    ]
    for table in tables:
        if table.name == "findings":
            problems += [" ".join(row[1:4]) for row in table.rows if row[0] == OPEN]
    checkov = find_checkov()
    if checkov is None:
        print("checkov is not installed, so it was not run; scripts/checkov brings it")
    else:
        problems += check_with_checkov(checkov, assembly.folder)
    return problems


def _report(out: Path, told: Sequence[str], problems: Sequence[str]) -> None:
    for line in told:
        print(line)
    print(f"wrote {out}/index.html")
    for problem in problems:
        print(f"OPEN: {problem}")


if __name__ == "__main__":
    sys.exit(main())
