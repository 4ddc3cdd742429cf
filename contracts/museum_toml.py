"""``museum.toml``: what the engineer says once; the app and the tools read it."""

import json
import re
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Final

from contracts.errors import ContractError
from contracts.museums import MuseumConfig, check_emails, check_unique
from contracts.strict_toml import load
from contracts.topics import check_slug

MAIN_STAGE: Final = "prod"
"""The stage that ``[deployment]`` describes; its stacks carry no stage in their names."""
AT: Final = "-at-"
"""Between a deployment's name and a museum's id in the name of the museum's own stack."""
_ACCOUNT: Final = re.compile(r"^\d{12}$")
_REGION: Final = re.compile(r"^[a-z]{2}(-[a-z]+)+-\d$")
_POLICY_NAME: Final = re.compile(r"^[\w+=,.@/-]{1,512}$", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """What concerns the whole deployment.

    Attributes:
        name: Prefix of the stacks' names; slug that begins with a letter and holds no ``-at-``.
        account: AWS account, twelve digits, or empty for the one of the caller's credentials.
        region: AWS Region, or empty for the one of the caller's credentials.
        production: Keep data on deletion and protect tables against deletion.
        operator_emails: Where technical alarms go.
        permissions_boundary: Name of a managed policy that bounds every role, or empty for none.
        iot_logging: Whether this deployment sets up AWS IoT's log, of which an account has one a
            Region.
    """

    name: str
    account: str = ""
    region: str = ""
    production: bool = True
    operator_emails: tuple[str, ...] = ()
    permissions_boundary: str = ""
    iot_logging: bool = True

    def __post_init__(self) -> None:
        check_slug("name", self.name)
        if not self.name[0].isalpha():
            raise ContractError("name", "must begin with a letter (as CloudFormation's stacks do)")
        if AT in self.name:
            raise ContractError("name", f"must not hold {AT}, by which museums' stacks are known")
        _check_place(self.account, self.region, self.permissions_boundary)
        check_emails("operator_emails", self.operator_emails)

    def stack_of(self, museum_id: str) -> str:
        """Name of the stack of a museum; with an empty id, what all their names begin with."""
        return f"{self.name}{AT}{museum_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A deployment of the same museums beside the main one, to try things out.

    What it does not say is as in ``[deployment]``.

    Attributes:
        name: Slug; the stacks are called ``<deployment.name>-<name>-...``.
        account: As in ``Deployment``.
        region: As in ``Deployment``.
        production: As in ``Deployment``, but false unless it is said.
        operator_emails: As in ``Deployment``.
        permissions_boundary: As in ``Deployment``.
        iot_logging: As in ``Deployment``, but false unless it is said.
    """

    name: str
    account: str | None = None
    region: str | None = None
    production: bool = False
    operator_emails: tuple[str, ...] | None = None
    permissions_boundary: str | None = None
    iot_logging: bool = False

    def __post_init__(self) -> None:
        check_slug("name", self.name)
        if self.name == MAIN_STAGE:
            raise ContractError("name", f"{MAIN_STAGE!r} is what [deployment] itself describes")
        if f"-{self.name}".startswith(AT):
            raise ContractError("name", "must not begin with at-, as museums' stacks do")
        _check_place(self.account or "", self.region or "", self.permissions_boundary or "")
        check_emails("operator_emails", self.operator_emails or ())

    def of(self, main: Deployment) -> Deployment:
        """The deployment that this stage is."""
        own = {
            f.name: getattr(self, f.name)
            for f in fields(self)
            if f.name != "name" and getattr(self, f.name) is not None
        }
        return replace(main, name=f"{main.name}-{self.name}", **own)


def _check_place(account: str, region: str, permissions_boundary: str) -> None:
    if account and not _ACCOUNT.fullmatch(account):
        raise ContractError("account", f"must be twelve digits in quotes, not {account!r:.80}")
    if region and not _REGION.fullmatch(region):
        raise ContractError("region", f"must be an AWS Region like eu-south-1, not {region!r:.80}")
    if permissions_boundary and not _POLICY_NAME.fullmatch(permissions_boundary):
        raise ContractError("permissions_boundary", "must be the name of a managed policy, no ARN")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentConfig(MuseumConfig):
    """The whole of ``museum.toml``."""

    deployment: Deployment
    stages: tuple[Stage, ...] = ()

    def __post_init__(self) -> None:
        MuseumConfig.__post_init__(self)  # super() knows not the class that slots made anew
        check_unique("stages", [MAIN_STAGE, *(s.name for s in self.stages)])

    def at(self, stage: str) -> "DeploymentConfig":
        """The configuration with the deployment that ``stage`` is; ``prod`` is the main one.

        Raises:
            ContractError: There is no such stage.
        """
        if stage == MAIN_STAGE:
            return self
        found = next((s for s in self.stages if s.name == stage), None)
        if found is None:
            known = ", ".join([MAIN_STAGE, *(s.name for s in self.stages)])
            raise ContractError("stage", f"must be one of {known}, not {stage!r:.80}")
        return replace(self, deployment=found.of(self.deployment))

    def for_functions(self) -> bytes:
        """What travels with each function, as JSON that ``museums.read_museums`` reads.

        It leaves out what none of them needs: the deployment, and everybody's e-mail addresses.
        """
        museums = [
            _without_none(asdict(museum)) | {"curator_emails": []} for museum in self.museums
        ]
        content = {"museums": museums, "privacy": asdict(self.privacy)}
        return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def _without_none(table: dict[str, Any]) -> dict[str, Any]:
    """A key left out is how a file says that it says nothing."""
    return {
        key: _without_none(value) if isinstance(value, dict) else value
        for key, value in table.items()
        if value is not None
    }


def load_museums(path: Path) -> DeploymentConfig:
    """Reads ``museum.toml``.

    Raises:
        ConfigError: The file cannot be used; the message names file, key and mend.
    """
    return load(path, DeploymentConfig)
