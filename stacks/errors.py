"""The errors of this package."""


class StacksError(Exception):
    """The app cannot be synthesised; the message says what to mend."""


class AssetError(StacksError):
    """A function's deployment package cannot be put together.

    Attributes:
        what: The file or the Python package that stands in the way.
    """

    def __init__(self, what: str, problem: str) -> None:
        super().__init__(f"{what}: {problem}")
        self.what = what
