"""What is wrong with a value, or with a file of values."""


class ContractError(ValueError):
    """A value that does not keep the contract.

    Attributes:
        field: Dotted name of the offending field, e.g. ``visits[2].dwell_ms``.
        problem: What is wrong with it, in plain English.
    """

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem

    def inside(self, parent: str) -> "ContractError":
        """The same error as seen from the object that holds the field."""
        return ContractError(f"{parent}.{self.field}", self.problem)


class ConfigError(ContractError):
    """A configuration file that cannot be used.

    Attributes:
        file: The file, as it was named by the caller.
    """

    def __init__(self, file: str, field: str, problem: str) -> None:
        super().__init__(field, problem)
        self.file = file
        self.args = (f"{file}: {field}: {problem}",)
