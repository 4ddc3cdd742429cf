"""Checks certificates before they are used: AWS's client only says "invalid argument"."""

import datetime as dt
import re
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edge.errors import CredentialsError

_PEM: Final = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_SEQUENCE: Final = 0x30
_UTC_TIME: Final = 0x17
_GENERALIZED_TIME: Final = 0x18
_VERSION: Final = 0xA0
_LONG_FORM: Final = 0x80


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateDates:
    """From when until when a certificate may be used, both in UTC and inclusive."""

    not_before: dt.datetime
    not_after: dt.datetime


def certificate_dates(file: Path) -> CertificateDates:
    """The dates of the first certificate of a PEM file: the device's own, or an authority's.

    The standard library decodes a certificate only once a connection stands, and only one that
    it trusts; so the two dates are read here from their fixed place in the encoding (RFC 5280,
    4.1: the fourth field, after the optional version, of the part that is signed).

    Raises:
        CredentialsError: The file cannot be read or holds no certificate; it names the file.
    """
    try:
        text = file.read_text("ascii", errors="replace")
    except OSError as exc:
        raise CredentialsError(str(file), f"cannot be read: {exc.strerror}") from exc
    found = _PEM.search(text)
    if found is None:
        raise CredentialsError(str(file), "holds no certificate in PEM format")
    try:
        return _dates(ssl.PEM_cert_to_DER_cert(found.group()))
    except (ValueError, IndexError) as exc:
        raise CredentialsError(str(file), "holds a certificate that cannot be read") from exc


def check_dates(file: Path, now: dt.datetime) -> None:
    """Returns if the certificate has not expired.

    One that is not valid yet passes: that is what a clock that has not been set makes of every
    certificate. A clock that lags cannot make a valid one look expired.

    Args:
        file: PEM.
        now: Present time, with its zone.

    Raises:
        CredentialsError: It has expired, or cannot be read; it names file and date.
    """
    expired = certificate_dates(file).not_after
    if expired < now:
        problem = f"expired on {expired:%Y-%m-%d at %H:%M} UTC; put a new certificate in its place"
        raise CredentialsError(str(file), problem)


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
        reason = f" ({exc.reason})" if exc.reason else ""
        raise CredentialsError(str(certificate_file), f"{problem}{reason}") from exc


def _dates(der: bytes) -> CertificateDates:
    """Of a certificate in DER.

    Raises:
        ValueError: It is none.
        IndexError: It is cut.
    """
    certificate, _ = _contents(der, _SEQUENCE)
    signed, _ = _contents(certificate, _SEQUENCE)
    if signed[0] == _VERSION:
        _, signed = _contents(signed, _VERSION)
    for _ in ("serial number", "signature", "issuer"):
        _, signed = _contents(signed, signed[0])
    validity, _ = _contents(signed, _SEQUENCE)
    not_before, rest = _moment(validity)
    not_after, _ = _moment(rest)
    return CertificateDates(not_before=not_before, not_after=not_after)


def _contents(der: bytes, tag: int) -> tuple[bytes, bytes]:
    """Contents of the first element, which must have ``tag``, and what follows it."""
    if der[0] != tag:
        raise ValueError(f"element {der[0]:#x} where {tag:#x} must be")
    length, begin = der[1], 2
    if length & _LONG_FORM:
        begin += length & ~_LONG_FORM
        length = int.from_bytes(der[2:begin], "big")
    if begin + length > len(der):
        raise IndexError
    return der[begin : begin + length], der[begin + length :]


def _moment(der: bytes) -> tuple[dt.datetime, bytes]:
    """The time at the head of ``der``, and what follows it; RFC 5280, 4.1.2.5."""
    if der[0] not in {_UTC_TIME, _GENERALIZED_TIME}:
        raise ValueError(f"element {der[0]:#x} where a time must be")
    digits, rest = _contents(der, der[0])
    text = digits.decode("ascii")
    if der[0] == _UTC_TIME:
        text = ("19" if text >= "50" else "20") + text  # two digits: 1950 to 2049
    return dt.datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=dt.UTC), rest
