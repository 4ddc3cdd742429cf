"""``python -m local_cloud --assembly cdk.out``: runs the synthesised app until Ctrl-C."""

import argparse
import logging
import signal
import sys
import threading
from pathlib import Path

from local_cloud.cloud import LocalCloud
from local_cloud.errors import LocalCloudError


def main(arguments: list[str] | None = None) -> int:
    """Runs the command; gives its exit status."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO if options.verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(message)s",
    )
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        with LocalCloud(options.assembly, options.home) as cloud:
            _describe(cloud, options.device)
            stop.wait()
            print("stopping")
    except LocalCloudError as error:
        print(f"local cloud: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local_cloud", description=__doc__)
    parser.add_argument(
        "--assembly", type=Path, default=Path("cdk.out"), help="folder that the app synthesised to"
    )
    parser.add_argument(
        "--home",
        type=Path,
        default=Path("build/local-cloud"),
        help="folder for certificates, logs and mails (default: %(default)s)",
    )
    parser.add_argument(
        "--device",
        action="append",
        default=[],
        metavar="MUSEUM/DEVICE",
        help="register a device and print how to connect as it; may be given several times",
    )
    parser.add_argument("--verbose", action="store_true", help="log what happens")
    return parser


def _describe(cloud: LocalCloud, devices: list[str]) -> None:
    print(f"AWS services   {cloud.endpoint_url}  (set AWS_ENDPOINT_URL to it)")
    print(
        f"MQTT broker    {cloud.broker.host}:{cloud.broker.port}, authority {cloud.broker.ca_file}"
    )
    print(f"mails          {cloud.mailbox}")
    for stack, outputs in cloud.outputs.items():
        for name, value in outputs.items():
            if not name.startswith("ExportsOutput"):
                print(f"{stack}  {name} = {value}")
    for each in devices:
        museum_id, slash, device_id = each.partition("/")
        if not slash:
            raise LocalCloudError(f"--device takes MUSEUM/DEVICE, not {each!r}")
        files = cloud.register_device(museum_id, device_id)
        print(
            f"{device_id}: mosquitto_pub -V 5 -q 1 -i {device_id} -h {cloud.broker.host}", end=" "
        )
        print(f"-p {cloud.broker.port} --cafile {files.ca_file}", end=" ")
        print(f"--cert {files.certificate_file} --key {files.key_file} -t TOPIC -m MESSAGE")
    print("Ctrl-C ends it.", flush=True)


if __name__ == "__main__":
    sys.exit(main())
