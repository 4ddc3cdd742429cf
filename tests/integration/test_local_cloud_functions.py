"""Functions in their own processes."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local_cloud.clock import Clock
from local_cloud.declared import FunctionSpec
from local_cloud.errors import FunctionError
from local_cloud.functions import FunctionWorker
from local_cloud.runtime_folder import make_runtime_folder

pytestmark = pytest.mark.integration
Start = Callable[[str], FunctionWorker]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a function from its source."""
    started: list[FunctionWorker] = []
    lines: list[str] = []

    def start(code: str) -> FunctionWorker:
        asset = tmp_path / "asset"
        asset.mkdir()
        (asset / "main.py").write_text(code)
        spec = FunctionSpec(
            name="f",
            arn="arn:aws:lambda:eu-west-1:1:function:f",
            handler="main.handle",
            code=asset,
            environment={"GREETING": "hello"},
            timeout_s=2,
            memory_mb=256,
            log_group="group",
            role="role",
        )
        worker = FunctionWorker(
            spec,
            home=tmp_path / "home",
            runtime=make_runtime_folder(tmp_path / "runtime"),
            endpoint_url="http://127.0.0.1:1",
            clock=Clock(),
            on_log=lines.append,
        )
        started.append(worker)
        return worker

    yield start
    for worker in started:
        worker.stop()


def test_only_the_asset_and_awss_runtime_can_be_imported(start: Start) -> None:
    """Neither this project nor its virtual environment is there; boto3 is."""
    worker = start(
        "import importlib.util as u, boto3\n"
        "def handle(event, context):\n"
        "    return {name: u.find_spec(name) is not None for name in event}\n"
    )
    assert worker.invoke(["boto3", "main", "moto", "contracts", "local_cloud", "pytest"]) == {
        "boto3": True,
        "main": True,
        "moto": False,
        "contracts": False,
        "local_cloud": False,
        "pytest": False,
    }


def test_a_function_sees_the_templates_environment_and_nothing_of_this_machine(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Credentials are dummies, whatever the user has set."""
    monkeypatch.setenv("AWS_PROFILE", "mine")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "mine")
    worker = start("import os\ndef handle(event, context):\n    return dict(os.environ)\n")
    found = worker.invoke({})
    assert found["GREETING"] == "hello"
    assert found["AWS_LAMBDA_FUNCTION_NAME"] == "f"
    assert found["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
    assert "mine" not in found.values()


def test_the_context_is_lambdas(start: Start) -> None:
    """With the attributes of Lambda's own."""
    worker = start(
        "def handle(event, context):\n"
        "    return [context.function_name, context.memory_limit_in_mb,\n"
        "            context.invoked_function_arn, bool(context.aws_request_id),\n"
        "            0 < context.get_remaining_time_in_millis() <= 2000]\n"
    )
    arn = "arn:aws:lambda:eu-west-1:1:function:f"
    assert worker.invoke({}) == ["f", "256", arn, True, True]


def test_a_process_stays_warm_and_starts_anew_after_it_died(start: Start) -> None:
    """As an execution environment does."""
    worker = start(
        "import os\ncount = 0\n"
        "def handle(event, context):\n"
        "    global count\n    count += 1\n"
        "    return os._exit(1) if event == 'die' else count\n"
    )
    assert [worker.invoke({}), worker.invoke({})] == [1, 2]
    with pytest.raises(FunctionError, match=r"Runtime\.ExitError"):
        worker.invoke("die")
    assert worker.invoke({}) == 1


def test_a_function_that_runs_too_long_is_ended(start: Start) -> None:
    """At the template's timeout."""
    worker = start("import time\ndef handle(event, context):\n    time.sleep(event)\n")
    with pytest.raises(FunctionError, match=r"Sandbox\.Timedout.*2 s"):
        worker.invoke(30)
    assert worker.invoke(0) is None


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("import nowhere\n", "ModuleNotFoundError"),
        ("x = 1\n", "AttributeError"),
        ("def handle(event, context):\n    return object()\n", "TypeError"),
        ("def handle(event, context):\n    raise SystemExit(1)\n", "SystemExit"),
    ],
)
def test_errors_are_reported_with_their_class_and_trace(
    start: Start, code: str, error: str
) -> None:
    """At import, from the handler, and for results that are no JSON."""
    worker = start(code)
    with pytest.raises(FunctionError) as caught:
        worker.invoke({})
    assert caught.value.error_type == error
    assert error in caught.value.trace
    assert error in worker.log_file.read_text()


def test_output_of_any_size_goes_to_the_log(start: Start) -> None:
    """It does not mix with the answers, and cannot block them."""
    worker = start(
        "import sys\n"
        "def handle(event, context):\n"
        "    print('x' * 300_000)\n    print('err', file=sys.stderr)\n    return 'y' * 300_000\n"
    )
    assert worker.invoke({}) == "y" * 300_000
    log = worker.log_file.read_text()
    assert "x" * 300_000 in log
    assert "err" in log


def test_time_zones_come_from_the_asset_only(start: Start) -> None:
    """Lambda's image has none: a function that forgot tzdata fails here, too."""
    worker = start(
        "import zoneinfo\n"
        "def handle(event, context):\n    return str(zoneinfo.ZoneInfo('Europe/Rome'))\n"
    )
    with pytest.raises(FunctionError, match="ZoneInfoNotFoundError"):
        worker.invoke({})


def test_the_asset_folder_is_left_as_it_was(start: Start) -> None:
    """Byte code goes elsewhere: the assembly stays what was synthesised."""
    worker = start("import json\ndef handle(event, context):\n    return 1\n")
    worker.invoke({})
    assert [entry.name for entry in worker.spec.code.iterdir()] == ["main.py"]
