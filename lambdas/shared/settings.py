"""A function's environment, read once into one frozen object."""

import os
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Final, TypeVar, get_type_hints

from contracts.errors import ConfigError
from contracts.museums import MuseumConfig, read_museums
from lambdas.shared.errors import SettingsError

ASSET_ROOT: Final = Path(__file__).resolve().parents[2]
"""The folder that holds ``lambdas``; in AWS that is ``LAMBDA_TASK_ROOT``."""

_S = TypeVar("_S")


def read_settings(cls: type[_S], environ: Mapping[str, str] | None = None) -> _S:
    """Fills a frozen dataclass from environment variables.

    A field ``visits_table`` comes from ``VISITS_TABLE``. Its type is ``str`` (not empty) or
    ``MuseumConfig`` (the path of a file that ``museums.read_museums`` reads, relative to the
    deployment package).

    Args:
        cls: The dataclass.
        environ: Variables; the process's own when not given.

    Raises:
        SettingsError: A variable is missing or cannot be read.
    """
    variables = os.environ if environ is None else environ
    hints = get_type_hints(cls)
    values = {
        f.name: _read(variables, f.name.upper(), hints[f.name])
        for f in fields(cls)  # type: ignore[arg-type]  # a dataclass, which typing cannot say
    }
    return cls(**values)


def _read(variables: Mapping[str, str], name: str, kind: Any) -> object:  # noqa: ANN401  # a type
    text = variables.get(name, "")
    if not text:
        raise SettingsError(name, "must be set")
    if kind is MuseumConfig:
        return _read_museums(variables, name, text)
    return text


def _read_museums(variables: Mapping[str, str], name: str, path: str) -> MuseumConfig:
    root = Path(variables.get("LAMBDA_TASK_ROOT", "") or ASSET_ROOT)
    try:
        return read_museums(root / path)
    except ConfigError as exc:
        raise SettingsError(name, f"names a file that cannot be used: {exc}") from exc
