"""Errors of the edge process; each says what happened and what to do."""

from typing import ClassVar


class EdgeError(Exception):
    """Anything that the edge process reports in one line, without a traceback."""


class FileError(EdgeError):
    """A file that cannot be used.

    Attributes:
        file: The file.
        problem: What is wrong with it, in plain English.
    """

    kind: ClassVar[str] = ""
    """What kind of file it is, as the message begins; empty where its name says it."""

    def __init__(self, file: str, problem: str) -> None:
        super().__init__(f"{self.kind}{file}: {problem}")
        self.file = file
        self.problem = problem


class CameraError(EdgeError):
    """The camera, or what plays one, cannot be opened or stopped delivering frames.

    Attributes:
        source: Which camera or file.
        problem: What is wrong with it, in plain English.
    """

    def __init__(self, source: str, problem: str) -> None:
        super().__init__(f"camera {source}: {problem}")
        self.source = source
        self.problem = problem


class CameraStuckError(CameraError):
    """A camera's driver neither answers nor lets go; only a new process can open it again."""


class ModelError(FileError):
    """A model file is missing, damaged or not the one that its description names."""

    kind = "model "


class CredentialsError(FileError):
    """A certificate, key or CA file is missing, unreadable, or no such thing."""


class OutboxError(FileError):
    """The outbox's file cannot be used."""

    kind = "outbox "


class InvalidMessageError(EdgeError):
    """A visit or heartbeat that does not keep the contract; it must not leave the process.

    Attributes:
        kind: ``visit`` or ``status``.
        field: The offending field.
        problem: What is wrong with it.
    """

    def __init__(self, kind: str, field: str, problem: str) -> None:
        super().__init__(f"{kind} held back: {field}: {problem}")
        self.kind = kind
        self.field = field
        self.problem = problem


class NotDeliveredError(EdgeError):
    """A message was not acknowledged; the same message may be sent again.

    Attributes:
        topic: Where it was published.
        problem: Why, in plain English.
    """

    def __init__(self, topic: str, problem: str) -> None:
        super().__init__(f"not delivered to {topic}: {problem}")
        self.topic = topic
        self.problem = problem


class RefusedError(EdgeError):
    """The broker's policy refuses a message; sending it again helps only after an operator acted.

    Attributes:
        topic: Where it was published.
        problem: Why, in plain English.
    """

    def __init__(self, topic: str, problem: str) -> None:
        super().__init__(f"refused by the broker for {topic}: {problem}")
        self.topic = topic
        self.problem = problem


class LogFileError(FileError):
    """An expression log cannot be read or written."""


class SwitchError(FileError):
    """What was switched by hand cannot be noted."""


class SheetError(FileError):
    """A sheet of markers cannot be written."""


class PackageError(EdgeError):
    """A Python package that a command needs is missing or broken.

    Attributes:
        package: Its name.
        problem: What Python says of it.
    """

    def __init__(self, package: str, problem: str) -> None:
        mend = "sudo edge/install.sh --upgrade installs all of them again"
        super().__init__(f"{package} cannot be loaded ({problem}); {mend}")
        self.package = package
        self.problem = problem


class VisitsLostError(EdgeError):
    """The process has ended while visits waited in memory for room on the disk.

    Attributes:
        visits: Their number.
    """

    def __init__(self, visits: int) -> None:
        super().__init__(
            f"{visits} visits are lost: they could not be written until the end; "
            "make room on the disk and look at its permissions"
        )
        self.visits = visits
