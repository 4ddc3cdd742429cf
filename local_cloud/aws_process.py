"""moto's HTTP server, alone in its process: state of its own, and a core of its own.

``python -m local_cloud.aws_process`` prints its port on standard output and ends when standard
input does, so that it never outlives whoever started it.
"""

import json
import logging
import re
import sys
import threading
from collections.abc import Iterable
from typing import Any, Final

from moto.cloudwatch import models as cloudwatch
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    create_backend_app,
)
from werkzeug.serving import make_server

from local_cloud import moto_speed
from local_cloud.account import ACCOUNT, METRICS_PATH, REGION
from local_cloud.fast_http import FastRequestHandler, StartResponse, WsgiApplication

_SCOPE: Final = re.compile(r"Credential=[^/]*/[^/]*/[^/]*/([^/]*)/")
_services: Final[dict[tuple[str, str], Any]] = {}
_MOTO: Final = DomainDispatcherApplication(create_backend_app)


def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """moto, and what PutMetricData put under a path of our own."""
    if environ["PATH_INFO"] != METRICS_PATH:
        answer: Iterable[bytes] = _service(environ)(environ, start_response)
        return answer
    body = json.dumps(list(_put_metrics())).encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


def _service(environ: dict[str, Any]) -> WsgiApplication:
    """The part of moto that serves a request.

    moto finds it by looking through its own folders, at every request; a request's signature and
    target name it just as well, so it is looked up once for each pair of them.
    """
    scope = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    key = (scope[1] if scope else "", environ.get("HTTP_X_AMZ_TARGET", "").partition(".")[0])
    if key not in _services:
        _services[key] = _MOTO.get_application(environ)
    service: WsgiApplication = _services[key]
    return service


def _put_metrics() -> Iterable[dict[str, Any]]:
    for datum in cloudwatch.cloudwatch_backends[ACCOUNT][REGION].metric_data:
        if isinstance(datum, cloudwatch.MetricDatum):
            yield {
                "namespace": datum.namespace,
                "name": datum.name,
                "dimensions": {str(d.name): str(d.value) for d in datum.dimensions},
                "values": [float(datum.value)],
                "unit": datum.unit or "None",
                "timestamp_ms": int(datum.timestamp.timestamp() * 1000),
            }


def main() -> None:
    """Serves until standard input ends."""
    moto_speed.apply()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server(
        "127.0.0.1", 0, application, threaded=True, request_handler=FastRequestHandler
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()
