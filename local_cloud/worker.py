"""The child process in which one function lives, as Lambda's own runtime would hold it.

Started as ``python -I -S worker.py RUNTIME_FOLDER``: neither this project nor its virtual
environment is on ``sys.path``, only the asset folder and what AWS's runtime brings. Requests come
as JSON lines on standard input, answers leave on what was standard output; the function's own
output goes to its log. Nothing of this project can be imported here.
"""

import importlib
import json
import os
import sys
import time
import traceback
import zoneinfo
from collections.abc import Callable
from typing import Any


class Context:
    """What Lambda hands to a handler beside the event."""

    def __init__(self, request_id: str, timeout_s: float) -> None:
        environment = os.environ
        self.function_name = environment["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = environment["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = environment["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = environment["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.invoked_function_arn = environment["LOCAL_CLOUD_FUNCTION_ARN"]
        self.aws_request_id = request_id
        self.identity = None
        self.client_context = None
        self._deadline = time.perf_counter() + timeout_s  # not shifted with the clock

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function would be stopped."""
        return max(0, int((self._deadline - time.perf_counter()) * 1000))


class ShiftedClock:
    """Moves every clock that Python code can read."""

    def __init__(self) -> None:
        self._travel: Any = None
        self._traveller: Any = None

    def shift(self, offset_s: float | None) -> None:
        """Sets the clock ``offset_s`` ahead of real time, or back to real time for None."""
        if offset_s is None:
            if self._travel is not None:
                self._travel.stop()
                self._travel = None
            return
        time_machine = importlib.import_module("time_machine")
        if self._travel is None:
            self._travel = time_machine.travel(time.time() + offset_s, tick=True)
            self._traveller = self._travel.start()
        else:
            now = time_machine.escape_hatch.time.time()
            self._traveller.move_to(now + offset_s, tick=True)


def invoke(
    handler: Callable[[Any, Context], Any], request: dict[str, Any], clock: ShiftedClock
) -> dict[str, Any]:
    """Runs the handler once; gives the answer for the parent."""
    clock.shift(request["clock_offset_s"])
    context = Context(request["id"], request["timeout_s"])
    try:
        # Lambda serialises the result, too: what is no JSON is the function's error.
        return {"result": json.loads(json.dumps(handler(request["event"], context)))}
    except BaseException as error:  # noqa: BLE001 - Lambda reports SystemExit as well
        return failure(error)
    finally:
        sys.stdout.flush()


def failure(error: BaseException) -> dict[str, Any]:
    """The answer for an error, which also goes to the log."""
    trace = "".join(traceback.format_exception(error))
    sys.stderr.write(trace)
    sys.stderr.flush()
    return {"error": {"type": type(error).__name__, "message": str(error), "trace": trace}}


def load_handler(name: str) -> Callable[[Any, Context], Any]:
    """Imports what the template's ``Handler`` names."""
    module, _, attribute = name.rpartition(".")
    handler: Callable[[Any, Context], Any] = getattr(
        importlib.import_module(module.replace("/", ".")), attribute
    )
    return handler


def main() -> None:
    """Imports the handler, says that it is ready, then serves until standard input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # from here on print() goes to the log
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", buffering=1, closefd=False)
    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    sys.path.append(sys.argv[1])
    zoneinfo.reset_tzpath(to=())  # Lambda's image has no time zones either: the asset brings them
    clock = ShiftedClock()

    def answer(content: dict[str, Any]) -> None:
        answers.write(json.dumps(content) + "\n")
        answers.flush()

    try:
        handler = load_handler(os.environ["_HANDLER"])
    except BaseException as error:  # noqa: BLE001 - whatever a module raises at import
        answer(failure(error))
        return
    answer({"result": "ready"})
    for line in sys.stdin:
        answer(invoke(handler, json.loads(line), clock))


if __name__ == "__main__":
    main()
