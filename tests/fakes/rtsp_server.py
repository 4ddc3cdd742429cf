"""A network camera on this machine: RTSP 1.0 over TCP, pictures as RTP/JPEG (RFC 2326, 2435).

Real enough for FFmpeg: it is asked to describe itself, set up and play, wants a password if told
so, and sends what it shows until it is unplugged.
"""

import base64
import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, Final, Self

import cv2
import numpy as np

from edge.models import Image

_JPEG_PAYLOAD: Final = 26
_CLOCK_HZ: Final = 90_000
_CHUNK: Final = 1400
_SUBSAMPLED: Final = 1
"""RFC 2435's type 1: 4:2:0."""
_TABLES_INSIDE: Final = 255
_MARKERS: Final = {0xDB: "tables", 0xDA: "scan"}


class RtspCamera:
    """Serves what ``show`` gives; each connection plays on its own."""

    def __init__(
        self, show: Callable[[], Image], frames_per_s: float, credentials: str | None = None
    ) -> None:
        """Prepares the camera.

        Args:
            show: Its present picture, BGR; sides are multiples of 16.
            frames_per_s: How often it is sent.
            credentials: ``user:password`` that it wants, if any.
        """
        self._show = show
        self._every_s = 1 / frames_per_s
        self._credentials = credentials
        self._hangs = threading.Event()
        self._stopped = threading.Event()
        self._connections: list[socket.socket] = []
        self._server: socket.socket | None = None
        self.port = 0
        self.connected = 0

    def __enter__(self) -> Self:
        """Plugs it in."""
        self.plug()
        return self

    def __exit__(self, *_: object) -> None:
        """Unplugs it."""
        self.unplug()

    def url(self, credentials: str | None = None) -> str:
        """Its address, with credentials if given."""
        user = f"{credentials}@" if credentials else ""
        return f"rtsp://{user}127.0.0.1:{self.port}/stream"

    def plug(self) -> None:
        """Listens, at the port of the last time if there was one."""
        self._stopped = threading.Event()
        self._hangs.clear()
        server = self._server = socket.create_server(("127.0.0.1", self.port))
        self.port = server.getsockname()[1]
        threading.Thread(target=self._accept, args=(server,), daemon=True).start()

    def unplug(self) -> None:
        """All connections break, and nobody listens."""
        self._stopped.set()
        if self._server is not None:
            with contextlib.suppress(OSError):
                self._server.shutdown(socket.SHUT_RDWR)
            self._server.close()
        for connection in self._connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        self._connections.clear()

    def hang(self) -> None:
        """Connections stay, nothing comes any more."""
        self._hangs.set()

    def go_on(self) -> None:
        """Pictures come again."""
        self._hangs.clear()

    def _accept(self, server: socket.socket) -> None:
        while not self._stopped.is_set():
            try:
                connection, _ = server.accept()
            except OSError:
                return
            self._connections.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        stopped, over = self._stopped, threading.Event()
        self.connected += 1
        try:
            lines = connection.makefile("rb")
            while request := _read_request(lines):
                if self._hangs.is_set():
                    stopped.wait()
                    return
                connection.sendall(self._answer(request))
                if request.method == "PLAY":
                    play = (connection, stopped, over)
                    threading.Thread(target=self._play, args=play, daemon=True).start()
                if request.method == "TEARDOWN":
                    break
        except (OSError, ValueError, struct.error):
            pass
        finally:
            over.set()
            self.connected -= 1
            connection.close()

    def _answer(self, request: "_Request") -> bytes:
        wanted = self._credentials
        if wanted is not None and request.method != "OPTIONS":
            proof = "Basic " + base64.b64encode(wanted.encode()).decode()
            if request.headers.get("authorization") != proof:
                return request.reply("401 Unauthorized", ['WWW-Authenticate: Basic realm="camera"'])
        if request.method == "OPTIONS":
            return request.reply("200 OK", ["Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN"])
        if request.method == "DESCRIBE":
            sdp = (
                "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=camera\r\nt=0 0\r\n"
                f"m=video 0 RTP/AVP {_JPEG_PAYLOAD}\r\na=control:track0\r\n"
                f"a=framerate:{1 / self._every_s:g}\r\n"
            )
            return request.reply("200 OK", ["Content-Type: application/sdp"], sdp)
        if request.method == "SETUP":
            transport = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1"
            if "TCP" not in request.headers.get("transport", ""):
                return request.reply("461 Unsupported Transport", [])
            return request.reply("200 OK", [transport, "Session: 1"])
        return request.reply("200 OK", ["Session: 1"])

    def _play(
        self, connection: socket.socket, stopped: threading.Event, over: threading.Event
    ) -> None:
        sequence, started_s = 0, time.monotonic()
        with contextlib.suppress(OSError):
            while not stopped.is_set() and not over.wait(self._every_s):
                if self._hangs.is_set():
                    continue
                stamp = round((time.monotonic() - started_s) * _CLOCK_HZ)
                for packet in _packets(self._show(), sequence, stamp):
                    connection.sendall(b"$\0" + struct.pack(">H", len(packet)) + packet)
                    sequence += 1


@dataclass(frozen=True)
class _Request:
    method: str
    headers: dict[str, str]

    def reply(self, status: str, headers: list[str], body: str = "") -> bytes:
        """An answer to it."""
        lines = [f"RTSP/1.0 {status}", f"CSeq: {self.headers.get('cseq', '0')}", *headers]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def _read_request(stream: BinaryIO) -> _Request | None:
    """The next request; what the client reports of its reception in between is passed over."""
    while (mark := stream.read(1)) == b"$":
        _, length = struct.unpack(">BH", stream.read(3))
        stream.read(length)
    first = (mark + stream.readline()).decode().split()
    if not first:
        return None
    headers = {}
    while line := stream.readline().decode().strip():
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    return _Request(first[0], headers)


def _packets(image: Image, sequence: int, stamp: int) -> list[bytes]:
    """One picture as RTP packets."""
    ok, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 95])
    assert ok
    tables, scan = _take_apart(encoded.tobytes())
    height, width = image.shape[:2]
    packets: list[bytes] = []
    for offset in range(0, len(scan), _CHUNK):
        chunk = scan[offset : offset + _CHUNK]
        is_last = offset + len(chunk) == len(scan)
        rtp = struct.pack(
            ">BBHII",
            0x80,
            _JPEG_PAYLOAD | (0x80 if is_last else 0),
            (sequence + len(packets)) & 0xFFFF,
            stamp & 0xFFFFFFFF,
            1,
        )
        jpeg = struct.pack(">I", offset) + bytes(
            (_SUBSAMPLED, _TABLES_INSIDE, width // 8, height // 8)
        )
        inside = struct.pack(">BBH", 0, 0, len(tables)) + tables if offset == 0 else b""
        packets.append(rtp + jpeg + inside + chunk)
    return packets


def _take_apart(jpeg: bytes) -> tuple[bytes, bytes]:
    """The quantisation tables and the entropy-coded data of a baseline JPEG."""
    tables, position = b"", 2
    while position < len(jpeg):
        marker, length = jpeg[position + 1], struct.unpack(">H", jpeg[position + 2 : position + 4])
        body = jpeg[position + 4 : position + 2 + length[0]]
        position += 2 + length[0]
        kind = _MARKERS.get(marker)
        if kind == "tables":
            tables += b"".join(body[i + 1 : i + 65] for i in range(0, len(body), 65))
        if kind == "scan":
            return tables, jpeg[position:-2]
    raise ValueError("no picture in the JPEG")


def striped(level: int, width: int = 64, height: int = 48) -> Image:
    """A picture whose left half is blue and whose right half is red, as bright as ``level``."""
    image = np.zeros((height, width, 3), np.uint8)
    image[:, : width // 2, 0] = level
    image[:, width // 2 :, 2] = level
    return image
