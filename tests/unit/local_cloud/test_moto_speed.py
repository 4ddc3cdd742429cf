"""The faster serialiser writes what DynamoDB would."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto.dynamodb.models.dynamo_type import DynamoType

from local_cloud.moto_speed import attribute_value

LEAVES = st.one_of(
    st.fixed_dictionaries({"S": st.text(max_size=5)}),
    st.fixed_dictionaries({"N": st.integers().map(str)}),
    st.fixed_dictionaries({"BOOL": st.booleans()}),
    st.just({"NULL": True}),
    st.fixed_dictionaries({"SS": st.lists(st.text(max_size=3), min_size=1, max_size=3)}),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.fixed_dictionaries({"L": st.lists(inner, max_size=3)}),
        st.fixed_dictionaries({"M": st.dictionaries(st.text(max_size=3), inner, max_size=3)}),
    ),
    max_leaves=8,
)


@given(VALUES)
def test_what_was_stored_comes_back(value: dict[str, Any]) -> None:
    """Through moto's own representation and through plain JSON."""
    assert attribute_value(DynamoType(value)) == value
    assert attribute_value(value) == value


@pytest.mark.parametrize(
    ("value", "expected"), [({"B": b"a"}, {"B": "YQ=="}), ({"BS": [b"a"]}, {"BS": ["YQ=="]})]
)
def test_bytes_travel_in_base64(value: dict[str, Any], expected: dict[str, Any]) -> None:
    """JSON has no bytes."""
    assert attribute_value(value) == expected
