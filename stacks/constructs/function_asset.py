"""What a function's deployment package holds, found without network, Docker or pip.

The packages come from the environment that runs the synthesis, so what is deployed is what the
tests and the local run imported. That is safe because only pure-Python packages are let in.

Where a Python of Lambda's own version is at hand, it adds its byte code: Lambda's folder is
read-only, so that what is not compiled here is compiled again at every cold start.
"""

import hashlib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Final

from stacks.errors import AssetError

RUNTIME_PACKAGES: Final = (
    "python-json-logger",
    "tzdata",
)
"""What the functions import beyond the standard library and the runtime's own boto3."""

RUNTIME_VERSION: Final = "3.13"
"""The Python that runs the functions; ``PythonFunction`` names the same."""
TASK_ROOT: Final = "/var/task"
"""Where Lambda puts the package, as tracebacks name it."""

CONFIG_NAME: Final = "museums.json"
_INSTALLERS_OWN: Final = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"}
_COMPILED: Final = {".so", ".pyd", ".dylib", ".dll", ".a", ".o"}
_PIN: Final = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;#]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionSources:
    """Where the parts of every function's package lie.

    Attributes:
        root: The folder that holds ``lambdas``, ``contracts`` and ``requirements.txt``.
        museums: What travels along as ``museums.json``.
    """

    root: Path
    museums: bytes


@dataclass(frozen=True, slots=True)
class FunctionAsset:
    """One function's deployment package.

    Attributes:
        files: Path inside the package (POSIX) to the file it is copied from, or to its content.
    """

    files: Mapping[str, Path | bytes]

    def digest(self) -> str:
        """SHA-256 over the paths and the contents: free of machine, folder, owner and time.

        Byte code does not count. It follows from the sources, and a machine that cannot make it
        would else seem to deploy something else.
        """
        total = hashlib.sha256()
        for name in sorted(self.files):
            content = hashlib.sha256(_content(self.files[name])).hexdigest()
            total.update(f"{name}\0{content}\n".encode())
        return total.hexdigest()

    def write(self, folder: Path, python: str | None = None) -> None:
        """Copies the package into ``folder``, readable for every user as Lambda wants it.

        Args:
            folder: An empty folder.
            python: Makes the byte code; none is made without it.

        Raises:
            AssetError: A file does not compile.
        """
        for name in sorted(self.files):
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(_content(self.files[name]))
        if python:
            _compile(folder, python)
        for inner in folder.rglob("*"):
            inner.chmod(0o755 if inner.is_dir() else 0o644)


def _content(source: Path | bytes) -> bytes:
    return source if isinstance(source, bytes) else source.read_bytes()


@cache
def runtime_python() -> str | None:
    """A Python of Lambda's version on this machine, or None: only its byte code fits there."""
    for candidate in (sys.executable, shutil.which(f"python{RUNTIME_VERSION}")):
        if candidate and _version(candidate) == RUNTIME_VERSION:
            return candidate
    return None


def _version(python: str) -> str:
    """What the program says of itself; nothing where it is a launcher with none to launch."""
    ask = "import sys; print('%d.%d' % sys.version_info[:2])"
    answer = subprocess.run(  # noqa: S603  # an interpreter's name and our own words
        [python, "-I", "-c", ask], capture_output=True, text=True, check=False
    )
    return answer.stdout.strip()


def _compile(folder: Path, python: str) -> None:
    """Byte code that no file's time can make stale, the same bytes on every machine.

    Raises:
        AssetError: A file does not compile.
    """
    options = ["-q", "--invalidation-mode", "unchecked-hash", "-s", str(folder), "-p", TASK_ROOT]
    done = subprocess.run(  # noqa: S603  # an interpreter's name and our own folder
        [python, "-P", "-m", "compileall", *options, str(folder)],
        env={"PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise AssetError(str(folder), f"does not compile: {done.stdout.strip()}")


def collect(
    sources: FunctionSources, function: str, packages: Sequence[str] = RUNTIME_PACKAGES
) -> FunctionAsset:
    """Finds everything that the function ``lambdas/<function>`` is deployed with.

    Raises:
        AssetError: The function's folder is missing, or a package is missing, is not the pinned
            version or holds compiled code.
    """
    if not (sources.root / "lambdas" / function / "handler.py").is_file():
        raise AssetError(f"lambdas/{function}/handler.py", "is not there")
    files: dict[str, Path | bytes] = {
        CONFIG_NAME: sources.museums,
        "lambdas/__init__.py": sources.root / "lambdas" / "__init__.py",
    }
    for folder in ("contracts", "lambdas/shared", f"lambdas/{function}"):
        files |= _folder(sources.root, folder)
    pins = _pins(sources.root / "requirements.txt")
    for package in packages:
        files |= _package(package, pins)
    return FunctionAsset(files)


def _folder(root: Path, folder: str) -> dict[str, Path]:
    return {
        path.relative_to(root).as_posix(): path
        for path in (root / folder).rglob("*")
        if path.is_file() and not _is_by_product(path)
    }


def _is_by_product(path: Path) -> bool:
    return (
        "__pycache__" in path.parts or path.suffix in {".pyc", ".pyo"} or path.name.startswith(".")
    )


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _pins(requirements: Path) -> dict[str, str]:
    matches = (_PIN.match(line) for line in requirements.read_text(encoding="utf-8").splitlines())
    return {_normalised(match[1]): match[2] for match in matches if match}


def _package(name: str, pins: Mapping[str, str]) -> dict[str, Path]:
    try:
        package = metadata.distribution(name)
    except metadata.PackageNotFoundError as exc:
        raise AssetError(name, "is not installed; run pip install -r requirements.txt") from exc
    pin = pins.get(_normalised(name))
    if pin is None:
        raise AssetError(name, "is not pinned in requirements.txt; add a line name==version")
    if package.version != pin:
        raise AssetError(
            name,
            f"version {package.version} is installed but requirements.txt pins {pin}; "
            "run pip install -r requirements.txt",
        )
    if "Root-Is-Purelib: true" not in (package.read_text("WHEEL") or ""):
        raise AssetError(name, "is no pure-Python package; it would not run on Lambda's arm64")
    return dict(_package_files(name, package))


def _package_files(name: str, package: metadata.Distribution) -> Iterator[tuple[str, Path]]:
    if not package.files:
        raise AssetError(name, "does not list its files; install it with pip into .venv")
    for file in package.files:
        if file.parts[0] == ".." or file.name in _INSTALLERS_OWN or _is_by_product(Path(file)):
            continue  # scripts, installer's notes and caches differ from machine to machine
        if file.suffix in _COMPILED:
            raise AssetError(name, f"holds compiled code ({file}); it would not run on arm64")
        yield file.as_posix(), Path(str(package.locate_file(file)))
