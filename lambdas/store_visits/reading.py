"""From a queued message to visits and refusals, visit by visit."""

import base64
import binascii
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from contracts.errors import ContractError
from contracts.museums import MuseumConfig
from contracts.visit import Visit, parse_visit
from lambdas.shared.errors import SchemaError
from lambdas.shared.museum_time import DAY_MS
from lambdas.shared.retention import is_too_old
from lambdas.store_visits.compiled_schemas import check_message, check_visit
from lambdas.store_visits.refusal import Reason, Refusal

MAX_PAYLOAD_BYTES: Final = 128 * 1024
"""AWS IoT Core takes no larger message."""
FUTURE_LIMIT_MS: Final = DAY_MS
"""A visit that begins later than this after it was received comes from a broken clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Envelope:
    """What the rule put into the queue around a device's bytes."""

    payload: bytes
    museum_id: str
    client_id: str
    received_at: int


class _RefusedError(Exception):
    def __init__(self, reason: Reason, field: str, problem: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field
        self.problem = problem


def read_message(body: str, config: MuseumConfig) -> Iterator[Visit | Refusal]:
    """Everything that is in a queued message.

    Args:
        body: ``{"payload": <base64>, "museum_id": ..., "client_id": ..., "received_at": <ms>}``.
        config: The museums, their artworks and the retention of visits.

    Yields:
        Each visit that may be stored, and a refusal for each that may not; one refusal alone where
        the message as a whole cannot be read.
    """
    try:
        envelope = _open_envelope(body)
    except _RefusedError as refused:
        yield _refusal(refused, body.encode(errors="surrogatepass"), None)
        return
    try:
        records = _read_payload(envelope.payload)
    except _RefusedError as refused:
        yield _refusal(refused, envelope.payload, envelope)
        return
    for position, record in enumerate(records):
        try:
            yield _read_visit(record, envelope, config)
        except _RefusedError as refused:
            yield _refusal(refused, json.dumps(record).encode(), envelope, position)


def _refusal(
    refused: _RefusedError, payload: bytes, envelope: _Envelope | None, position: int | None = None
) -> Refusal:
    return Refusal(
        reason=refused.reason,
        field=refused.field,
        problem=refused.problem,
        payload=payload,
        museum_id=envelope.museum_id if envelope else None,
        client_id=envelope.client_id if envelope else None,
        received_at=envelope.received_at if envelope else None,
        position=position,
    )


def _open_envelope(body: str) -> _Envelope:
    outer = _parse_json(body, Reason.ENVELOPE)
    if not isinstance(outer, dict):
        raise _RefusedError(Reason.ENVELOPE, "body", "must be an object")
    texts = [outer.get(name) for name in ("payload", "museum_id", "client_id")]
    payload, museum, client = (text if isinstance(text, str) else None for text in texts)
    if payload is None or museum is None or client is None:
        problem = "payload, museum_id and client_id must be texts"
        raise _RefusedError(Reason.ENVELOPE, "payload", problem)
    received = outer.get("received_at")
    if isinstance(received, bool) or not isinstance(received, int) or received < 0:
        raise _RefusedError(Reason.ENVELOPE, "received_at", "must be a time in ms")
    try:
        content = base64.b64decode(payload, validate=True)
    except (binascii.Error, ValueError) as exc:
        raise _RefusedError(Reason.ENVELOPE, "payload", "must be base64") from exc
    return _Envelope(payload=content, museum_id=museum, client_id=client, received_at=received)


def _read_payload(payload: bytes) -> list[Any]:
    if len(payload) > MAX_PAYLOAD_BYTES:
        problem = f"must have at most {MAX_PAYLOAD_BYTES} bytes, not {len(payload)}"
        raise _RefusedError(Reason.TOO_LARGE, "payload", problem)
    try:
        text = payload.decode()
    except UnicodeDecodeError as exc:
        raise _RefusedError(Reason.NOT_JSON, "payload", "must be UTF-8") from exc
    message = _parse_json(text, Reason.NOT_JSON)
    _check(check_message, message)
    visits: list[Any] = message["visits"]
    return visits


def _read_visit(record: object, envelope: _Envelope, config: MuseumConfig) -> Visit:
    try:
        visit = parse_visit(record)
    except ContractError as exc:
        raise _RefusedError(_reason(record, exc.field), exc.field, exc.problem) from exc
    _check(check_visit, record)  # the published schema is the second gate
    if visit.device_id != envelope.client_id:
        raise _RefusedError(Reason.FOREIGN_DEVICE, "device_id", "is not the sender's")
    museum = config.museum(visit.museum_id)
    if museum is None:
        raise _RefusedError(Reason.UNKNOWN_MUSEUM, "museum_id", "is not in museum.toml")
    if museum.id != envelope.museum_id:
        raise _RefusedError(Reason.FOREIGN_MUSEUM, "museum_id", "is not the sender's")
    if museum.artwork(visit.artwork_id) is None:
        raise _RefusedError(Reason.UNKNOWN_ARTWORK, "artwork_id", "is not one of the museum's")
    if visit.detected_at > envelope.received_at + FUTURE_LIMIT_MS:
        raise _RefusedError(Reason.CLOCK, "detected_at", "lies more than a day ahead")
    kept_days = config.privacy.visit_retention_days
    if is_too_old(visit.detected_at, museum.zone, kept_days, envelope.received_at):
        problem = f"is too long ago to be counted; visits are kept for {kept_days} days"
        raise _RefusedError(Reason.CLOCK, "detected_at", problem)
    return visit


def _reason(record: object, field: str) -> Reason:
    """A whole number that the contract takes for no time of a visit comes from a broken clock."""
    is_time = field == "detected_at" and isinstance(record, dict) and type(record.get(field)) is int
    return Reason.CLOCK if is_time else Reason.CONTRACT


def _check(validate: Any, value: object) -> None:  # noqa: ANN401  # a generated function
    try:
        validate(value)
    except SchemaError as exc:
        field = exc.name.removeprefix("data").lstrip(".") or "message"
        raise _RefusedError(Reason.CONTRACT, field, exc.message) from exc


def _parse_json(text: str, reason: Reason) -> Any:  # noqa: ANN401  # any JSON value
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except RecursionError as exc:
        raise _RefusedError(reason, "payload", "is nested too deeply") from exc
    except ValueError as exc:
        raise _RefusedError(reason, "payload", "must be JSON") from exc


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
