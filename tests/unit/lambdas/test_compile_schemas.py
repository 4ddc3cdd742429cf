import json
from collections.abc import Callable

import fastjsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.schemas import VISIT_SCHEMA
from lambdas.compile_schemas import TARGET, compiled
from lambdas.shared.errors import SchemaError
from lambdas.store_visits.compiled_schemas import check_message, check_visit
from tests.unit.lambdas.messages import visit_at

_ORIGINAL = fastjsonschema.compile(VISIT_SCHEMA)
_GOOD = visit_at("2026-11-12T11:59:00+01:00").to_dict()
_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(),
    st.just([0.5] * 8),
)


def _said(check: Callable[[object], object], record: object) -> tuple[str, str] | None:
    """Message and name of a refusal."""
    try:
        check(record)
    except (SchemaError, fastjsonschema.JsonSchemaValueException) as exc:
        return str(exc.message), str(exc.name)
    return None


def test_the_committed_module_is_what_the_schemas_give() -> None:
    """``python -m lambdas.compile_schemas`` was run after the last change."""
    assert TARGET.read_text(encoding="utf-8") == compiled()


@given(st.sampled_from([*_GOOD, "unknown"]), _VALUES | st.lists(_VALUES, max_size=9))
def test_it_says_what_fastjsonschema_says(field: str, value: object) -> None:
    """Same verdict, same message, same name, whatever stands in whichever field."""
    record = _GOOD | {field: value}
    assert _said(check_visit, record) == _said(_ORIGINAL, record)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("[]", "data"),
        ("{}", "data"),
        ('{"visits": []}', "data.visits"),
        ('{"visits": 1}', "data.visits"),
        (json.dumps({"visits": [1] * 65}), "data.visits"),
        ('{"visits": [1], "more": 1}', "data"),
    ],
)
def test_a_message_that_is_none_is_refused(text: str, name: str) -> None:
    """The name leads to the part that is wrong."""
    with pytest.raises(SchemaError) as refused:
        check_message(json.loads(text))
    assert refused.value.name == name


def test_a_message_is_taken_whatever_its_visits_are() -> None:
    """They are checked one by one, so that a bad one does not take the others along."""
    check_message({"visits": [1, "no visit", _GOOD]})
