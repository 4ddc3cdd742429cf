"""Nothing is queued or sent but what the published schemas allow."""

import json
from typing import Any, Final

import fastjsonschema

from contracts.errors import ContractError
from contracts.schemas import STATUS_SCHEMA, VISIT_SCHEMA
from contracts.status import Status, encode_status, parse_status
from contracts.visit import Visit, encode_visit, parse_visit
from edge.errors import InvalidMessageError

_check_visit: Final = fastjsonschema.compile(VISIT_SCHEMA)
_check_status: Final = fastjsonschema.compile(STATUS_SCHEMA)


def encode_checked_visit(visit: Visit) -> bytes:
    """The visit's bytes, after reading them back as the cloud will.

    Raises:
        InvalidMessageError: The visit does not keep the contract.
    """
    payload = encode_visit(visit)
    try:
        _against_schema(_check_visit, payload)
        parse_visit(json.loads(payload))
    except ContractError as exc:
        raise InvalidMessageError("visit", exc.field, exc.problem) from exc
    return payload


def decode_visit(payload: bytes) -> Visit:
    """The visit that lies in the outbox, which may have been damaged there.

    Raises:
        InvalidMessageError: It is none that keeps the contract.
    """
    try:
        return parse_visit(json.loads(payload))
    except ContractError as exc:
        raise InvalidMessageError("visit", exc.field, exc.problem) from exc
    except ValueError as exc:
        raise InvalidMessageError("visit", "the whole", "is no JSON") from exc


def encode_checked_status(status: Status) -> bytes:
    """The heartbeat's bytes, after reading them back as the cloud will.

    Raises:
        InvalidMessageError: The heartbeat does not keep the contract.
    """
    payload = encode_status(status)
    try:
        _against_schema(_check_status, payload)
        parse_status(json.loads(payload))
    except ContractError as exc:
        raise InvalidMessageError("status", exc.field, exc.problem) from exc
    return payload


def _against_schema(check: Any, payload: bytes) -> None:  # noqa: ANN401  # made at run time
    try:
        check(json.loads(payload))
    except fastjsonschema.JsonSchemaValueException as exc:
        name = exc.name or "data"
        field = name.removeprefix("data").lstrip(".") or "the whole"
        raise ContractError(field, exc.message.removeprefix(name).strip()) from exc
