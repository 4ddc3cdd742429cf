"""What is let in, and the reason why anything else is not."""

import base64
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.visit import Visit, encode_visit, encode_visits
from lambdas.store_visits.reading import MAX_PAYLOAD_BYTES, read_message
from lambdas.store_visits.refusal import Reason, Refusal
from tests.support.function_data import CONFIG
from tests.unit.lambdas.messages import body, message, ms, visit_at

NOW = ms("2026-11-12T12:00:00+01:00")
DAY_MS = 24 * 3_600_000
TEN_YEARS_MS = 3652 * DAY_MS


def _read(text: str) -> list[Visit | Refusal]:
    return list(read_message(text, CONFIG))


def _only_refusal(text: str) -> Refusal:
    (one,) = _read(text)
    assert isinstance(one, Refusal)
    return one


def _spoilt(**changes: Any) -> Refusal:  # noqa: ANN401  # any JSON value
    visit = visit_at("2026-11-12T11:59:00+01:00").to_dict() | changes
    return _only_refusal(message([visit], received_at=NOW).body)


def test_a_good_message_is_read_in_order() -> None:
    """Every visit of it, as it was sent."""
    visits = [visit_at(f"2026-11-12T11:{i:02}:00+01:00") for i in range(5)]
    assert _read(message(visits, received_at=NOW).body) == visits


@pytest.mark.parametrize(
    ("changes", "reason", "field"),
    [
        ({"dwell_ms": "4200"}, Reason.CONTRACT, "dwell_ms"),
        ({"dwell_ms": True}, Reason.CONTRACT, "dwell_ms"),
        ({"dwell_ms": 4200.0}, Reason.CONTRACT, "dwell_ms"),
        ({"confidence": 1.7}, Reason.CONTRACT, "confidence"),
        ({"age": 34}, Reason.CONTRACT, "age"),
        ({"visit_id": "12"}, Reason.CONTRACT, "visit_id"),
        ({"expressions": [1] * 7}, Reason.CONTRACT, "expressions"),
        ({"samples": 0}, Reason.CONTRACT, "expressions"),
        ({"detected_at": 10**400}, Reason.CLOCK, "detected_at"),
        ({"model": "\ud800"}, Reason.CONTRACT, "model"),
        ({"detected_at": "noon"}, Reason.CONTRACT, "detected_at"),
        ({"device_id": "pi-2"}, Reason.FOREIGN_DEVICE, "device_id"),
        ({"museum_id": "elsewhere"}, Reason.UNKNOWN_MUSEUM, "museum_id"),
        ({"artwork_id": "mona-lisa"}, Reason.UNKNOWN_ARTWORK, "artwork_id"),
        ({"detected_at": NOW + DAY_MS + 1}, Reason.CLOCK, "detected_at"),
        ({"detected_at": NOW + TEN_YEARS_MS}, Reason.CLOCK, "detected_at"),
        ({"detected_at": NOW - TEN_YEARS_MS}, Reason.CLOCK, "detected_at"),
        ({"detected_at": NOW - 5 * 365 * DAY_MS}, Reason.CLOCK, "detected_at"),
        ({"detected_at": NOW - 30 * DAY_MS}, Reason.CLOCK, "detected_at"),
    ],
)
def test_a_spoilt_visit_is_refused_with_its_reason(
    changes: dict[str, Any], reason: Reason, field: str
) -> None:
    """The field that is wrong is named, the bytes are kept."""
    refusal = _spoilt(**changes)
    assert (refusal.reason, refusal.field) == (reason, field)
    assert refusal.client_id == "pi-1"
    assert refusal.received_at == NOW
    assert json.loads(refusal.payload).items() >= changes.items()


@pytest.mark.parametrize("ahead_ms", [DAY_MS, 500, 0])
def test_a_clock_that_is_a_little_fast_is_no_reason_to_refuse(ahead_ms: int) -> None:
    """Up to a day; it is measured as clock skew."""
    visit = replace(visit_at("2026-11-12T11:00:00+01:00"), detected_at=NOW + ahead_ms)
    assert _read(message([visit], received_at=NOW).body) == [visit]


def test_a_late_visit_is_taken_as_long_as_its_day_can_be_counted() -> None:
    """A Pi that was offline for four weeks."""
    visit = replace(visit_at("2026-11-12T11:00:00+01:00"), detected_at=NOW - 28 * DAY_MS)
    assert _read(message([visit], received_at=NOW).body) == [visit]


def test_a_bad_visit_does_not_take_the_others_along() -> None:
    """The first and the last of three are read."""
    first, last = (visit_at(f"2026-11-12T11:0{i}:00+01:00") for i in range(2))
    bad = first.to_dict() | {"samples": -1}
    one, two, three = _read(message([first, bad, last], received_at=NOW).body)
    assert (one, three) == (first, last)
    assert isinstance(two, Refusal)
    assert two.position == 1


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", Reason.NOT_JSON),
        (b'{"visits":[{', Reason.NOT_JSON),
        (b"\xff\xfe\x00\x9f", Reason.NOT_JSON),
        (b'{"visits":[NaN]}', Reason.NOT_JSON),
        (b"[" * 100_000, Reason.NOT_JSON),
        (b'{"visits":[' + b"9" * 5000 + b"]}", Reason.NOT_JSON),
        (b"[]", Reason.CONTRACT),
        (b"null", Reason.CONTRACT),
        (b'{"visits":[]}', Reason.CONTRACT),
        (b'{"visits":{}}', Reason.CONTRACT),
        (b'{"visits":[{}],"photo":1}', Reason.CONTRACT),
        (b'{"visits":[' + b",".join([b"{}"] * 65) + b"]}", Reason.CONTRACT),
        (b" " * (MAX_PAYLOAD_BYTES + 1), Reason.TOO_LARGE),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_message_that_cannot_be_read_is_refused_whole(payload: bytes, reason: Reason) -> None:
    """With the very bytes that the device sent."""
    refusal = _only_refusal(body(payload))
    assert refusal.reason is reason
    assert refusal.payload == payload
    assert refusal.position is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '"text"',
        "{}",
        '{"payload": "!", "museum_id": "m", "client_id": "pi-1", "received_at": 1}',
        '{"payload": "YQ==", "museum_id": "m", "client_id": 7, "received_at": 1}',
        '{"payload": "YQ==", "museum_id": 7, "client_id": "pi-1", "received_at": 1}',
        '{"payload": "YQ==", "client_id": "pi-1", "received_at": 1}',
        '{"payload": "YQ==", "museum_id": "m", "client_id": "pi-1", "received_at": true}',
        '{"payload": "YQ==", "museum_id": "m", "client_id": "pi-1", "received_at": -1}',
        '{"payload": "YQ==", "museum_id": "m", "client_id": "pi-1"}',
        "\ud800",
    ],
)
def test_what_our_own_rule_did_not_write_is_kept_too(text: str) -> None:
    """A message that somebody else put into the queue."""
    refusal = _only_refusal(text)
    assert refusal.reason is Reason.ENVELOPE
    assert refusal.key.startswith("visits/undated/")


def test_a_device_of_one_museum_counts_for_no_other() -> None:
    """The broker lets it publish below its own museum only; what it writes there is checked."""
    elsewhere = replace(CONFIG.museums[0], id="elsewhere")
    config = replace(CONFIG, museums=(*CONFIG.museums, elsewhere))
    own = visit_at("2026-11-12T11:59:00+01:00")
    visits = [own, replace(own, museum_id="elsewhere")]
    text = message(visits, received_at=NOW).body
    stored, refusal = read_message(text, config)
    assert stored == own
    assert isinstance(refusal, Refusal)
    assert (refusal.reason, refusal.field) == (Reason.FOREIGN_MUSEUM, "museum_id")
    assert refusal.museum_id == own.museum_id


def test_what_is_kept_of_a_refusal_can_be_sent_again() -> None:
    """The object holds the reason in words and the refused bytes."""
    refusal = _only_refusal(body(b"nonsense", received_at=NOW))
    kept = json.loads(refusal.body())
    assert kept["reason"] == "not-json"
    assert kept["problem"] == "must be JSON"
    assert base64.b64decode(kept["payload"]) == b"nonsense"
    assert kept["museum_id"] == "city-gallery"
    assert kept["client_id"] == "pi-1"
    assert refusal.key.startswith("visits/2026/11/12/")


def test_the_name_of_a_refusal_depends_on_its_content_alone() -> None:
    """A retry overwrites; another message, or another visit of the same, does not."""
    text = message([{"a": 1}, {"a": 1}], received_at=NOW).body
    keys = [one.key for one in _read(text) if isinstance(one, Refusal)]
    again = [one.key for one in _read(text) if isinstance(one, Refusal)]
    assert keys == again
    assert len(set(keys)) == 2
    later = _only_refusal(message([{"a": 1}], received_at=NOW + 1).body)
    assert later.key not in keys


def test_a_year_beyond_the_calendar_is_filed_as_undated() -> None:
    """The broker's time may be nonsense as well."""
    assert _only_refusal(body(b"x", received_at=10**17)).key.startswith("visits/undated/")


FLOATS = st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | FLOATS | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=12,
)


@settings(max_examples=1000)
@given(st.binary(max_size=300) | json_values.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_end_in_a_refusal_never_in_an_error(payload: bytes) -> None:
    """Whatever a broken or hostile device sends."""
    assert all(isinstance(one, Refusal) for one in _read(body(payload)))


@settings(max_examples=1000)
@given(st.lists(json_values, min_size=1, max_size=4), st.integers(0, 4))
def test_a_good_visit_among_any_others_is_read(others: list[Any], place: int) -> None:
    """Visit by visit."""
    good = visit_at("2026-11-12T11:00:00+01:00")
    encoded = [json.dumps(other).encode() for other in others]
    encoded.insert(place, encode_visit(good))
    found = _read(body(encode_visits(encoded), received_at=NOW))
    assert [one for one in found if isinstance(one, Visit)] == [good]
    assert len(found) == len(encoded)
