"""moto's HTTP server, alone in its process: state of its own, and a core of its own.

``python -m local_cloud.aws_process`` prints its port on standard output and ends when standard
input does, so that it never outlives whoever started it.
"""

import io
import json
import logging
import re
import sys
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, Final

from moto.cloudwatch import models as cloudwatch
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    create_backend_app,
)
from werkzeug.serving import make_server

from local_cloud import moto_speed
from local_cloud.account import ACCOUNT, METER_PATH, METRICS_PATH, REGION
from local_cloud.fast_http import FastRequestHandler, StartResponse, WsgiApplication
from local_cloud.metering import Meter

_SCOPE: Final = re.compile(r"Credential=[^/]*/[^/]*/[^/]*/([^/]*)/")
_services: Final[dict[tuple[str, str], Any]] = {}
_MOTO: Final = DomainDispatcherApplication(create_backend_app)
_meter: Final = Meter()


def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """moto, and under paths of our own what PutMetricData put and what all calls used."""
    own = _OWN.get(environ["PATH_INFO"])
    if own is None:
        return _metered(environ, start_response)
    body = json.dumps(own()).encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


def _metered(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """Calls of JSON protocols are counted; of others, the local cloud makes a handful."""
    target = environ.get("HTTP_X_AMZ_TARGET")
    if target is None:
        other: Iterable[bytes] = _service(environ)(environ, start_response)
        return other
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    began = time.thread_time()
    answer = list(_service(environ)(environ, start_response))
    _meter.add(target, body, time.thread_time() - began)
    return answer


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


_OWN: Final[dict[str, Callable[[], Any]]] = {
    METRICS_PATH: lambda: list(_put_metrics()),
    METER_PATH: _meter.as_dict,
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
