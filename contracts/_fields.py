"""Reading plain dictionaries field by field, with errors that name the field."""

from collections.abc import Mapping
from typing import Any

from contracts.errors import ContractError


def check_keys(data: object, required: frozenset[str], where: str) -> Mapping[str, Any]:
    """Returns ``data`` as a mapping that has exactly the ``required`` keys.

    Raises:
        ContractError: Not an object, a key is missing, or a key is unknown.
    """
    if not isinstance(data, dict):
        raise ContractError(where, f"must be an object, not {type(data).__name__}")
    missing = required - data.keys()
    if missing:
        raise ContractError(min(missing), "is missing")
    unknown = data.keys() - required
    if unknown:
        raise ContractError(str(min(unknown, key=str))[:80], "is not a known field")
    return data


def integer(data: Mapping[str, Any], field: str, low: int, high: int) -> int:
    """An integer field within ``low`` … ``high``; a boolean is no integer here."""
    value = data[field]
    if isinstance(value, bool) or not isinstance(value, int):
        raise ContractError(field, f"must be a whole number, not {value!r:.80}")
    if not low <= value <= high:
        raise ContractError(field, f"must lie in {low} to {high}, not {value!r:.80}")
    return value


def number(data: Mapping[str, Any], field: str, low: float, high: float) -> float:
    """A number field within ``low`` … ``high``; NaN is outside every range."""
    value = data[field]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ContractError(field, f"must be a number, not {value!r:.80}")
    if not low <= value <= high:
        raise ContractError(field, f"must lie in {low} to {high}, not {value!r:.80}")
    return float(value)


def text(data: Mapping[str, Any], field: str, longest: int) -> str:
    """A text field of 1 to ``longest`` printable ASCII characters."""
    value = data[field]
    if not isinstance(value, str) or not 1 <= len(value) <= longest:
        raise ContractError(field, f"must be text of 1 to {longest} characters, not {value!r:.80}")
    if not (value.isascii() and value.isprintable()):
        raise ContractError(field, "must hold printable ASCII characters only")
    return value
