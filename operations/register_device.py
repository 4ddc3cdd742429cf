"""``scripts/register-device``: one Pi into AWS IoT, and the folder that its installer takes."""

import argparse
import contextlib
import difflib
import sys
from collections.abc import Sequence
from pathlib import Path

from contracts.museum_toml import DeploymentConfig
from contracts.museums import Museum
from contracts.topics import check_slug
from operations.bundle import Bundle, check_free, read_request
from operations.command import ROOT, agreed, deployment_of, from_caller, make_parser, run
from operations.deployed import Deployed
from operations.errors import OperationError
from operations.registry import Certificate, Registry


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = make_parser(
        "register-device",
        "Registers one Pi: thing, certificate, policy, and the folder for edge/install.sh.",
    )
    parser.add_argument("--museum", required=True, metavar="M", help="as in museum.toml")
    parser.add_argument("--artwork", required=True, metavar="A", help="as in museum.toml")
    parser.add_argument("--device", required=True, metavar="D", help="the Pi's name")
    parser.add_argument("--out", metavar="DIR", help="default build/devices/D")
    parser.add_argument(
        "--csr", metavar="FILE", help="a request made on the Pi: its key never leaves it"
    )
    renewal = parser.add_mutually_exclusive_group()
    renewal.add_argument("--renew", action="store_true", help="a new certificate beside the old")
    renewal.add_argument(
        "--finish-renewal", action="store_true", help="withdraw the old: the Pi uses the new one"
    )
    parser.add_argument("--yes", action="store_true", help="do not ask")
    return parser.parse_args(arguments)


def check_place(config: DeploymentConfig, museum_id: str, artwork_id: str) -> Museum:
    """The museum, if museum.toml has it and the artwork.

    Raises:
        OperationError: It has not; the message names what is near.
    """
    museum = config.museum(museum_id)
    if museum is None:
        raise OperationError(
            f"museum.toml has no museum {museum_id}; "
            f"{_near(museum_id, [one.id for one in config.museums])}"
        )
    if museum.artwork(artwork_id) is None:
        raise OperationError(
            f"{museum_id} has no artwork {artwork_id} in museum.toml; "
            f"{_near(artwork_id, [one.id for one in museum.artworks])}"
        )
    return museum


def _near(wrong: str, known: list[str]) -> str:
    near = difflib.get_close_matches(wrong, known, n=1)
    return f"did you mean {near[0]}?" if near else f"there are: {', '.join(known)}."


def _main(arguments: Sequence[str]) -> int:
    given = _parse(arguments)
    device_id = check_slug("--device", given.device)
    request = read_request(from_caller(given.csr)) if given.csr else None
    folder = from_caller(given.out) if given.out else ROOT / "build" / "devices" / device_id
    deployed = deployment_of(given)
    check_place(deployed.config, given.museum, given.artwork)
    registry = Registry(deployed.client("iot"))
    owner = registry.museum_of(device_id)
    if owner not in {None, given.museum}:
        raise OperationError(f"{device_id} belongs to {owner} already. Take another name.")
    certificates = registry.certificates(device_id) if owner else []
    if given.finish_renewal:
        return _finish(registry, device_id, certificates, yes=given.yes)
    if certificates and not given.renew:
        print(
            f"{device_id} is registered for {owner} already; nothing was changed. --renew makes "
            "a new certificate."
        )
        return 0
    _check_renewal(device_id, certificates, renew=given.renew)
    check_free(folder)
    _issue(deployed, registry, given, request, folder)
    return 0


def _check_renewal(device_id: str, certificates: list[Certificate], *, renew: bool) -> None:
    if renew and not certificates:
        raise OperationError(f"{device_id} has no certificate yet; leave out --renew.")
    if len(certificates) > 1:
        raise OperationError(
            f"{device_id} has {len(certificates)} certificates: a renewal is under way. End it "
            "with --finish-renewal first."
        )


def _issue(
    deployed: Deployed,
    registry: Registry,
    given: argparse.Namespace,
    request: str | None,
    folder: Path,
) -> None:
    """Everything that can be refused is asked for first; the key is on disk before it counts."""
    policy = deployed.output("DevicePolicyName")
    visits_rule = deployed.output("VisitsRuleName")
    endpoint = registry.endpoint()
    registry.add(given.device, given.museum)
    certificate = registry.make_certificate(request)
    bundle = Bundle(
        museum_id=given.museum,
        artwork_id=given.artwork,
        device_id=given.device,
        endpoint=endpoint,
        visits_rule=visits_rule,
        certificate_pem=certificate.pem,
        key_pem=certificate.key_pem,
    )
    try:
        bundle.write(folder)
        registry.put_to_use(certificate, given.device, policy)
    except OperationError:
        bundle.discard(folder)
        with contextlib.suppress(OperationError):  # the first error is the one to tell of
            registry.withdraw(certificate, given.device)
        raise
    print(f"{given.device} is registered for {given.museum}. Its files are in {folder}; there,")
    print(f"install-command.txt says what to do on the Pi:\n\n{bundle.command()}\n")
    if given.renew:
        print(
            "The old certificate still works. When the Pi runs with the new one:\n"
            f"scripts/register-device --museum {given.museum} --artwork {given.artwork} "
            f"--device {given.device} --stage {given.stage} --finish-renewal"
        )


def _finish(
    registry: Registry, device_id: str, certificates: list[Certificate], *, yes: bool
) -> int:
    if len(certificates) < 2:  # noqa: PLR2004  # the old and the new
        print(f"{device_id} has {len(certificates)} certificate(s): there is nothing to finish.")
        return 0
    *old, new = certificates
    question = (
        f"The certificate of {new.made_at:%Y-%m-%d %H:%M} UTC stays, {len(old)} older will be "
        f"withdrawn. Does {device_id} run with the new one?"
    )
    if not agreed(question, yes=yes):
        print("Nothing was changed.")
        return 0
    for one in old:
        registry.withdraw(one, device_id)
    print(f"{device_id} has one certificate again.")
    return 0


if __name__ == "__main__":
    sys.exit(run(lambda: _main(sys.argv[1:])))
