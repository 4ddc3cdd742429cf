"""The rules' SQL: reading it and evaluating it."""

import base64
import json
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_cloud.errors import LocalCloudError, UnsupportedError
from local_cloud.json_value import Json
from local_cloud.rule_evaluation import select, substitute
from local_cloud.rule_functions import RuleMessage, RuleSqlError
from local_cloud.rule_sql import parse_rule_sql

TOPIC = "museum/v1/city/pi-1/visits"


def message(payload: bytes = b'{"a":{"b":2},"t":"x"}') -> RuleMessage:
    """A message from device pi-1."""
    return RuleMessage(TOPIC, f"$aws/rules/r/{TOPIC}", payload, "pi-1", 1234)


def run(sql: str, payload: bytes = b'{"a":{"b":2},"t":"x"}') -> Json:
    """The statement's result, read as JSON; None where WHERE does not hold."""
    result = select(parse_rule_sql(sql, "here"), message(payload))
    return None if result is None else json.loads(result)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ("*", {"a": {"b": 2}, "t": "x"}),
        ("*, clientid() AS client_id", {"a": {"b": 2}, "t": "x", "client_id": "pi-1"}),
        ("*, topic(4) AS t", {"a": {"b": 2}, "t": "pi-1"}),
        ("a.b AS n, a.c AS absent", {"n": 2}),
        ("t", {"t": "x"}),
        ("timestamp() AS at, topic() AS t, topic(9) AS none", {"at": 1234, "t": TOPIC}),
        ("encode(t, 'base64') AS e", {"e": "eA=="}),
        ("1.5 AS f, -2 AS i, 'it''s' AS s, true AS b, null AS n",
         {"f": 1.5, "i": -2, "s": "it's", "b": True, "n": None}),
        ("a.b > 1 AS more", {"more": True}),
    ],
)  # fmt: skip
def test_columns(columns: str, expected: Json) -> None:
    """Each column appears under its name; what is Undefined is left out."""
    assert run(f"SELECT {columns} FROM 'x'") == expected  # noqa: S608 - a rule, not a database


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("clientid() = topic(4)", True),
        ("clientid() <> topic(4)", False),
        ("a.b = 2 AND t = 'x'", True),
        ("a.b = 3 OR t = 'x'", True),
        ("a.b = 3 or (t = 'x' and not a.b = 2)", False),
        ("a.b >= 2 AND a.b < 2.5", True),
        ("a.b < 't'", False),
        ("missing = 1", False),
        ("missing <> 1", False),
        ("NOT missing = 1", False),
        ("t", False),
    ],
)
def test_where(condition: str, holds: bool) -> None:  # noqa: FBT001 - a table of cases
    """A message passes only where the condition is true, not where it is Undefined."""
    assert (run(f"SELECT * FROM 'x' WHERE {condition}") is not None) is holds  # noqa: S608 - a rule


@given(st.binary(max_size=300))
def test_encoded_star_carries_any_bytes(payload: bytes) -> None:
    """Malformed messages reach the queue, too."""
    found = run("SELECT encode(*, 'base64') AS payload FROM 'x'", payload)
    assert base64.b64decode(found["payload"]) == payload


@given(st.binary(max_size=100))
def test_a_lone_star_hands_on_the_payload_unchanged(payload: bytes) -> None:
    """No JSON is needed for that."""
    assert select(parse_rule_sql("SELECT * FROM 'x'", "here"), message(payload)) == payload


@pytest.mark.parametrize("payload", [b"\xff", b"{", b"[1]", b'"x"', b'{"a":NaN}'])
def test_star_among_columns_needs_a_json_object(payload: bytes) -> None:
    """AWS cannot evaluate it either: the rules engine counts and logs that."""
    with pytest.raises(RuleSqlError):
        run("SELECT *, clientid() AS c FROM 'x'", payload)


@given(st.binary(max_size=100))
def test_evaluating_raises_nothing_but_its_own_error(payload: bytes) -> None:
    """Whatever a device publishes."""
    try:
        run("SELECT *, a.b AS c FROM 'x' WHERE a.b <> 1 OR t = 'x'", payload)
    except RuleSqlError:
        return


def test_an_unknown_function_is_an_error_that_names_it() -> None:
    """Never a silent skip."""
    with pytest.raises(UnsupportedError, match=r"rule/Sql: .*aws_lambda\(\)"):
        parse_rule_sql("SELECT aws_lambda('x') AS y FROM 'x'", "rule/Sql")


@pytest.mark.parametrize(
    "sql",
    [
        "",
        "SELECT",
        "SELECT * FROM x",
        "SELECT * FROM 'x' WHERE",
        "SELECT * FROM 'x' extra",
        "SELECT (a FROM 'x'",
        "SELECT a AS 'x' FROM 'x'",
        "SELECT a ~ b FROM 'x'",
        "SELECT clientid() FROM 'x'",
        "SELECT topic(1, 2) AS t FROM 'x'",
        "SELECT encode(*) AS t FROM 'x'",
    ],
)
def test_what_cannot_be_read_is_an_error_with_its_place(sql: str) -> None:
    """Whatever is wrong in a statement shows at the start, not at a message."""
    with pytest.raises(LocalCloudError, match="rule/Sql"):
        parse_rule_sql(sql, "rule/Sql")


def test_templates_in_action_fields_are_filled() -> None:
    """Keys of objects are made from the message."""
    key = substitute("errors/${topic(4)}/${a.b}/${missing}/${newuuid()}.json", message(), "here")
    start, end = key[: -len(".json") - 36], key[-len(".json") - 36 : -len(".json")]
    assert start == "errors/pi-1/2//"
    assert uuid.UUID(end).version == 4
