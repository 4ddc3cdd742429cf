"""Runs the functions from their synthesised asset folders, each in a child process of its own."""

import json
import os
import select
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from local_cloud.account import REGION
from local_cloud.clock import Clock
from local_cloud.declared import FunctionSpec
from local_cloud.errors import FunctionError, LocalCloudError
from local_cloud.json_value import Json

_WORKER: Final = Path(__file__).with_name("worker.py")
_INIT_S: Final = 60.0
_READ_BYTES: Final = 1 << 16

LogReader = Callable[[str], None]
"""Takes one line of a function's log."""


class FunctionWorker:
    """One function; calls are served one after the other by one process, which stays warm.

    Args:
        spec: The function.
        home: Folder for its log and for Python's byte code.
        runtime: What ``make_runtime_folder`` made.
        endpoint_url: moto.
        clock: The clock that the function is to see.
        on_log: Gets each line that the function logs.
    """

    def __init__(
        self,
        spec: FunctionSpec,
        *,
        home: Path,
        runtime: Path,
        endpoint_url: str,
        clock: Clock,
        on_log: LogReader,
    ) -> None:
        self.spec = spec
        self._home = home
        self._runtime = runtime
        self._endpoint_url = endpoint_url
        self._clock = clock
        self._on_log = on_log
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self.log_file = home / "logs" / f"{spec.name}.log"
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        self._log_read = self.log_file.stat().st_size if self.log_file.exists() else 0

    def invoke(self, event: Json) -> Json:
        """Runs the handler and gives what it returned.

        Raises:
            FunctionError: The handler raised, ran longer than its timeout, or its process died.
        """
        with self._lock:
            try:
                process = self._running()
                request = {
                    "id": str(uuid.uuid4()),
                    "event": event,
                    "clock_offset_s": self._clock.offset_s,
                    "timeout_s": self.spec.timeout_s,
                }
                return self._exchange(process, request)
            finally:
                self._read_log()

    @property
    def pid(self) -> int | None:
        """The process id, while there is one."""
        return None if self._process is None else self._process.pid

    def stop(self) -> None:
        """Ends the process."""
        with self._lock:
            self._end()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._end()  # one that died between two calls
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own command line
                [
                    sys.executable,
                    "-I",
                    "-S",
                    "-X",
                    f"pycache_prefix={self._home / 'pycache'}",
                    str(_WORKER),
                    str(self._runtime),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=self.spec.code,
                env=self._environment(),
                start_new_session=True,  # Ctrl-C at a terminal is for us, who then end it in order
            )
        self._answer(self._process, _INIT_S)
        return self._process

    def _exchange(self, process: subprocess.Popen[bytes], request: Mapping[str, Json]) -> Json:
        if process.stdin is None:
            raise LocalCloudError("a worker has no standard input")
        try:
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
        except BrokenPipeError as error:
            self._end()
            raise FunctionError(self.spec.name, "Runtime.ExitError", "it has ended") from error
        return self._answer(process, self.spec.timeout_s)

    def _answer(self, process: subprocess.Popen[bytes], limit_s: float) -> Json:
        line = self._read_line(process, limit_s)
        answer = json.loads(line)
        if "error" in answer:
            error = answer["error"]
            raise FunctionError(self.spec.name, error["type"], error["message"], error["trace"])
        return answer["result"]

    def _read_line(self, process: subprocess.Popen[bytes], limit_s: float) -> bytes:
        if process.stdout is None:
            raise LocalCloudError("a worker has no standard output")
        descriptor = process.stdout.fileno()
        deadline = time.monotonic() + limit_s
        received = b""
        while not received.endswith(b"\n"):
            left_s = deadline - time.monotonic()
            if left_s <= 0 or not select.select([descriptor], [], [], left_s)[0]:
                self._end()
                raise FunctionError(
                    self.spec.name, "Sandbox.Timedout", f"it took longer than {limit_s:g} s"
                )
            part = os.read(descriptor, _READ_BYTES)
            if not part:
                self._end()
                raise FunctionError(self.spec.name, "Runtime.ExitError", "its process ended")
            received += part
        return received

    def _end(self) -> None:
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        self._process = None

    def _read_log(self) -> None:
        with self.log_file.open("rb") as log:
            log.seek(self._log_read)
            text = log.read()
        complete = text[: text.rfind(b"\n") + 1]
        self._log_read += len(complete)
        for line in complete.decode(errors="replace").splitlines():
            self._on_log(line)

    def _environment(self) -> dict[str, str]:
        """The template's variables and those that AWS sets; nothing of this machine's."""
        spec = self.spec
        return {
            **spec.environment,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_SESSION_TOKEN": "local",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL": self._endpoint_url,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_python{sys.version_info[0]}.{sys.version_info[1]}",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(spec.memory_mb),
            "AWS_LAMBDA_FUNCTION_NAME": spec.name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": spec.log_group,
            "AWS_LAMBDA_LOG_STREAM_NAME": "local",
            "LAMBDA_RUNTIME_DIR": str(self._runtime),
            "LAMBDA_TASK_ROOT": str(spec.code),
            "LANG": "en_US.UTF-8",
            "LOCAL_CLOUD_FUNCTION_ARN": spec.arn,
            "PATH": os.defpath,
            "TZ": ":UTC",
            "_HANDLER": spec.handler,
        }
