"""A thread that repeats a step."""

import threading

import pytest

from edge.errors import OutboxError
from edge.worker import Worker


def test_it_repeats_until_stopped() -> None:
    """At the pace that the step asks for."""
    enough = threading.Event()
    calls: list[int] = []

    def step() -> float:
        calls.append(1)
        if len(calls) == 5:
            enough.set()
        return 0.0

    worker = Worker("test", step)
    worker.start()
    assert enough.wait(10)
    worker.stop(10)

    worker.check()
    seen = len(calls)
    assert seen >= 5
    assert len(calls) == seen


def test_an_expected_error_is_logged_and_survived(caplog: pytest.LogCaptureFixture) -> None:
    """In one line, without a traceback."""
    failed = threading.Event()

    def step() -> float:
        failed.set()
        raise OutboxError("outbox.db", "disk I/O error")

    worker = Worker("forwarder", step)
    worker.start()
    assert failed.wait(10)
    worker.stop(10)

    worker.check()
    assert "forwarder: outbox outbox.db: disk I/O error" in caplog.text
    assert "Traceback" not in caplog.text


def test_a_defect_is_raised_in_the_main_thread() -> None:
    """So that the process ends instead of living on without the thread."""

    def step() -> float:
        raise ZeroDivisionError

    worker = Worker("test", step)
    worker.start()
    worker.stop(10)

    with pytest.raises(ZeroDivisionError):
        worker.check()
