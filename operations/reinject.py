"""``scripts/reinject``: refused messages into the queue of visits again, after a mend."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from operations.aws import plain_errors
from operations.command import STOPPED, deployment_of, make_parser, run
from operations.deployed import pages
from operations.errors import OperationError
from operations.refused import (
    RULE_ERRORS,
    UNDER_WAY,
    VISITS,
    Refused,
    is_past_counting,
    read_refused,
)

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

_READERS: Final = 8
_STORED_AT: Final = "stored-at"
_MS: Final = 1000


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = make_parser(
        "reinject",
        "Lets refused messages go through the queue of visits again. Without --go it only tells "
        "what there is.",
    )
    parser.add_argument(
        "--reason", action="append", default=[], metavar="R", help="only these; may be repeated"
    )
    parser.add_argument("--since", type=_moment, metavar="T", help="received at or after, UTC")
    parser.add_argument("--until", type=_moment, metavar="T", help="received before, UTC")
    parser.add_argument(
        "--prefix", default="", metavar="P", help="only keys that begin so: visits/2026/11/"
    )
    parser.add_argument("--go", action="store_true", help="do it")
    return parser.parse_args(arguments)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as exc:
        raise argparse.ArgumentTypeError(f"{text} is no time like 2026-11-21T10:00") from exc
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which objects are meant.

    Attributes:
        reasons: None but these; all if empty.
        since: Received at or after this; None: since ever.
        until: Received before this; None: until now.
        prefix: Beginning of the key.
    """

    reasons: frozenset[str]
    since: datetime | None
    until: datetime | None
    prefix: str

    def fits(self, one: Refused) -> bool:
        """Whether it is meant; where it is not known when it came, only an open span has it."""
        if self.reasons and one.reason not in self.reasons:
            return False
        if one.received_at is None:
            return self.since is None and self.until is None
        at = one.received_at
        return (self.since is None or at >= self.since.timestamp() * _MS) and (
            self.until is None or at < self.until.timestamp() * _MS
        )


class Quarantined:
    """The quarantine bucket."""

    def __init__(self, s3: S3Client, bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    def objects(self, wish: Wish) -> Iterator[tuple[str, Refused]]:
        """The objects that are meant, with the key under which each lies now, in its order."""
        with plain_errors(), ThreadPoolExecutor(_READERS) as readers:
            found = readers.map(self._read, list(self._keys(wish.prefix)))
            yield from ((key, one) for key, one in found if wish.fits(one))

    def _keys(self, prefix: str) -> Iterator[str]:
        for folder in (VISITS, RULE_ERRORS, UNDER_WAY + VISITS, UNDER_WAY + RULE_ERRORS):
            home = folder.removeprefix(UNDER_WAY)
            if not (home.startswith(prefix) or prefix.startswith(home)):
                continue
            way = folder[: len(folder) - len(home)]
            begins = way + max(home, prefix, key=len)
            for page in pages(self._s3, "list_objects_v2", Bucket=self._bucket, Prefix=begins):
                yield from (one["Key"] for one in page.get("Contents", []))

    def _read(self, key: str) -> tuple[str, Refused]:
        answer = self._s3.get_object(Bucket=self._bucket, Key=key)
        kept = answer["Metadata"].get(_STORED_AT)
        stored_at = datetime.fromisoformat(kept) if kept else answer["LastModified"]
        home = key.removeprefix(UNDER_WAY)
        return key, read_refused(home, answer["Body"].read(), stored_at)

    def set_aside(self, key: str, one: Refused) -> str:
        """Moves an object out of the way of a new refusal, which may have the same key.

        Returns:
            Its key now. Whatever stops this in between, the object is at one of the two.
        """
        if key.startswith(UNDER_WAY):
            return key
        aside = UNDER_WAY + key
        stored = datetime.fromtimestamp((one.received_at or 0) / _MS, UTC).isoformat()
        with plain_errors():
            self._s3.copy_object(
                Bucket=self._bucket,
                Key=aside,
                CopySource={"Bucket": self._bucket, "Key": key},
                Metadata={_STORED_AT: stored},
                MetadataDirective="REPLACE",
                ContentType="application/json",
            )
            self._s3.delete_object(Bucket=self._bucket, Key=key)
        return aside

    def delete(self, key: str) -> None:
        """Deletes an object that the queue has accepted."""
        with plain_errors():
            self._s3.delete_object(Bucket=self._bucket, Key=key)


def reinject(
    found: Iterable[tuple[str, Refused]], quarantined: Quarantined, sqs: SQSClient, queue_url: str
) -> tuple[int, list[str]]:
    """Sends every message, then deletes its object; one that fails stays and is told of.

    A visit that was sent twice, because this died in between, is stored once by its id.

    Returns:
        How many the queue accepted, and what went wrong with others.
    """
    accepted, failures = 0, list[str]()
    for key, one in found:
        if one.body is None:
            continue
        try:
            aside = quarantined.set_aside(key, one)
            with plain_errors():
                sqs.send_message(QueueUrl=queue_url, MessageBody=one.body)
            accepted += 1
            quarantined.delete(aside)
        except OperationError as exc:
            failures.append(f"{one.key}: {exc}")
    return accepted, failures


def _main(arguments: Sequence[str]) -> int:
    given = _parse(arguments)
    wish = Wish(
        reasons=frozenset(given.reason),
        since=given.since,
        until=given.until,
        prefix=given.prefix.removeprefix(UNDER_WAY),
    )
    deployed = deployment_of(given)
    quarantined = Quarantined(deployed.client("s3"), deployed.output("QuarantineBucketName"))
    queue_url = deployed.output("VisitsQueueUrl")
    now = datetime.now(UTC)
    found = list(quarantined.objects(wish))
    late = {key for key, one in found if is_past_counting(one, deployed.config, now)}
    useless = {key for key, one in found if one.body is None}
    _show(found, late, useless)
    sent = [(key, one) for key, one in found if key not in late | useless]
    if not given.go:
        print(f"{len(sent)} would be sent. Nothing was changed; say --go to do it.")
        return 0
    accepted, failures = reinject(sent, quarantined, deployed.client("sqs"), queue_url)
    print(f"{accepted} of {len(sent)} sent to the queue of visits.")
    for failure in failures:
        print(f"Failed: {failure}", file=sys.stderr)
    if failures:
        print(f"{len(failures)} failed; running it again goes on with them.", file=sys.stderr)
    return STOPPED if failures else 0


def _show(found: Sequence[tuple[str, Refused]], late: set[str], useless: set[str]) -> None:
    counts = Counter(one.reason for _, one in found)
    print(f"{'reason':<20}{'objects':>8}{'too late':>10}{'no message':>12}")
    for reason, count in sorted(counts.items()):
        keys = {key for key, one in found if one.reason == reason}
        print(f"{reason:<20}{count:>8}{len(keys & late):>10}{len(keys & useless):>12}")
    print(f"{'all':<20}{len(found):>8}{len(late):>10}{len(useless):>12}")
    if late:
        print("Too late: the day's other visits have expired, so it is not counted again.")


if __name__ == "__main__":
    sys.exit(run(lambda: _main(sys.argv[1:])))
