"""The note of what was switched by hand: a small file beside the outbox.

It survives restarts and power cuts. Whoever may write into that folder may pause: root, and the
service's own user.
"""

import logging
import os
import tempfile
from pathlib import Path
from typing import Final, Self

from edge.errors import SwitchError
from edge.switches import Switch, Switches

_log = logging.getLogger(__name__)

NAME: Final = "watch.json"
_LONGEST: Final = 4096
_READABLE: Final = 0o644
"""The service's user reads what root has written; there is nothing secret in it."""


class PauseNote:
    """Reads the note when it has changed, and replaces it atomically."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._seen: tuple[int, ...] | None = None
        self._switches = Switches()

    @classmethod
    def beside(cls, outbox: Path) -> Self:
        """The note in the folder of a configured outbox."""
        return cls(outbox.with_name(NAME))

    def read(self) -> Switches:
        """What is switched; no file is nothing, a damaged or unreadable one is a pause."""
        try:
            found = self._file.stat()
        except FileNotFoundError:
            self._seen, self._switches = None, Switches()
            return self._switches
        except OSError as exc:
            return self._pause_for(exc)
        seen = (found.st_ino, found.st_mtime_ns, found.st_size, found.st_mode)
        if seen != self._seen:
            try:
                with self._file.open("rb") as note:
                    content = note.read(_LONGEST)
            except OSError as exc:
                return self._pause_for(exc)
            self._seen, self._switches = seen, Switches.decode(content)
            if self._switches.damaged:
                _log.error("%s is damaged: paused until museum-edge resume", self._file)
        return self._switches

    def write(self, switches: Switches) -> None:
        """Replaces the note; on return it survives a power cut.

        Raises:
            SwitchError: It cannot be written; the old one stands.
        """
        folder = self._file.parent
        try:
            # mkstemp never follows a link that somebody has put there.
            handle, name = tempfile.mkstemp(prefix=f".{NAME}.", dir=folder)
            try:
                with os.fdopen(handle, "wb") as note:
                    note.write(switches.encode())
                    os.fchmod(note.fileno(), _READABLE)
                    note.flush()
                    os.fsync(note.fileno())
                Path(name).replace(self._file)
            except OSError:
                Path(name).unlink(missing_ok=True)
                raise
            _sync_folder(folder)
        except PermissionError as exc:
            raise SwitchError(str(self._file), "may not be written; use sudo") from exc
        except OSError as exc:
            raise SwitchError(str(self._file), f"cannot be written: {exc.strerror}") from exc

    def _pause_for(self, error: OSError) -> Switches:
        if not self._switches.damaged:
            _log.error("%s cannot be read, so this is a pause: %s", self._file, error)
        self._seen, self._switches = None, Switches(paused=Switch(), damaged=True)
        return self._switches


def _sync_folder(folder: Path) -> None:
    """Makes the renaming durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
