"""TOML files into frozen dataclasses; every error names the file, the key and the mend."""

import tomllib
from pathlib import Path
from typing import TypeVar

from contracts.errors import ConfigError
from contracts.strict import fill, read_text

T = TypeVar("T")


def load(path: Path, kind: type[T]) -> T:
    """Reads ``path`` into the frozen dataclass ``kind``; ``strict.fill`` says what it may hold.

    Raises:
        ConfigError: The file is missing, is no TOML, or does not fit ``kind``.
    """
    text = read_text(path)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise ConfigError(path.name, "syntax", str(exc)) from exc
    return fill(kind, data, path.name)
