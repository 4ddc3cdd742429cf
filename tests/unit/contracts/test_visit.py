import json
from typing import Any

import fastjsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import ContractError
from contracts.schemas import VISIT_SCHEMA, VISITS_SCHEMA
from contracts.visit import (
    MAX_MESSAGE_BYTES,
    Visit,
    encode_visit,
    encode_visits,
    parse_visit,
    split_into_messages,
)

validate_visit = fastjsonschema.compile(VISIT_SCHEMA)
validate_message = fastjsonschema.compile(VISITS_SCHEMA)


def good() -> dict[str, Any]:
    """A record that keeps the contract."""
    return {
        "visit_id": "6f9619ff-8b86-4d01-b42d-00cf4fc964ff",
        "museum_id": "city-gallery",
        "artwork_id": "harvest",
        "device_id": "pi-harvest",
        "detected_at": 1_774_000_000_000,
        "dwell_ms": 12_500,
        "emotion_id": 1,
        "confidence": 0.81,
        "expressions": [0.1, 0.81, 0.02, 0.02, 0.02, 0.01, 0.01, 0.01],
        "samples": 40,
        "inference_ms": 1.2,
        "model": "1.0.0",
    }


def test_a_visit_survives_encoding_and_parsing() -> None:
    """What is encoded on the Pi is what the cloud reads."""
    visit = parse_visit(good())
    assert parse_visit(json.loads(encode_visit(visit))) == visit


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("visit_id", "6f9619ff-8b86-1d01-b42d-00cf4fc964ff"),
        ("visit_id", 7),
        ("museum_id", "City Gallery"),
        ("artwork_id", "a/b"),
        ("device_id", ""),
        ("device_id", "#"),
        ("detected_at", "1774000000000"),
        ("detected_at", 1_000),
        ("detected_at", True),
        ("dwell_ms", -1),
        ("dwell_ms", 1.5),
        ("emotion_id", 8),
        ("emotion_id", -2),
        ("confidence", float("nan")),
        ("confidence", 1.1),
        ("expressions", [1.0]),
        ("expressions", [0.0] * 8),
        ("expressions", [2.0, -1.0, 0, 0, 0, 0, 0, 0]),
        ("samples", None),
        ("inference_ms", float("inf")),
        ("model", "a\nb"),
        ("model", "x" * 65),
    ],
)
def test_a_bad_value_is_refused_by_its_field_name(field: str, value: object) -> None:
    """The error says which field is wrong."""
    with pytest.raises(ContractError) as caught:
        parse_visit(good() | {field: value})
    assert caught.value.field.startswith(field)


@pytest.mark.parametrize("field", sorted(good()))
def test_a_missing_field_is_named(field: str) -> None:
    """Every field is required."""
    data = good()
    del data[field]
    with pytest.raises(ContractError) as caught:
        parse_visit(data)
    assert caught.value.field == field


@pytest.mark.parametrize(
    "extra", ["image", "crop", "embedding", "landmarks", "track_id", "age", "gender", "note"]
)
def test_nothing_that_could_describe_a_person_gets_through(extra: str) -> None:
    """The contract is an allow-list, in the parser and in the schema alike."""
    data = good() | {extra: "x"}
    with pytest.raises(ContractError) as caught:
        parse_visit(data)
    assert caught.value.field == extra
    with pytest.raises(fastjsonschema.JsonSchemaValueException):
        validate_visit(data)


def test_an_unclassified_visit_cannot_claim_an_expression() -> None:
    """Without samples there is no expression to report."""
    unclassified = good() | {"samples": 0, "expressions": [0.0] * 8}
    with pytest.raises(ContractError) as caught:
        parse_visit(unclassified)
    assert caught.value.field == "emotion_id"
    assert parse_visit(unclassified | {"emotion_id": -1}).samples == 0


_junk = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.lists(st.floats(0, 1), max_size=9),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


@given(field=st.sampled_from([*sorted(good()), "extra"]), value=_junk)
def test_what_the_parser_takes_the_schema_takes_too(field: str, value: object) -> None:
    """The two validations never contradict each other in what they let through."""
    data = good() | {field: value}
    try:
        parse_visit(data)
    except ContractError:
        return
    validate_visit(data)


@st.composite
def _visits(draw: st.DrawFn) -> Visit:
    return parse_visit(
        good()
        | {
            "visit_id": str(draw(st.uuids(version=4))),
            "artwork_id": draw(st.sampled_from(["a", "harvest", "x" * 48])),
            "dwell_ms": draw(st.integers(0, 86_400_000)),
            "model": draw(st.sampled_from(["1", "y" * 64])),
        }
    )


@given(st.lists(_visits(), max_size=80))
def test_messages_hold_every_visit_once_in_order_within_the_metered_size(
    visits: list[Visit],
) -> None:
    """Batching loses nothing, doubles nothing, keeps order and stays within 5 KB."""
    encoded = [encode_visit(v) for v in visits]
    messages = [encode_visits(group) for group in split_into_messages(encoded)]
    carried = [parse_visit(v) for m in messages for v in json.loads(m)["visits"]]
    assert carried == visits
    for message in messages:
        assert len(message) <= MAX_MESSAGE_BYTES
        validate_message(json.loads(message))


def test_a_visit_larger_than_a_message_travels_alone() -> None:
    """The bound never drops a visit."""
    assert list(split_into_messages([b"x" * 6000, b"y", b"z"])) == [[b"x" * 6000], [b"y", b"z"]]
