"""The rules engine: runs the templates' own rule SQL and actions on every message.

As AWS IoT Core does: a message published through Basic Ingest reaches only the rule that its topic
names, whatever that rule's ``FROM`` says; any other message reaches each rule whose filter it
falls under. A failed action runs the rule's error action; SQL that cannot be evaluated is only
logged and counted, for AWS offers no more.
"""

import base64
import json
import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from local_cloud.aws_server import AwsServer
from local_cloud.clock import Clock
from local_cloud.declared import RuleSpec
from local_cloud.rule_actions import Action, ActionError, build_action
from local_cloud.rule_evaluation import select
from local_cloud.rule_functions import RuleMessage, RuleSqlError
from local_cloud.rule_sql import Statement, parse_rule_sql
from local_cloud.stats import Stats
from local_cloud.topic_filter import matches, split_basic_ingest

_log = logging.getLogger(__name__)
_FAILURES = (ClientError, BotoCoreError, ActionError, RuleSqlError)


@dataclass(frozen=True, slots=True)
class _Rule:
    spec: RuleSpec
    statement: Statement
    actions: tuple[tuple[str, Action], ...]
    error_action: tuple[str, Action] | None


class RulesEngine:
    """Compiles the rules once and runs them on messages, from any thread.

    Raises:
        UnsupportedError: A rule uses SQL or an action that is not known.
    """

    def __init__(
        self, specs: Sequence[RuleSpec], aws: AwsServer, clock: Clock, stats: Stats
    ) -> None:
        self._rules = {spec.name: _compile(spec, aws) for spec in specs}
        self._clock = clock
        self._stats = stats

    def handle(self, topic: str, payload: bytes, client_id: str) -> None:
        """Runs every rule that this message reaches."""
        self._stats.add("messages_in")
        named, rest = split_basic_ingest(topic)
        message = RuleMessage(
            topic=rest,
            published_topic=topic,
            payload=payload,
            client_id=client_id,
            timestamp_ms=int(self._clock.time() * 1000),
            clock_offset_s=self._clock.offset_s,
        )
        if named is None:
            reached = [r for r in self._rules.values() if matches(r.statement.topic_filter, rest)]
        else:
            reached = [rule for name, rule in self._rules.items() if name == named]
        enabled = [rule for rule in reached if not rule.spec.disabled]
        if named is not None and not enabled:
            self._stats.add("rule_not_found")
            _log.warning("no enabled rule is called %s: a message is lost, as in AWS", named)
        for rule in enabled:
            self._run(rule, message)

    def _run(self, rule: _Rule, message: RuleMessage) -> None:
        try:
            result = select(rule.statement, message)
        except RuleSqlError as error:
            self._stats.add("rule_sql_failures")
            _log.warning("rule %s: %s: a message is lost, as in AWS", rule.spec.name, error)
            return
        if result is None:
            self._stats.add("rule_where_false")
            return
        failures = []
        for kind, action in rule.actions:
            try:
                action(result, message)
                self._stats.add(f"rule_actions_{kind.lower()}")
            except _FAILURES as error:
                self._stats.add("rule_action_failures")
                _log.warning("rule %s: action %s failed: %s", rule.spec.name, kind, error)
                failures.append({"failedAction": f"{kind}Action", "errorMessage": str(error)})
        if failures:
            self._report(rule, message, failures)

    def _report(self, rule: _Rule, message: RuleMessage, failures: list[dict[str, str]]) -> None:
        """Runs the error action with the message that AWS documents for it.

        Source: https://docs.aws.amazon.com/iot/latest/developerguide/rule-error-handling.html
        """
        if rule.error_action is None:
            _log.error("rule %s has no error action: a message is lost, as in AWS", rule.spec.name)
            return
        report = {
            "ruleName": rule.spec.name,
            "topic": message.published_topic,
            "cloudwatchTraceId": str(uuid.uuid4()),
            "clientId": message.client_id,
            "base64OriginalPayload": base64.b64encode(message.payload).decode(),
            "failures": failures,
        }
        kind, action = rule.error_action
        try:
            action(json.dumps(report).encode(), message)
            self._stats.add("rule_error_actions")
        except _FAILURES:
            self._stats.add("rule_error_action_failures")
            _log.exception("rule %s: its error action %s failed", rule.spec.name, kind)


def _compile(spec: RuleSpec, aws: AwsServer) -> _Rule:
    return _Rule(
        spec=spec,
        statement=parse_rule_sql(spec.sql, f"{spec.place}.Sql"),
        actions=tuple(
            build_action(action, aws, f"{spec.place}.Actions[{i}]")
            for i, action in enumerate(spec.actions)
        ),
        error_action=(
            build_action(spec.error_action, aws, f"{spec.place}.ErrorAction")
            if spec.error_action is not None
            else None
        ),
    )
