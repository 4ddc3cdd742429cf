"""Nothing is queued or sent but what the schemas allow."""

import dataclasses
import json
from typing import Any

import pytest

from contracts.visit import encode_visit, parse_visit
from edge.errors import InvalidMessageError
from edge.validation import encode_checked_visit
from tests.fakes.visits import make_visit


def test_a_good_visit_passes_unchanged() -> None:
    """The bytes are those of the contract."""
    visit = make_visit()

    payload = encode_checked_visit(visit)

    assert payload == encode_visit(visit)
    assert parse_visit(json.loads(payload)) == visit


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("dwell_ms", -1),
        ("detected_at", 0),
        ("confidence", float("nan")),
        ("confidence", 1.5),
        ("visit_id", "visitor-12"),
        ("museum_id", "City Gallery"),
        ("model", ""),
        ("model", "free text\nwith a second line"),
        ("samples", True),
    ],
)
def test_a_bad_field_is_held_back_by_name(field: str, value: Any) -> None:  # noqa: ANN401 - any JSON
    """The error names the field."""
    visit = dataclasses.replace(make_visit(), **{field: value})

    with pytest.raises(InvalidMessageError) as caught:
        encode_checked_visit(visit)

    assert field in caught.value.field


def test_shares_that_do_not_add_up_are_held_back() -> None:
    """What the schema cannot say the parser checks."""
    visit = dataclasses.replace(make_visit(), expressions=(0.5,) * 8)

    with pytest.raises(InvalidMessageError, match="expressions"):
        encode_checked_visit(visit)
