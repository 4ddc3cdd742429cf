"""What a process does to files and whom it speaks to, as Linux sees it: ``strace``, read."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_MAKING: Final = (
    "creat,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir,link,linkat,symlink,"
    "symlinkat,truncate,mknod,mknodat,chmod,fchmodat,memfd_create"
)
_OPENING: Final = "open,openat,openat2"
_SPEAKING: Final = "connect,bind,sendto,sendmsg,sendmmsg"
_STARTING: Final = "execve,execveat"
_CALL: Final = re.compile(r"^\d+\s+(\w+)\((.*)$")
_TEXT: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')
_WRITING: Final = re.compile(r"\bO_(?:WRONLY|RDWR|CREAT|TRUNC|APPEND|TMPFILE)\b")
_INET: Final = re.compile(
    r'sin6?_port=htons\((\d+)\).*?(?:inet_addr\("|inet_pton\(AF_INET6, ")([^"]+)"'
)
_UNIX: Final = re.compile(r'sun_path=(@?)"([^"]*)"')


@dataclass(slots=True)
class Deeds:
    """What was seen.

    Attributes:
        written: Files that were opened for writing, made, moved or deleted, or tried to be.
        spoken_to: Addresses: ``host:port`` of the internet family, paths of the local one.
        other_families: Families of other addresses.
        started: Programs.
    """

    written: set[str] = field(default_factory=set)
    spoken_to: set[str] = field(default_factory=set)
    other_families: set[str] = field(default_factory=set)
    started: list[str] = field(default_factory=list)


def why_not() -> str | None:
    """Why no process can be traced here, or None."""
    strace = shutil.which("strace")
    if strace is None:
        return "strace is not installed"
    tried = subprocess.run(
        [strace, "-f", "-o", os.devnull, "true"], check=False, capture_output=True, text=True
    )
    return f"strace cannot trace here: {tried.stderr.strip()}" if tried.returncode else None


def watched(
    command: Sequence[str], trace: Path, cwd: Path, environment: Mapping[str, str]
) -> tuple["subprocess.CompletedProcess[str]", Deeds]:
    """Runs a command to its end; what it and all its threads and children did."""
    calls = f"trace={_MAKING},{_OPENING},{_SPEAKING},{_STARTING}"
    done = subprocess.run(
        ["strace", "-f", "-s", "4096", "-o", str(trace), "-e", calls, *command],
        check=False,
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, **environment},
        timeout=100,
    )
    return done, _read(trace.read_text(errors="replace").splitlines(), cwd)


def _read(lines: Sequence[str], cwd: Path) -> Deeds:
    deeds = Deeds()
    for name, arguments in _calls(lines):
        texts = _TEXT.findall(arguments)
        if name in _STARTING.split(","):
            deeds.started.append(texts[0])
        elif name in _SPEAKING.split(","):
            _add_address(deeds, arguments)
        elif name in _MAKING.split(",") or _WRITING.search(arguments):
            count = 2 if name.startswith(("rename", "link")) else 1
            deeds.written |= {str((cwd / text).resolve()) for text in texts[:count]}
    return deeds


def _calls(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Name and arguments; of a call that was interrupted what was known when it began."""
    for line in lines:
        found = _CALL.match(line)
        if found:
            yield found.group(1), found.group(2)


def _add_address(deeds: Deeds, arguments: str) -> None:
    if "sa_family=" not in arguments:
        return  # on a connection that was made before
    family = arguments.split("sa_family=", 1)[1].split(",", 1)[0].split("}", 1)[0]
    inet, local = _INET.search(arguments), _UNIX.search(arguments)
    if inet:
        deeds.spoken_to.add(f"{inet.group(2)}:{inet.group(1)}")
    elif local:
        deeds.spoken_to.add(local.group(1) + local.group(2))
    else:
        deeds.other_families.add(family)
