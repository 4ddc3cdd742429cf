"""DynamoDB batch writes that take up what the table left over."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Hashable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeVar

from lambdas.shared.aws import BotoCoreError, ClientError, error_code

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import WriteRequestTypeDef

    from lambdas.shared.ports import Log

MOST_PER_REQUEST: Final = 25
_ATTEMPTS: Final = 6
_FIRST_PAUSE_S: Final = 0.05
_LONGEST_PAUSE_S: Final = 2.0

_K = TypeVar("_K", bound=Hashable)


class BatchWriter:
    """Writes any number of requests to one table.

    Args:
        client: DynamoDB.
        table: Name of the table.
        log: Told the error code where a request failed.
        sleep: Waits, seconds.
    """

    def __init__(
        self,
        client: DynamoDBClient,
        table: str,
        log: Log,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._table = table
        self._log = log
        self._sleep = sleep

    def write(self, requests: Mapping[_K, WriteRequestTypeDef]) -> frozenset[_K]:
        """Writes requests for different items, 25 at a time.

        Returns:
            The keys of the requests that did not get through.
        """
        keys = list(requests)
        failed: set[_K] = set()
        for i in range(0, len(keys), MOST_PER_REQUEST):
            chunk = {key: requests[key] for key in keys[i : i + MOST_PER_REQUEST]}
            failed |= self._write_chunk(chunk)
        return frozenset(failed)

    def _write_chunk(self, chunk: dict[_K, WriteRequestTypeDef]) -> set[_K]:
        left = chunk
        for attempt in range(_ATTEMPTS):
            if attempt:
                self._sleep(_pause_s(attempt))
            try:
                answer = self._client.batch_write_item(
                    RequestItems={self._table: list(left.values())}
                )
            except ClientError as exc:
                self._log.warning("batch_write_failed", code=error_code(exc))
                break  # the SDK has retried what can be retried
            except BotoCoreError as exc:
                self._log.warning("batch_write_failed", code=type(exc).__name__)
                break
            unprocessed = answer.get("UnprocessedItems", {}).get(self._table, [])
            still = {_item_key(one) for one in unprocessed}
            left = {key: one for key, one in left.items() if _item_key(one) in still}
            if not left:
                break
        return set(left)


def _item_key(request: Any) -> tuple[str, str]:  # noqa: ANN401  # ours or the table's
    item = (
        request["PutRequest"]["Item"]
        if "PutRequest" in request
        else request["DeleteRequest"]["Key"]
    )
    return item["pk"]["S"], item["sk"]["S"]


def _pause_s(attempt: int) -> float:
    """Full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/."""
    return random.uniform(0, min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2**attempt))  # noqa: S311  # spreads load
