"""Bounds that more than one section of ``edge.toml`` checks."""

from contracts.errors import ContractError


def check(field_name: str, value: float, low: float, high: float) -> None:
    """Returns if ``value`` lies in ``low`` to ``high``.

    Raises:
        ContractError: It does not; the error names the field.
    """
    if not low <= value <= high:
        raise ContractError(field_name, f"must lie in {low:g} to {high:g}, not {value:g}")
