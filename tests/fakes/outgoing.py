"""What leaves the functions, in memory: refused messages, reports, mail."""

from dataclasses import dataclass, field
from datetime import date

from tests.fakes.failures import Failing


@dataclass
class InMemoryQuarantine(Failing):
    """``Quarantine``."""

    objects: dict[str, bytes] = field(default_factory=dict)

    def put(self, key: str, body: bytes) -> None:
        """Overwrites."""
        self.check("s3:PutObject")
        self.objects[key] = body


@dataclass
class InMemoryReportStore(Failing):
    """``ReportStore``: (JSON, text) by museum and day."""

    reports: dict[tuple[str, date], tuple[str, str]] = field(default_factory=dict)

    def put(self, museum_id: str, day: date, *, data: str, text: str) -> None:
        """Overwrites."""
        self.check("s3:PutObject")
        self.reports[museum_id, day] = (data, text)


@dataclass(frozen=True)
class Mail:
    """One e-mail."""

    museum_id: str
    subject: str
    body: str


@dataclass
class InMemoryNotifier(Failing):
    """``Notifier`` and ``Topics``."""

    mails: list[Mail] = field(default_factory=list)
    keys: set[tuple[str, str]] = field(default_factory=set)

    def send(self, museum_id: str, subject: str, body: str, *, key: str) -> None:
        """Keeps it, once a key."""
        self.check("sqs:SendMessage")
        if (museum_id, key) not in self.keys:
            self.keys.add((museum_id, key))
            self.mails.append(Mail(museum_id, subject, body))

    def publish(self, topic: str, subject: str, body: str) -> None:
        """Keeps it."""
        self.check("sns:Publish")
        self.mails.append(Mail(topic, subject, body))
