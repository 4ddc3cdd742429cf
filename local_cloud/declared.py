"""What the templates declare beyond what moto keeps: the parts that the local cloud itself runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local_cloud.json_value import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionSpec:
    """A function as its template declares it; ``code`` is the synthesised asset folder."""

    name: str
    arn: str
    handler: str
    code: Path
    environment: Mapping[str, str]
    timeout_s: int
    memory_mb: int
    log_group: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AsyncInvoke:
    """How asynchronous invocations of a function are tried again and where failures go."""

    retries: int = 2
    on_failure_arn: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueMapping:
    """An event source mapping from a queue to a function.

    Attributes:
        window_s: Seconds to gather a batch, 0 for none.
        partial: Whether the function reports which messages of a batch failed.
    """

    function: str
    queue_url: str
    queue_arn: str
    batch_size: int
    window_s: float
    partial: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSpec:
    """An IoT topic rule; ``actions`` and ``error_action`` as in its template."""

    name: str
    sql: str
    actions: tuple[Mapping[str, Json], ...]
    error_action: Mapping[str, Json] | None
    disabled: bool
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleSpec:
    """An EventBridge schedule that invokes a function."""

    name: str
    expression: str
    timezone: str
    enabled: bool
    function_arn: str
    payload: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSubscription:
    """An e-mail address subscribed to a topic."""

    topic_arn: str
    address: str


@dataclass(slots=True)
class Declared:
    """All of it, filled while the stacks are deployed."""

    functions: dict[str, FunctionSpec] = field(default_factory=dict)
    async_invokes: dict[str, AsyncInvoke] = field(default_factory=dict)
    mappings: list[QueueMapping] = field(default_factory=list)
    rules: list[RuleSpec] = field(default_factory=list)
    schedules: list[ScheduleSpec] = field(default_factory=list)
    device_policies: dict[str, Json] = field(default_factory=dict)
    mail: list[MailSubscription] = field(default_factory=list)
    role_statements: dict[str, list[Json]] = field(default_factory=dict)
    outputs: dict[str, dict[str, Json]] = field(default_factory=dict)
