"""The expression log on disk: appended to, never rewritten, bounded, fit for SD cards."""

import errno
import fcntl
import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from edge.errors import LogFileError
from edge.expression_log import HEADER
from edge.log_fields import same_columns
from edge.ports import Clock

MAX_BYTES: Final = 64 * 1024 * 1024
"""About a million visits. A fuller log becomes ``FILE.1``, in the place of an older one."""
SYNC_S: Final = 10.0
"""Rows are in the file at once; the card is made to store them at most this often."""
_MODE: Final = 0o640
_LINE_END: Final = b"\r\n"
"""As in RFC 4180, and in the logs that are continued."""
_LONGEST_HEADER: Final = 1024


class CsvLog:
    """Appends rows in one write each time; a write that fails leaves the file as it was."""

    def __init__(self, file: Path, clock: Clock, max_bytes: int = MAX_BYTES) -> None:
        """Opens the file, or makes it with its header.

        Raises:
            LogFileError: It cannot be written, is no such log, or another process writes it.
        """
        self._file = file
        self._clock = clock
        self._max_bytes = max_bytes
        self._handle = self._open()
        self._synced_s = clock.monotonic_s()

    def append(self, rows: Iterable[str]) -> None:
        """Adds rows, in their order.

        Raises:
            LogFileError: They could not be written, e.g. on a full disk; none of them has been.
        """
        data = b"".join(row.encode() + _LINE_END for row in rows)
        try:
            if self._is_gone():
                self._reopen()
            elif os.fstat(self._handle).st_size + len(data) > self._max_bytes:
                self._file.replace(self._file.with_name(f"{self._file.name}.1"))
                self._reopen()
            _write(self._handle, data)
            if self._clock.monotonic_s() - self._synced_s >= SYNC_S:
                os.fdatasync(self._handle)
                self._synced_s = self._clock.monotonic_s()
        except OSError as exc:
            raise self._error(exc) from exc

    def close(self) -> None:
        """Makes the rows durable and closes the file."""
        if self._handle < 0:
            return
        try:
            os.fdatasync(self._handle)
        except OSError as exc:
            raise self._error(exc) from exc
        finally:
            os.close(self._handle)
            self._handle = -1

    def _open(self) -> int:
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK
        try:
            handle = os.open(self._file, flags, _MODE)
            try:
                self._take(handle)
            except BaseException:
                os.close(handle)
                raise
        except OSError as exc:
            raise self._error(exc) from exc
        return handle

    def _take(self, handle: int) -> None:
        """Checks that the file is a log, and ours alone; begins it or mends its end."""
        state = os.fstat(handle)
        if not stat.S_ISREG(state.st_mode):
            raise LogFileError(str(self._file), "is no file; name another one for the log")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            raise LogFileError(str(self._file), "another process writes this log") from exc
        if state.st_size == 0:
            _write(handle, HEADER.encode() + _LINE_END)
            return
        first = os.pread(handle, _LONGEST_HEADER, 0).split(b"\n", 1)[0]
        if not same_columns(first.decode("utf-8-sig", "replace")):
            problem = f"is no such log: its first line is not {HEADER}; name another file"
            raise LogFileError(str(self._file), problem)
        if os.pread(handle, 1, state.st_size - 1) != b"\n":
            _write(handle, _LINE_END)  # the power was cut in the middle of a row

    def _reopen(self) -> None:
        handle = self._open()
        os.close(self._handle)
        self._handle = handle

    def _is_gone(self) -> bool:
        """Whether somebody has moved or deleted the file, as logrotate does."""
        try:
            there = self._file.stat()
        except FileNotFoundError:
            return True
        ours = os.fstat(self._handle)
        return (there.st_dev, there.st_ino) != (ours.st_dev, ours.st_ino)

    def _error(self, error: OSError) -> LogFileError:
        return LogFileError(str(self._file), f"cannot be written: {error.strerror or error}")


def _write(handle: int, data: bytes) -> None:
    """All or nothing."""
    size = os.fstat(handle).st_size
    written = os.write(handle, data)
    if written < len(data):
        os.ftruncate(handle, size)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
