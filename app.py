"""The cloud side's composition root: ``museum.toml`` into four stacks, and one a museum.

``cdk synth`` runs it; so does ``python app.py`` alone, offline and without credentials. The CDK
context ``museums`` (``cdk synth -c museums=other.toml``) names another configuration file,
``stage`` (``cdk deploy --all -c stage=dev``) one of its stages.
"""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from aws_cdk import (
    App,
    DefaultStackSynthesizer,
    Environment,
    Validations,
)
from cdk_nag import AwsSolutionsChecks, NIST80053R5Checks

from contracts.errors import ContractError
from contracts.museum_toml import MAIN_STAGE, DeploymentConfig, load_museums
from costs.assumptions import read_assumptions, region_of
from costs.errors import CostError
from costs.metered import METERED, figures
from costs.note import NOTE, note_of
from costs.prices import read_prices
from stacks.alerting_stack import AlertingStack
from stacks.analytics_stack import AnalyticsStack
from stacks.constructs.boundary import bound_roles
from stacks.constructs.cost_widgets import CostFigures, Estimated, UnitPrice
from stacks.constructs.function_asset import FunctionSources
from stacks.constructs.logs_key import encrypt_logs
from stacks.constructs.python_function import InCommon
from stacks.errors import StacksError
from stacks.ingestion_stack import IngestionStack
from stacks.museum_stack import MuseumStack
from stacks.storage_stack import StorageStack

ROOT: Final = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudSide:
    """The app, and what is needed to tell what it costs."""

    app: App
    config: DeploymentConfig
    costs: CostFigures
    metered: frozenset[str]

    def synth(self) -> None:
        """Writes the cloud assembly, with the estimate in ``estimate.txt`` and on the dashboards.

        What the templates hold can be counted when they are written; so they are written, counted,
        and written once more with the words that tell the result.
        """
        folder = Path(self.app.synth().directory)
        try:
            told = figures(folder, self.config, functions=self.metered)
        except CostError as error:
            self.costs.problem = str(error)
            note = f"No cost estimate: {error}\n"
        else:
            self.costs.estimated = Estimated(
                museums=told.bill.per_museum, unmetered=told.unmetered_usd
            )
            note = note_of(told)
        self.app.synth(force=True)
        (folder / NOTE).write_text(note, encoding="utf-8")


def cost_figures(config: DeploymentConfig) -> CostFigures:
    """What the dashboards need of ``costs/prices.toml``; no prices where one is not known."""
    prices = read_prices(region_of(config, read_assumptions()))
    try:
        return CostFigures(
            region=prices.region,
            dated=prices.dated(METERED),
            prices={key: UnitPrice(usd=prices[key].usd, per=prices[key].per) for key in METERED},
        )
    except CostError:
        return CostFigures(region=prices.region, prices={})


def build(*, outdir: Path, context: Mapping[str, Any] | None = None) -> CloudSide:
    """Puts the app together, not yet synthesised.

    Raises:
        ConfigError: ``museum.toml`` cannot be used.
        StacksError: A function's package cannot be put together.
    """
    flags: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    app = App(
        context={**flags, **(context or {})},  # the CDK's own command would read cdk.json, too
        outdir=str(outdir),
        analytics_reporting=False,
        default_stack_synthesizer=DefaultStackSynthesizer(generate_bootstrap_version_rule=False),
    )
    config_file = ROOT / str(app.node.try_get_context("museums") or "museum.toml")
    stage = str(app.node.try_get_context("stage") or MAIN_STAGE)
    config = load_museums(config_file).at(stage)
    deployment = config.deployment
    name = deployment.name
    env = Environment(account=deployment.account or None, region=deployment.region or None)
    common: dict[str, Any] = {"config": config, "env": env}
    in_common = InCommon(
        sources=FunctionSources(root=ROOT, museums=config.for_functions()),
        log_retention_days=config.privacy.log_retention_days,
    )
    functions = {**common, "common": in_common}
    storage = StorageStack(app, f"{name}-storage", **common)
    ingestion = IngestionStack(app, f"{name}-ingestion", storage=storage, **functions)
    costs = cost_figures(config)
    analytics = AnalyticsStack(
        app,
        f"{name}-analytics",
        storage=storage,
        ingestion=ingestion,
        common=in_common,
        env=env,
    )
    alerting = AlertingStack(
        app,
        f"{name}-alerting",
        storage=storage,
        ingestion=ingestion,
        analytics=analytics,
        **functions,
    )
    for museum in config.museums:
        MuseumStack(
            app,
            deployment.stack_of(museum.id),
            deployment=name,
            museum=museum,
            ingestion=ingestion,
            analytics=analytics,
            alerting=alerting,
            costs=costs,
            env=env,
        )
    for stack in (storage, ingestion, analytics, alerting):
        encrypt_logs(stack, storage.logs_key)
        if deployment.permissions_boundary:
            bound_roles(stack, deployment.permissions_boundary)
    check_with_cdk_nag(app)
    metered = frozenset(one.name for one in analytics.metered.functions)
    return CloudSide(app=app, config=config, costs=costs, metered=metered)


def check_with_cdk_nag(app: App) -> None:
    """Lets the synthesis fail on any finding of either rule pack that nobody accepted."""
    Validations.of(app).add_plugins(AwsSolutionsChecks(app), NIST80053R5Checks(app))


if __name__ == "__main__":
    try:
        build(outdir=Path(os.environ.get("CDK_OUTDIR") or ROOT / "cdk.out")).synth()
    except (ContractError, StacksError) as error:
        sys.exit(f"app.py: {error}")
