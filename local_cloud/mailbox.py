"""The curator's letters: SNS e-mail subscriptions end as text files in a folder."""

import json
import re
import threading
from collections.abc import Callable, Sequence
from email.utils import format_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

from local_cloud.aws_server import AwsServer
from local_cloud.clock import Clock
from local_cloud.declared import MailSubscription
from local_cloud.stats import Stats

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9@._-]+")
_NO_SUBJECT: Final = "AWS Notification Message"
"""What SNS writes where the publisher gave no subject."""


def _poster(take: Callable[[bytes], None]) -> type[BaseHTTPRequestHandler]:
    class Poster(BaseHTTPRequestHandler):
        """Hands on what is posted."""

        def do_POST(self) -> None:
            """The name that ``http.server`` looks for."""
            take(self.rfile.read(int(self.headers.get("Content-Length", 0))))
            self.send_response(HTTPStatus.NO_CONTENT)
            self.end_headers()

        def log_request(self, *_details: object) -> None:
            """The letters themselves are the log."""

    return Poster


class Mailbox:
    """Writes one file a letter, numbered in the order of sending.

    moto sends no mail, but it posts to HTTP subscribers before ``Publish`` returns: the mailbox
    subscribes itself to every topic that has e-mail subscribers. It is emptied at the start.
    """

    def __init__(self, folder: Path, clock: Clock, stats: Stats) -> None:
        self.folder = folder
        self._clock = clock
        self._stats = stats
        self._lock = threading.Lock()
        self._count = 0
        self._subscriptions: Sequence[MailSubscription] = ()
        self._server: ThreadingHTTPServer | None = None
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.txt"):
            old.unlink()

    def subscribe(self, subscriptions: Sequence[MailSubscription], aws: AwsServer) -> None:
        """Begins to take letters for these addresses."""
        self._subscriptions = tuple(subscriptions)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _poster(self._take))
        threading.Thread(target=self._server.serve_forever, name="mailbox", daemon=True).start()
        for topic in sorted({subscription.topic_arn for subscription in subscriptions}):
            aws.client("sns").subscribe(
                TopicArn=topic,
                Protocol="http",
                Endpoint=f"http://127.0.0.1:{self._server.server_port}",
            )

    def stop(self) -> None:
        """Takes no more letters."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def _take(self, body: bytes) -> None:
        post = json.loads(body)
        if post.get("Type") != "Notification":
            return
        for subscription in self._subscriptions:
            if subscription.topic_arn == post["TopicArn"]:
                self._write(
                    subscription.address, post.get("Subject") or _NO_SUBJECT, post["Message"]
                )

    def _write(self, address: str, subject: str, body: str) -> None:
        with self._lock:
            self._count += 1
            name = f"{self._count:04d}-{_UNSAFE.sub('_', address)}.txt"
            headers = (
                "From: no-reply@sns.amazonaws.com",
                f"To: {address}",
                f"Subject: {subject}",
                f"Date: {format_datetime(self._clock.now())}",
            )
            (self.folder / name).write_text("\n".join((*headers, "", body)), encoding="utf-8")
        self._stats.add("mails")
