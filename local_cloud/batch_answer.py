"""Which messages of a batch a function says it failed on.

Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

from collections.abc import Mapping

from local_cloud.json_value import Json


def failed_messages(answer: Json, batch: frozenset[str]) -> frozenset[str]:
    """Ids of the failed messages, for a function that reports them.

    An answer without failures (nothing, ``{}``, an empty or null list) is a success; a malformed
    one, or one that names a message which is not in the batch, fails the whole batch.
    """
    if answer is None:
        return frozenset()
    if not isinstance(answer, Mapping):
        return batch
    failures = answer.get("batchItemFailures")
    if failures is None or failures == []:
        return frozenset()
    if not isinstance(failures, list):
        return batch
    named = [f.get("itemIdentifier") if isinstance(f, Mapping) else None for f in failures]
    if not all(isinstance(name, str) and name in batch for name in named):
        return batch
    return frozenset(str(name) for name in named)
