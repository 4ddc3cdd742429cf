"""What can go wrong in the local cloud."""


class LocalCloudError(Exception):
    """The local cloud cannot go on; the text says what happened, where, and what to do."""


class UnsupportedError(LocalCloudError):
    """The templates use something that the local cloud does not know.

    Attributes:
        what: The resource type, property, intrinsic, SQL function or statement.
        place: Where it stands, e.g. ``smart-museum-ingestion/VisitsRule.Properties.Sql``.
    """

    def __init__(self, what: str, place: str) -> None:
        super().__init__(
            f"{place}: the local cloud does not know {what}. Teach it in local_cloud/, "
            "or leave it out of the app: nothing is skipped silently."
        )
        self.what = what
        self.place = place


class FunctionError(LocalCloudError):
    """A function raised, ran out of time or died.

    Attributes:
        function: Its name.
        error_type: Class of the error as the function reported it.
        trace: Lines of the function's stack trace.
    """

    def __init__(self, function: str, error_type: str, message: str, trace: str = "") -> None:
        super().__init__(f"{function}: {error_type}: {message}")
        self.function = function
        self.error_type = error_type
        self.trace = trace
