"""The folder that goes to the Pi: what ``edge/install.sh`` takes, as it takes it."""

import os
import re
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from operations.errors import OperationError

AUTHORITY: Final = "AmazonRootCA1.pem"
"""Who signs AWS IoT's brokers: https://www.amazontrust.com/repository/, valid until 2038."""
CERTIFICATE: Final = "certificate.pem"
KEY: Final = "private.key"
COMMAND: Final = "install-command.txt"
_CSR: Final = re.compile(
    r"-----BEGIN (NEW )?CERTIFICATE REQUEST-----\s.+-----END (NEW )?CERTIFICATE REQUEST-----",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """What the bundle says.

    Attributes:
        museum_id: Slug.
        artwork_id: Slug of the artwork beside which the camera stands.
        device_id: Slug; the thing's name.
        endpoint: The broker's host name.
        visits_rule: The rule for Basic Ingest.
        certificate_pem: The device's certificate.
        key_pem: Its key; None where the key was made on the Pi and never left it.
    """

    museum_id: str
    artwork_id: str
    device_id: str
    endpoint: str
    visits_rule: str
    certificate_pem: str
    key_pem: str | None

    def command(self) -> str:
        """The installer's whole command, for a Pi to whose home folder the bundle was copied."""
        there = f"~/{self.device_id}"
        flags = {
            "--museum": self.museum_id,
            "--artwork": self.artwork_id,
            "--device": self.device_id,
            "--endpoint": self.endpoint,
            "--certificate": f"{there}/{CERTIFICATE}",
            "--key": f"{there}/{KEY}" if self.key_pem else "~/device.key",
            "--ca": f"{there}/{AUTHORITY}",
            "--visits-rule": self.visits_rule,
        }
        return " ".join(["sudo edge/install.sh", *_words(flags)])

    def write(self, folder: Path) -> None:
        """Writes the files; the key can be read by nobody else, at no moment.

        Raises:
            OperationError: The folder cannot be written.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            (folder / CERTIFICATE).write_text(self.certificate_pem, encoding="utf-8")
            if self.key_pem is not None:
                _write_secret(folder / KEY, self.key_pem)
            shutil.copyfile(Path(__file__).with_name(AUTHORITY), folder / AUTHORITY)
            (folder / COMMAND).write_text(self._instructions(folder), encoding="utf-8")
        except OSError as exc:
            raise OperationError(f"{folder} cannot be written: {exc.strerror}.") from exc

    def discard(self, folder: Path) -> None:
        """Removes what ``write`` wrote: the certificate never came to use."""
        for name in (CERTIFICATE, KEY, AUTHORITY, COMMAND):
            (folder / name).unlink(missing_ok=True)

    def _instructions(self, folder: Path) -> str:
        key = (
            f"# Afterwards, there: shred -u ~/{self.device_id}/{KEY}\n"
            if self.key_pem
            else "# ~/device.key is the key that you made with the request; it stays on the Pi.\n"
        )
        return (
            f"# From here to the Pi: scp -r {shlex.quote(folder.name)} "
            f"museum@PI:{self.device_id}\n"
            "# On the Pi, in the project's folder (docs/install.md); add --camera picamera2 for a "
            "ribbon cable:\n"
            f"{self.command()}\n{key}"
        )


def _words(flags: Mapping[str, str]) -> list[str]:
    """Flags as a shell reads them; ids, host names and rule names need no quotes, ``~`` no less."""
    return [f"{flag} {value}" for flag, value in flags.items()]


def _write_secret(file: Path, text: str) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(text)


def check_free(folder: Path) -> None:
    """Sees to it that no earlier bundle is written over.

    Raises:
        OperationError: Something is there.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OperationError(f"{folder} is there and not empty. Name another folder with --out.")


def read_request(file: Path) -> str:
    """A certificate signing request.

    Raises:
        OperationError: The file holds none.
    """
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise OperationError(f"--csr {file} cannot be read: {exc}") from exc
    if not _CSR.search(text):
        raise OperationError(
            f"--csr {file} is no certificate request in PEM. Make one on the Pi; docs/deploy.md "
            "says how."
        )
    return text
