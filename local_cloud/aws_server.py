"""moto in a child process, and clients for it."""

import json
import os
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path
from typing import Any, Final

import botocore.session
from botocore.config import Config

from local_cloud.account import METER_PATH, REGION
from local_cloud.errors import LocalCloudError
from local_cloud.metering import Used, read_meter

_ROOT: Final = Path(__file__).resolve().parent.parent
_STOP_S: Final = 10
_READ_S: Final = 30


class AwsServer:
    """Starts moto with empty state on a free port of the loopback."""

    def __init__(self) -> None:
        self.endpoint_url = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()

    def start(self) -> None:
        """Starts the process and waits until it listens.

        Raises:
            LocalCloudError: It ended instead; its error is on standard error.
        """
        self._process = subprocess.Popen(
            [sys.executable, "-m", "local_cloud.aws_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(_ROOT)},
            start_new_session=True,  # Ctrl-C at a terminal is for us, who then end it in order
        )
        port = self._process.stdout.readline() if self._process.stdout is not None else b""
        if not port.strip().isdigit():
            self.stop()
            raise LocalCloudError("moto's server did not start; see its error above")
        self.endpoint_url = f"http://127.0.0.1:{int(port)}"

    def stop(self) -> None:
        """Closes the clients and ends the process."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()
        if self._process is None:
            return
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def used(self) -> dict[str, Used]:
        """What all calls so far used, by ``service.operation``."""
        url = self.endpoint_url + METER_PATH
        with urllib.request.urlopen(url, timeout=_READ_S) as answer:  # noqa: S310 - our own server
            return dict(read_meter(json.load(answer)))

    def processes(self) -> dict[str, int]:
        """The process id of moto while it runs."""
        return {} if self._process is None else {"moto": self._process.pid}

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3 makes its clients at run time
        """One client a service, shared between threads."""
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
