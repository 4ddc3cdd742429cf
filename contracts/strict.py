"""Parsed files into frozen dataclasses; every error names the file, the key and the mend."""

import dataclasses
import json
import types
import typing
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from contracts.errors import ConfigError, ContractError

T = TypeVar("T")


def read_text(path: Path) -> str:
    """The file's text.

    Raises:
        ConfigError: The file is missing, may not be read, or is no text in UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as exc:
        raise ConfigError(str(path), "file", "is not there; check the path") from exc
    except PermissionError as exc:
        raise ConfigError(str(path), "file", "may not be read by this user; use sudo") from exc
    except OSError as exc:
        raise ConfigError(str(path), "file", f"cannot be read: {exc.strerror}") from exc
    except UnicodeDecodeError as exc:
        raise ConfigError(str(path), "file", f"must be text in UTF-8: {exc.reason}") from exc


def load_json(path: Path, kind: type[T]) -> T:
    """Reads a JSON object into the frozen dataclass ``kind``, as ``fill`` does.

    Raises:
        ConfigError: The file is missing, is no JSON, or does not fit ``kind``.
    """
    try:
        data = json.loads(read_text(path))
    except ValueError as exc:
        raise ConfigError(path.name, "syntax", str(exc)) from exc
    return fill(kind, data, path.name)


def fill(kind: type[T], data: object, file: str) -> T:
    """Puts what a parser of TOML or JSON found in ``file`` into the frozen dataclass ``kind``.

    Fields may be ``str``, ``int``, ``float``, ``bool``, ``Path``, an ``Enum`` of strings, another
    dataclass, ``tuple[X, ...]`` or ``X | None``; those without a default are required. A field's
    own ``__post_init__`` checks may raise ``ContractError``.

    Raises:
        ConfigError: It does not fit.
    """
    try:
        return _table(data, kind, "")
    except ContractError as exc:
        raise ConfigError(file, exc.field, exc.problem) from exc


def _table(data: object, kind: type[T], where: str) -> T:
    if not isinstance(data, Mapping):
        raise ContractError(where or "file", "must be a table")
    hints = typing.get_type_hints(kind)
    known = {f.name: f for f in dataclasses.fields(kind) if f.init}  # type: ignore[arg-type]  # callers pass dataclasses
    for key in data:
        if key not in known:
            import difflib  # noqa: PLC0415 - only a wrong file needs it, and functions start sooner

            near = difflib.get_close_matches(key, known, n=1, cutoff=0.0)
            raise ContractError(_join(where, key), f"is not a known key; did you mean {near[0]}?")
    values: dict[str, Any] = {}
    for key, field in known.items():
        if key in data:
            values[key] = _value(data[key], hints[key], _join(where, key))
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise ContractError(_join(where, key), "is missing")
    try:
        return kind(**values)
    except ConfigError:
        raise
    except ContractError as exc:
        raise ContractError(_join(where, exc.field), exc.problem) from exc


def _value(value: object, hint: Any, where: str) -> Any:  # noqa: ANN401  # as typed as TOML is
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        (inner,) = (arg for arg in typing.get_args(hint) if arg is not type(None))
        return _value(value, inner, where)
    if origin is tuple:
        if not isinstance(value, list):
            raise ContractError(where, "must be a list")
        inner = typing.get_args(hint)[0]
        return tuple(_value(item, inner, f"{where}[{i}]") for i, item in enumerate(value))
    if dataclasses.is_dataclass(hint):
        return _table(value, hint, where)  # type: ignore[arg-type]  # a class, from annotations
    return _scalar(value, hint, where)


def _scalar(value: object, hint: Any, where: str) -> Any:  # noqa: ANN401  # as typed as TOML is
    if hint is Path and isinstance(value, str) and value:
        return Path(value)
    if isinstance(hint, type) and issubclass(hint, Enum):
        allowed = [str(member.value) for member in hint]
        if value not in allowed:
            raise ContractError(where, f"must be one of {', '.join(allowed)}, not {_shown(value)}")
        return hint(value)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, hint) and (hint is bool or not isinstance(value, bool)):
        return value
    wanted = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}
    raise ContractError(where, f"must be {wanted.get(hint, hint.__name__)}, not {_shown(value)}")


def _shown(value: object) -> str:
    """A wrong value as an error shows it; an address may hold a password, so none is shown."""
    return "an address" if isinstance(value, str) and "://" in value else f"{value!r:.80}"


def _join(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key
