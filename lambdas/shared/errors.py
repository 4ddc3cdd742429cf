"""Errors of the functions."""


class FunctionError(Exception):
    """Base of every error that a function raises on purpose."""


class SettingsError(FunctionError):
    """The function's environment cannot be used.

    Attributes:
        name: The variable or file that is wrong.
    """

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name} {problem}")
        self.name = name


class EventError(FunctionError):
    """The event that started the function cannot be used.

    Attributes:
        field: The field that is wrong.
    """

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"event field {field} {problem}")
        self.field = field


class ServiceError(FunctionError):
    """An AWS service did not do what was asked of it; a retry may help.

    Attributes:
        action: What was asked, e.g. ``dynamodb:Query``.
        code: The service's error code, or the name of the connection error.
    """

    def __init__(self, action: str, code: str) -> None:
        super().__init__(f"{action} failed with {code}")
        self.action = action
        self.code = code


class SchemaError(FunctionError):
    """A JSON value is not what its published schema allows.

    Attributes:
        message: What is wrong with it, as fastjsonschema puts it.
        name: Dotted name of the offending part, ``data`` for the whole.
    """

    def __init__(self, message: str, *, name: str) -> None:
        super().__init__(message)
        self.message = message
        self.name = name
