"""Mosquitto as AWS IoT Core's message broker: mutual TLS on this machine's loopback, MQTT 5."""

import logging
import os
import pwd
import re
import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from local_cloud.certificates import CertificateAuthority, DeviceCertificate
from local_cloud.errors import LocalCloudError
from local_cloud.guard import Guard
from local_cloud.presence import LOG_FILTER

HOST: Final = "127.0.0.1"
MAX_PACKET_BYTES: Final = 146 * 1024
"""AWS IoT Core's limit of one MQTT 5 packet, header and payload."""
RULES_USER: Final = "local-cloud-rules"
"""Common name of the rules engine's own certificate; no device may carry it."""

ALLOW_ALL: Final = ("pattern readwrite #", "pattern readwrite $aws/#")
"""Access of every certificate holder to every topic, for a broker without an IoT policy."""

_RULES_ACCESS: Final = (
    f"user {RULES_USER}",
    "topic readwrite #",
    "topic read $aws/rules/#",
    f"topic read {LOG_FILTER}",
)
_START_S: Final = 20.0
_STOP_S: Final = 10.0
_ASK_AGAIN_S: Final = 0.3
_COMMON_NAME: Final = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")
_EVERYWHERE: Final = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin", "/snap/bin")

_log = logging.getLogger(__name__)


def find_mosquitto() -> str:
    """Path of the Mosquitto executable.

    Raises:
        LocalCloudError: It is not installed.
    """
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), *_EVERYWHERE))
    found = shutil.which("mosquitto", path=path)
    if found is None:
        raise LocalCloudError(
            "Mosquitto is not installed. Install it (Debian, Ubuntu: apt install mosquitto)."
        )
    return found


class MosquittoBroker:
    """One Mosquitto process with a throwaway certificate authority.

    A client's identity is its certificate's common name. What the broker owes to clients that are
    away (persistent sessions, retained messages) survives its end by :meth:`stop`; of what came
    after the last :meth:`save`, nothing survives :meth:`kill`.

    Args:
        home: Folder for its configuration, certificates, log and database.
        acl: Lines of a Mosquitto access control list; every certificate holder may do everything
            unless given.
    """

    def __init__(self, home: Path, acl: Sequence[str] = ALLOW_ALL) -> None:
        self._home = home.resolve()
        self._home.mkdir(parents=True, exist_ok=True)
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: Guard | None = None
        self._authority = CertificateAuthority(self._home / "certificates")
        self._issued: dict[str, DeviceCertificate] = {}
        self.host = HOST
        self.port = _free_port()
        self.ca_file = self._authority.ca_file
        self.log_file = self._home / "mosquitto.log"
        self._acl_file = self._home / "acl.conf"
        self._write_access(acl)
        self._config = self._write_config()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def issue_certificate(self, common_name: str) -> DeviceCertificate:
        """A client certificate; the same one when asked again.

        Raises:
            LocalCloudError: The name is the rules engine's, or not 1 to 64 of A-Z, a-z, 0-9, _.-
        """
        if not _COMMON_NAME.fullmatch(common_name) or common_name == RULES_USER:
            raise LocalCloudError(f"no device can be called {common_name!r:.80}")
        if common_name not in self._issued:
            self._issued[common_name] = self._authority.issue_client(common_name)
        return self._issued[common_name]

    def rules_certificate(self) -> DeviceCertificate:
        """The rules engine's certificate, which may read every topic."""
        if RULES_USER not in self._issued:
            self._issued[RULES_USER] = self._authority.issue_client(RULES_USER)
        return self._issued[RULES_USER]

    def start(self) -> None:
        """Starts the process, if it does not run, and waits until it takes connections.

        Raises:
            LocalCloudError: It ended or did not listen in time; the text quotes its log.
        """
        if self.running:
            return
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own command line
                [find_mosquitto(), "-c", str(self._config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self._home,
                start_new_session=True,  # Ctrl-C at a terminal is for us, who then stop it in order
            )
        self._release_guard()
        self._guard = Guard(self._process.pid)
        self._wait_until_up(self._process)
        _log.info("Mosquitto listens on %s:%d", self.host, self.port)

    def save(self) -> None:
        """Has Mosquitto write sessions, subscriptions and queues to its database now."""
        if self.running and self._process is not None:
            before = self._database_time()
            self._process.send_signal(signal.SIGUSR1)
            _wait(lambda: self._database_time() > before, _STOP_S, "Mosquitto to save its database")

    def set_access(self, acl: Sequence[str]) -> None:
        """Replaces the access control list, of the running process too."""
        self._write_access(acl)
        if not self.running or self._process is None:
            return
        process, before, asked = self._process, self._reloads(), 0.0

        def reloaded() -> bool:
            nonlocal asked
            if self._reloads() > before:
                return True
            if time.monotonic() - asked > _ASK_AGAIN_S:
                # Mosquitto forgets a SIGHUP that comes while it is still at the one before.
                process.send_signal(signal.SIGHUP)
                asked = time.monotonic()
            return process.poll() is not None

        _wait(reloaded, _STOP_S, "Mosquitto to read its rights anew")

    def _reloads(self) -> int:
        return self.log_file.read_bytes().count(b"Reloading config.")

    def kill(self) -> None:
        """Ends the process with SIGKILL, as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
            self._release_guard()

    def stop(self) -> None:
        """Ends the process in order; it saves its database."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            _log.warning("Mosquitto did not end in %g s and is killed", _STOP_S)
            self._process.kill()
            self._process.wait()
        self._process = None
        self._release_guard()

    def _release_guard(self) -> None:
        if self._guard is not None:
            self._guard.release()
            self._guard = None

    def _database_time(self) -> int:
        database = self._home / "mosquitto.db"
        return database.stat().st_mtime_ns if database.exists() else 0

    def _wait_until_up(self, process: subprocess.Popen[bytes]) -> None:
        context = ssl.create_default_context(cafile=str(self.ca_file))

        def up() -> bool:
            if process.poll() is not None:
                tail = self.log_file.read_text(errors="replace")[-600:]
                raise LocalCloudError(f"Mosquitto ended with {process.returncode}:\n{tail}")
            try:
                with (
                    socket.create_connection((self.host, self.port), timeout=1) as plain,
                    context.wrap_socket(plain, server_hostname="localhost"),
                ):
                    return True
            except OSError:
                return False

        _wait(up, _START_S, "Mosquitto to listen")

    def _write_access(self, acl: Sequence[str]) -> None:
        self._acl_file.touch(mode=0o600)  # newer versions take no list that others could read
        self._acl_file.write_text("\n".join((*acl, "", *_RULES_ACCESS, "")))

    def _write_config(self) -> Path:
        server = self._authority.issue_server()
        lines = [
            # As root Mosquitto becomes another user, who could not read this folder.
            f"user {pwd.getpwuid(0).pw_name}" if os.geteuid() == 0 else "",
            "allow_anonymous false",
            f"acl_file {self._acl_file}",
            "persistence true",
            f"persistence_location {self._home}/",
            "autosave_interval 0",
            "log_dest topic",  # who connects and who is gone, for the bridge
            "log_dest stderr",  # standard output would be buffered, and reloads are read here
            "log_timestamp_format %Y-%m-%dT%H:%M:%S",
            "connection_messages true",
            # Nothing that the broker has acknowledged may be dropped for a full queue. Not 0
            # (no bound): Mosquitto 2.0.11 then cuts off a client whose message it refuses.
            "max_queued_messages 1000000",
            "max_queued_bytes 0",
            "max_inflight_messages 0",
            "max_inflight_bytes 0",
            # The rules engine reads at QoS 0 (see bridge.py): queue for it while it is away.
            "queue_qos0_messages true",
            "set_tcp_nodelay true",
            f"max_packet_size {MAX_PACKET_BYTES}",
            f"listener {self.port} {self.host}",
            f"cafile {server.ca_file}",
            f"certfile {server.certificate_file}",
            f"keyfile {server.key_file}",
            "require_certificate true",
            "use_identity_as_username true",
        ]
        config = self._home / "mosquitto.conf"
        config.write_text("\n".join(line for line in lines if line) + "\n")
        return config


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _wait(done: Callable[[], bool], limit_s: float, what: str) -> None:
    deadline = time.monotonic() + limit_s
    while not done():
        if time.monotonic() > deadline:
            raise LocalCloudError(f"waited {limit_s:g} s for {what}, in vain")
        time.sleep(0.01)
