"""The data inventory: each field, where it is, why, for how long, and who can read it."""

import inspect
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from audit.assembly import Assembly, Resource
from audit.errors import AuditError
from audit.meanings import attributes_of, what_is, why
from audit.permissions import ALLOW, Grant
from audit.retention import kept
from audit.table import Row, Table, make_table
from audit.written import Item, logged_facts, written_items
from contracts import metrics
from contracts.museum_toml import DeploymentConfig
from contracts.visit import VISIT_FIELDS, Visit

COLUMNS: Final = (
    "Where",
    "Record",
    "Field",
    "What it is",
    "Why it is kept",
    "Kept for",
    "Written by",
    "Read by",
)
_PEOPLE: Final = "people whom the account's IAM lets"
_READS: Final = frozenset(
    {
        "dynamodb:BatchGetItem",
        "dynamodb:GetItem",
        "dynamodb:Query",
        "dynamodb:Scan",
        "logs:GetLogEvents",
        "s3:GetObject",
        "sqs:ReceiveMessage",
    }
)
_WRITES: Final = frozenset(
    {
        "dynamodb:BatchWriteItem",
        "dynamodb:DeleteItem",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "logs:PutLogEvents",
        "s3:DeleteObject",
        "s3:PutObject",
        "sqs:SendMessage",
    }
)
_METRIC: Final = re.compile(r'^\s+\w+ = "(\w+)"  # (.+)$', re.MULTILINE)
_METRICS_KEPT: Final = "15 months, by CloudWatch"


def inventory(
    assembly: Assembly, config: DeploymentConfig, found: Iterable[Grant], lambdas: Path
) -> Table:
    """The data inventory.

    Raises:
        AuditError: A field has no words, or a store that functions write to is in no template.
    """
    grants = tuple(found)
    stores = _Stores(assembly, grants)
    rows = [
        *(row for item in written_items(config) for row in stores.rows(item)),
        *stores.dead_letters(),
        *stores.logs(lambdas),
        *stores.access_logs(),
        *_metrics(),
        *_on_the_pi(),
        *_addresses(assembly),
    ]
    return make_table(
        "data",
        "What is kept, where, why, for how long, and who can read it",
        "Fields come from the contracts and from what the functions' own code writes, the days "
        "from the templates and museum.toml, readers and writers from the permissions. "
        f"'{_PEOPLE}' stands for administrators and auditors of the AWS account, who are outside "
        "this app. DynamoDB deletes within some days after an item's time.",
        COLUMNS,
        rows,
        keys=3,
    )


class _Stores:
    def __init__(self, assembly: Assembly, grants: tuple[Grant, ...]) -> None:
        self._assembly = assembly
        self._grants = grants
        self._by_name = {
            one.name: one
            for one in assembly.of("DynamoDB::Table", "S3::Bucket", "SQS::Queue", "Logs::LogGroup")
        }

    def rows(self, item: Item) -> Iterator[Row]:
        if item.store not in self._by_name:
            raise AuditError(f"functions write into {item.store}, which is in no template")
        store = self._by_name[item.store]
        for field in item.fields:
            yield (
                store.label,
                item.name,
                field,
                what_is(item.name, field),
                why(field),
                kept(self._assembly, store, item.expires_days),
                *self._who(store),
            )

    def dead_letters(self) -> Iterator[Row]:
        for store in self._by_name.values():
            if store.kind == "SQS::Queue" and "RedrivePolicy" not in store.properties:
                yield (
                    store.label,
                    "dead letter",
                    "whole message",
                    "A message, or a call of a function, that failed for good.",
                    "Nothing is lost: it is sent again after a repair.",
                    kept(self._assembly, store),
                    *self._who(store),
                )

    def logs(self, lambdas: Path) -> Iterator[Row]:
        for store in self._by_name.values():
            if store.kind != "Logs::LogGroup":
                continue
            function = _function_of(self._assembly, store)
            facts = _facts(lambdas, function) if function else {}
            told = "; ".join(f"{event} ({', '.join(names)})" for event, names in facts.items())
            yield (
                store.label,
                "log line",
                "whole line",
                f"Events and their facts: {told}. Metrics; times and errors of the runtime."
                if function
                else "AWS IoT's warnings and errors: device, topic and address of a connection.",
                "Finds out what failed. No payload, visit or picture is ever logged."
                if function
                else "Finds out which device was refused, and why.",
                kept(self._assembly, store),
                *self._who(store),
            )

    def access_logs(self) -> Iterator[Row]:
        for store in self._by_name.values():
            if store.name == "storage/AccessLogs":
                yield (
                    store.label,
                    "S3's access log",
                    "whole line",
                    "Who of the account read or wrote which object, and from which address.",
                    "Finds out who read reports or refused messages.",
                    kept(self._assembly, store),
                    "S3",
                    _PEOPLE,
                )

    def _who(self, store: Resource) -> tuple[str, str]:
        return self._named(store, _WRITES), "; ".join(
            filter(None, (self._named(store, _READS), _PEOPLE))
        )

    def _named(self, store: Resource, actions: frozenset[str]) -> str:
        names = {
            one.principal.removeprefix("IAM::Role ")
            for one in self._grants
            if one.effect == ALLOW
            and one.action in actions
            and (one.resource == store.label or one.resource.startswith(f"{store.label}/"))
        }
        return "; ".join(sorted(names))


def _function_of(assembly: Assembly, group: Resource) -> str:
    for one in assembly.of("Lambda::Function"):
        logging = one.properties.get("LoggingConfig", {}).get("LogGroup")
        if logging and assembly.text(logging, one.stack) == group.label:
            return str(one.properties["Handler"]).split(".")[1]
    return ""


def _facts(lambdas: Path, function: str) -> dict[str, tuple[str, ...]]:
    found = logged_facts(lambdas / function) | logged_facts(lambdas / "shared")
    return dict(sorted(found.items()))


def _metrics() -> Iterator[Row]:
    for name, told in _METRIC.findall(inspect.getsource(metrics.Metric)):
        yield (
            f"CloudWatch metrics {metrics.NAMESPACE}",
            "number",
            name,
            f"Unit and dimensions: {told}.",
            "Dashboards and alarms; a number of visitors on fewer than k visits is left out.",
            _METRICS_KEPT,
            "the functions, by their logs",
            _PEOPLE,
        )


def _on_the_pi() -> Iterator[Row]:
    told = attributes_of(Visit)
    for field in sorted(VISIT_FIELDS):
        yield (
            "the Pi's outbox (SQLite)",
            "visit",
            field,
            told[field],
            why(field),
            "until the broker has acknowledged it; 28 days at most unless edge.toml says otherwise",
            "museum-edge",
            "whoever is administrator of the Pi",
        )


def _addresses(assembly: Assembly) -> Iterator[Row]:
    for one in assembly.of("SNS::Subscription"):
        yield (
            assembly.text(one.properties["TopicArn"], one.stack),
            f"subscription by {one.properties['Protocol']}",
            str(one.properties["Endpoint"]),
            "The address of a curator or an operator; also in the engineer's museum.toml.",
            "Reports and alarms reach people.",
            "until it is unsubscribed or leaves museum.toml",
            "the deployment",
            f"SNS; {_PEOPLE}",
        )
