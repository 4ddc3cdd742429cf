"""The local cloud: what the synthesised app declares, running on this machine."""

import contextlib
import datetime as dt
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from local_cloud.assembly import read_assembly
from local_cloud.aws_server import AwsServer
from local_cloud.bridge import Bridge
from local_cloud.broker import MosquittoBroker
from local_cloud.certificates import DeviceCertificate
from local_cloud.clock import Clock
from local_cloud.declared import Declared
from local_cloud.deployment import deploy
from local_cloud.device_policy import Device
from local_cloud.devices import DeviceRegistry
from local_cloud.errors import LocalCloudError
from local_cloud.functions import FunctionWorker
from local_cloud.invoker import Invoker
from local_cloud.json_value import Json
from local_cloud.mailbox import Mailbox
from local_cloud.metering import Used
from local_cloud.metrics import MetricDatum, MetricLog
from local_cloud.presence import Disconnected
from local_cloud.queues import QueuePump
from local_cloud.rules import RulesEngine
from local_cloud.runtime_folder import make_runtime_folder
from local_cloud.scheduler import Progress, Scheduler
from local_cloud.stats import Stats

_DRAIN_POLL_S: Final = 0.02


class LocalCloud:
    """Starts everything on entering and ends it on leaving.

    Args:
        assembly: Folder of the cloud assembly (``cdk.out``).
        home: Folder for certificates, logs, mails and Mosquitto's database.
    """

    def __init__(self, assembly: Path, home: Path) -> None:
        self._assembly = read_assembly(assembly)
        self._home = home.resolve()
        self._home.mkdir(parents=True, exist_ok=True)
        self._closing = contextlib.ExitStack()
        self.clock = Clock()
        self.stats = Stats()
        self._aws = AwsServer()
        self._metrics = MetricLog(self._aws)
        self._mailbox = Mailbox(self._home / "mailbox", self.clock, self.stats)
        self._declared = Declared()
        self._pumps: list[QueuePump] = []
        self._live: set[str] = set()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as starting:
            self._aws.start()
            starting.callback(self._aws.stop)
            self._declared = deploy(self._assembly, self._aws)
            starting.callback(self._mailbox.stop)
            self._mailbox.subscribe(self._declared.mail, self._aws)
            self._start_functions(starting)
            self._start_broker(starting)
            self._closing = starting.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.close()

    @property
    def endpoint_url(self) -> str:
        """Where moto listens."""
        return self._aws.endpoint_url

    @property
    def outputs(self) -> Mapping[str, Mapping[str, Json]]:
        """The stacks' outputs, by stack name and output id."""
        return self._declared.outputs

    @property
    def mailbox(self) -> Path:
        """Folder of the letters sent."""
        return self._mailbox.folder

    @property
    def metrics(self) -> list[MetricDatum]:
        """Everything put to CloudWatch, in the order of putting."""
        return self._metrics.all()

    def used(self) -> dict[str, Used]:
        """What all calls to AWS's services used so far, by ``service.operation``."""
        return self._aws.used()

    def processes(self) -> dict[str, int]:
        """Process ids: of ``moto``, and of every function that has been called, by its name."""
        return self._aws.processes() | self._invoker.processes()

    def deliver(self, topic: str, payload: bytes, device_id: str) -> None:
        """Hands the rules a message as if the broker had taken it from the device."""
        self._engine.handle(topic, payload, device_id)

    def check(self) -> None:
        """Looks whether every queue is still served.

        Raises:
            LocalCloudError: One is not.
        """
        for pump in self._pumps:
            if pump.error is not None:
                raise LocalCloudError(f"a queue is no longer served: {pump.error}") from pump.error

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3 makes its clients at run time
        """A boto3 client for moto, e.g. ``client("dynamodb")``."""
        return self._aws.client(service)

    def register_device(
        self, museum_id: str, device_id: str, *, live: bool = False
    ) -> DeviceCertificate:
        """Registers a thing with the template's policy and gives its certificate.

        Args:
            museum_id: The thing's attribute of that name.
            device_id: Its name and MQTT client id.
            live: What it sends is handled in real time, wherever :attr:`clock` stands.

        Raises:
            LocalCloudError: The name cannot be a device's, or it is another museum's already.
        """
        if live:
            self._live.add(device_id)
        return self._devices.register(Device(device_id, {"museum_id": museum_id}))

    def kill_broker(self) -> None:
        """Ends Mosquitto as a power cut would."""
        self.bridge.expect_restart()
        self.broker.kill()

    def start_broker(self) -> None:
        """Starts Mosquitto again; returns when the rules engine hears it."""
        self.broker.start()
        self.bridge.wait_until_subscribed()

    def drain(self, timeout_s: float = 60.0) -> None:
        """Waits until everything published so far has been handled by rules and functions.

        Raises:
            LocalCloudError: There was still work after ``timeout_s``, or a part broke.
        """
        deadline = time.monotonic() + timeout_s
        for pump in self._pumps:
            pump.hurry(on=True)
        try:
            while not (
                self.bridge.sync(max(0.1, deadline - time.monotonic()))
                and all(pump.empty() for pump in self._pumps)
            ):
                self.check()
                if time.monotonic() > deadline:
                    raise LocalCloudError(f"there is still work after {timeout_s:g} s")
                time.sleep(_DRAIN_POLL_S)
        finally:
            for pump in self._pumps:
                pump.hurry(on=False)

    def fire_schedules(
        self,
        start: dt.datetime,
        end: dt.datetime,
        progress: Progress | None = None,
        *,
        least_apart: dt.timedelta = dt.timedelta(0),
    ) -> None:
        """Fires every occurrence of every schedule in ``[start, end)``, the clock set to each.

        Of a schedule whose occurrences lie closer than ``least_apart``, those too close to the one
        before are left out: a museum's fortnight would look for silent cameras ten thousand times.

        The clock stays at the last one; ``clock.real()`` sets it right.

        Raises:
            FunctionError: A function failed, with all its retries.
        """
        self._scheduler.fire(start, end, progress, least_apart=least_apart)

    def _start_functions(self, starting: contextlib.ExitStack) -> None:
        runtime = make_runtime_folder(self._home / "runtime")
        workers = {
            name: FunctionWorker(
                spec,
                home=self._home,
                runtime=runtime,
                endpoint_url=self.endpoint_url,
                clock=self.clock,
                on_log=self._metrics.read_line,
            )
            for name, spec in self._declared.functions.items()
        }
        for worker in workers.values():
            starting.callback(worker.stop)
        self._invoker = Invoker(
            workers, self._declared.async_invokes, self._aws, self.clock, self.stats
        )
        self._scheduler = Scheduler(self._declared.schedules, self._invoker, self.clock, self.stats)
        for mapping in self._declared.mappings:
            pump = QueuePump(mapping, self._aws, self._invoker, self.clock, self.stats)
            pump.start()
            starting.callback(pump.stop)
            self._pumps.append(pump)

    def _start_broker(self, starting: contextlib.ExitStack) -> None:
        self._engine = RulesEngine(self._declared.rules, self._aws, self.clock, self.stats)
        self.broker = MosquittoBroker(self._home / "broker", acl=())
        self._devices = DeviceRegistry(self._declared.device_policies, self.broker)
        self.broker.start()
        starting.callback(self.broker.stop)

        self.bridge = Bridge(self.broker, self._handle, self._tell_loss)
        self.bridge.start()
        starting.callback(self.bridge.stop)

    def _handle(self, topic: str, payload: bytes) -> None:
        sender = self._devices.sender(topic)
        with self._time_of(sender):
            self._engine.handle(topic, payload, sender)

    def _tell_loss(self, gone: Disconnected) -> None:
        """As AWS IoT does; the rules engine's own clients are no part of it."""
        if self._devices.knows(gone.client_id):
            with self._time_of(gone.client_id):
                event = gone.payload(int(self.clock.time() * 1000))
                self._engine.handle(gone.topic, event, gone.client_id)

    def _time_of(self, device_id: str) -> contextlib.AbstractContextManager[None]:
        live = device_id in self._live
        return self.clock.shown_as(None) if live else contextlib.nullcontext()
