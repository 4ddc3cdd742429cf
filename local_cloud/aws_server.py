"""moto's HTTP server in this process, and clients for it."""

import logging
import threading
import urllib.request
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler
from typing import Any, Final

import botocore.session
from botocore.config import Config
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import BaseWSGIServer, make_server

from local_cloud import moto_speed

ACCOUNT: Final = "123456789012"
"""The account that moto plays."""
REGION: Final = "eu-west-1"
_RESET_S: Final = 30


class _Handler(MotoRequestHandler):
    """Keeps connections open and answers in one piece: a call costs less than half that way."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def log_request(self, *_args: object, **_kwargs: object) -> None:
        """Requests are not logged: there are tens of thousands."""

    def handle_expect_100(self) -> bool:
        """Says "go on" at once: the answer would wait in the buffer until the client gave up."""
        proceed = BaseHTTPRequestHandler.handle_expect_100(self)
        self.wfile.flush()
        return proceed


class AwsServer:
    """moto behind HTTP on a free port of the loopback, with fresh, empty state."""

    def __init__(self) -> None:
        moto_speed.apply()
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._server: BaseWSGIServer = make_server(
            "127.0.0.1",
            0,
            self._application,
            threaded=True,
            request_handler=_Handler,
        )
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="aws-server", daemon=True
        )
        self.endpoint_url = f"http://127.0.0.1:{self._server.server_port}"
        self._clients: dict[str, Any] = {}
        self._routes: dict[str, Callable[[bytes], None]] = {}
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._lock = threading.Lock()

    def route(self, path: str, take: Callable[[bytes], None]) -> None:
        """Hands bodies that are posted to a path of this server to ``take`` instead of moto."""
        self._routes[path] = take

    def _application(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        take = self._routes.get(environ["PATH_INFO"])
        if take is None:
            answer: Iterable[bytes] = self._moto(environ, start_response)
            return answer
        take(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
        start_response("200 OK", [("Content-Length", "0")])
        return []

    def start(self) -> None:
        """Serves; whatever an earlier server of this process left in moto is forgotten."""
        self._thread.start()
        self.reset()

    def stop(self) -> None:
        """Ends the server and closes the clients."""
        for client in self._clients.values():
            client.close()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def reset(self) -> None:
        """Empties every service."""
        request = urllib.request.Request(f"{self.endpoint_url}/moto-api/reset", method="POST")  # noqa: S310 - our own server
        with urllib.request.urlopen(request, timeout=_RESET_S):  # noqa: S310 - our own server
            pass

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3 makes its clients at run time
        """One boto3 client a service, shared between threads."""
        with self._lock:
            if service not in self._clients:
                session = botocore.session.Session()
                self._clients[service] = session.create_client(
                    service,
                    region_name=REGION,
                    endpoint_url=self.endpoint_url,
                    aws_access_key_id="local",
                    aws_secret_access_key="local",  # noqa: S106 - moto looks at no secret
                    config=Config(
                        max_pool_connections=32,
                        retries={"total_max_attempts": 2},
                        parameter_validation=False,
                        s3={"addressing_style": "path"},
                    ),
                )
            return self._clients[service]
