"""The command line when its reader goes, its terminal is old, a package is broken, or on Ctrl-C."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from edge.commands.run import stop_by_signal

LOG = "Timestamp,CameraLocation,Emotion,Confidence\n2026-04-05 14:14:11,Sålen,Happy,0.91\n"


def museum_edge(
    repository: Path, *arguments: str, stdout: int, more: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """A process of its own, whose output is another's business."""
    return subprocess.run(
        [sys.executable, "-m", "edge", *arguments],
        cwd=repository,
        env={**os.environ, **(more or {})},
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log with one row."""
    file = tmp_path / "log.csv"
    file.write_text(LOG, encoding="utf-8")
    return file


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_has_gone_is_no_error(repository: Path, log: Path, unbuffered: str) -> None:
    """As with ``| head``: quiet, and the exit code that the shell gives other programs."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        ended = museum_edge(
            repository, "analyze", str(log), stdout=writing, more={"PYTHONUNBUFFERED": unbuffered}
        )
    finally:
        os.close(writing)
    assert (ended.returncode, ended.stderr) == (128 + signal.SIGPIPE, "")


@pytest.mark.parametrize("arguments", [("analyze", "{log}"), ("analyze", "{log}", "--json")])
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is full")
def test_a_full_disk_for_the_output_is_one_line(
    repository: Path, log: Path, arguments: tuple[str, ...]
) -> None:
    """``museum-edge analyze … > report.txt`` on a full card."""
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        given = [argument.format(log=log) for argument in arguments]
        ended = museum_edge(repository, *given, stdout=full)
    finally:
        os.close(full)
    assert ended.returncode == 74
    assert ended.stderr == "museum-edge: the output: No space left on device\n"


def test_a_terminal_without_these_letters_gets_others(repository: Path, log: Path) -> None:
    """An old console prints what it can."""
    more = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
    ended = museum_edge(repository, "analyze", str(log), stdout=subprocess.PIPE, more=more)
    assert ended.returncode == 0
    assert "S\\xe5len" in ended.stdout


def test_ctrl_c_ends_at_once_and_quietly(repository: Path, tmp_path: Path) -> None:
    """In a command that watches for no signal; here it waits for a pipe that nobody writes."""
    pipe = tmp_path / "log.csv"
    os.mkfifo(pipe)
    process = subprocess.Popen(
        [sys.executable, "-m", "edge", "analyze", str(pipe)],
        cwd=repository,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509 - no threads here
    )
    with pipe.open("w"):  # opens when the other side does
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (-signal.SIGINT, "")


def test_a_broken_package_is_one_line_with_a_code_of_its_own(repository: Path) -> None:
    """OpenCV without one of its system libraries, say."""
    script = (
        "import sys\nsys.modules['cv2'] = None\n"
        "from edge.__main__ import main\nsys.exit(main(['replay', 'clip.mkv']))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script],
        cwd=repository,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 69
    assert ended.stderr.startswith("museum-edge: cv2 cannot be loaded (")
    assert ended.stderr.endswith("sudo edge/install.sh --upgrade installs all of them again\n")
    assert ended.stderr.count("\n") == 1


def test_what_needs_no_picture_loads_no_opencv(repository: Path) -> None:
    """So it answers quickly on a Pi, and also where OpenCV is broken."""
    script = (
        "import sys\nfrom edge.__main__ import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        "print('cv2' in sys.modules, 'awscrt' in sys.modules)"
    )
    for arguments in (["--version"], ["analyze", "--help"], ["pause", "--help"]):
        ended = subprocess.run(
            [sys.executable, "-c", script, *arguments],
            cwd=repository,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        assert ended.stdout.splitlines()[-1] == "False False", arguments


def test_a_stop_waits_for_no_lock_of_the_thread_that_it_interrupts() -> None:
    """SIGTERM may come while the main thread holds the lock of the event that it sets."""
    event, lock = threading.Event(), threading.Lock()

    def stop() -> None:
        with lock:
            event.set()

    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    stop_by_signal(stop)
    try:
        with lock:
            signal.raise_signal(signal.SIGTERM)
            assert not event.is_set()
        assert event.wait(30)
    finally:
        for number, handler in zip((signal.SIGTERM, signal.SIGINT), before, strict=True):
            signal.signal(number, handler)
