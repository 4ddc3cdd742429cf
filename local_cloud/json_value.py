"""The type of what JSON holds."""

from typing import Any, TypeAlias

Json: TypeAlias = Any
"""Templates, events and messages: any JSON value, checked where it is used."""
