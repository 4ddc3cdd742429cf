"""Checks certificates before they are used: AWS's client only says "invalid argument"."""

import ssl
from pathlib import Path

from edge.errors import CredentialsError


def check_credentials(ca_file: Path, certificate_file: Path, key_file: Path) -> None:
    """Returns if the three PEM files can be read and the key is the certificate's.

    Raises:
        CredentialsError: One can't, or isn't; it names the file.
    """
    for file in (ca_file, certificate_file, key_file):
        try:
            with file.open("rb") as handle:
                handle.read(1)
        except OSError as exc:
            raise CredentialsError(str(file), f"cannot be read: {exc.strerror}") from exc
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(ca_file)
    except ssl.SSLError as exc:
        raise CredentialsError(str(ca_file), "holds no certificate in PEM format") from exc
    try:
        # An encrypted key would have OpenSSL ask at the terminal; an empty password has it fail.
        context.load_cert_chain(certificate_file, key_file, password="")
    except ssl.SSLError as exc:
        problem = f"is no certificate in PEM format, or {key_file} is not its unencrypted key"
        raise CredentialsError(str(certificate_file), f"{problem} ({exc.reason})") from exc
