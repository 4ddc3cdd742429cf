"""A short way through HTTP for the calls that come by the ten thousand.

Python's own request handler parses headers as if they were e-mail, which costs more than moto's
answer to a small DynamoDB or SQS call. Calls of AWS's JSON protocols all look alike, so they are
recognised and read directly; everything else takes the long way.
"""

import io
import sys
from collections.abc import Callable, Iterable
from typing import Any, Final, cast

from moto.moto_server.werkzeug_app import MotoRequestHandler

StartResponse = Callable[[str, list[tuple[str, str]]], Any]
WsgiApplication = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]

_JSON_CALL: Final = b"POST / HTTP/1.1\r\n"
_END: Final = b"\r\n\r\n"
_HEAD_BYTES: Final = 16_384


class FastRequestHandler(MotoRequestHandler):
    """Keeps connections open and answers in one piece."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    rbufsize = _HEAD_BYTES

    def log_request(self, *_args: object, **_kwargs: object) -> None:
        """Requests are not logged: there are tens of thousands."""

    def handle_expect_100(self) -> bool:
        """Says "go on" at once: the answer would wait in the buffer until the client gave up."""
        proceed = super().handle_expect_100()
        self.wfile.flush()
        return proceed

    def handle_one_request(self) -> None:
        """Takes the short way where it can."""
        try:
            start = cast("io.BufferedReader", self.rfile).peek(_HEAD_BYTES)
        except OSError:
            self.close_connection = True
            return
        end = start.find(_END)
        if start.startswith(_JSON_CALL) and end > 0:
            headers = _read_headers(start[len(_JSON_CALL) : end])
            if "HTTP_X_AMZ_TARGET" in headers and "HTTP_EXPECT" not in headers:
                self.rfile.read(end + len(_END))
                self._answer(headers)
                return
        super().handle_one_request()

    def _answer(self, headers: dict[str, str]) -> None:
        body = self.rfile.read(int(headers.get("CONTENT_LENGTH", "0")))
        host, port = self.server.server_address[:2]
        environ = {
            "REQUEST_METHOD": "POST",
            "SCRIPT_NAME": "",
            "PATH_INFO": "/",
            "QUERY_STRING": "",
            "RAW_URI": "/",
            "REQUEST_URI": "/",
            "REMOTE_ADDR": "127.0.0.1",
            "SERVER_NAME": str(host),
            "SERVER_PORT": str(port),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            **headers,
        }
        lines: list[str] = []

        def start_response(
            status: str, fields: list[tuple[str, str]], _error: object = None
        ) -> None:
            lines.append(f"HTTP/1.1 {status}")
            lines.extend(f"{name}: {value}" for name, value in fields)

        application: WsgiApplication = self.server.app  # type: ignore[assignment]  # StartResponse leaves out WSGI's write()
        content = b"".join(application(environ, start_response))
        if not any(line.lower().startswith("content-length:") for line in lines):
            lines.append(f"Content-Length: {len(content)}")
        self.wfile.write("\r\n".join((*lines, "", "")).encode("latin-1") + content)
        self.wfile.flush()
        self.close_connection = headers.get("HTTP_CONNECTION", "").lower() == "close"


def _read_headers(head: bytes) -> dict[str, str]:
    """Headers under the names that WSGI gives them."""
    found: dict[str, str] = {}
    for line in head.decode("latin-1").split("\r\n"):
        name, _, value = line.partition(":")
        key = name.upper().replace("-", "_")
        if key not in {"CONTENT_TYPE", "CONTENT_LENGTH"}:
            key = f"HTTP_{key}"
        found[key] = value.strip()
    return found
