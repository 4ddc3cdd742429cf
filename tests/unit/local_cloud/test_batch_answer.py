"""Answers of functions that take batches from a queue."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_cloud.batch_answer import failed_messages
from local_cloud.json_value import Json

BATCH = frozenset({"a", "b", "c"})


@pytest.mark.parametrize("answer", [None, {}, {"batchItemFailures": []}, {"other": 1},
                                    {"batchItemFailures": None}])  # fmt: skip
def test_no_failures_means_success(answer: Json) -> None:
    """Every message is deleted."""
    assert failed_messages(answer, BATCH) == frozenset()


@given(st.sets(st.sampled_from(sorted(BATCH)), min_size=1))
def test_the_named_messages_failed(named: set[str]) -> None:
    """And no other."""
    answer = {"batchItemFailures": [{"itemIdentifier": name} for name in sorted(named)]}
    assert failed_messages(answer, BATCH) == named


@pytest.mark.parametrize(
    "answer",
    [
        "done",
        [],
        {"batchItemFailures": "a"},
        {"batchItemFailures": ["a"]},
        {"batchItemFailures": [{"itemIdentifier": ""}]},
        {"batchItemFailures": [{"itemIdentifier": None}]},
        {"batchItemFailures": [{"messageId": "a"}]},
        {"batchItemFailures": [{"itemIdentifier": "a"}, {"itemIdentifier": "stranger"}]},
    ],
)
def test_a_malformed_answer_fails_the_whole_batch(answer: Json) -> None:
    """Nothing is deleted on a guess."""
    assert failed_messages(answer, BATCH) == BATCH
