"""What an operator mends, in the synthesised app: what lay aside is stored, once, and only then."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts.museum_toml import load_museums
from contracts.topics import basic_ingest, visits_topic
from contracts.visit import Visit, encode_visit, encode_visits
from local_cloud.cloud import LocalCloud
from operations import deployed, redrive, reinject
from tests.fakes.visits import make_visit
from tests.infrastructure.synthesised import Synthesised

pytestmark = pytest.mark.integration

NEW_ARTWORK = """
[[museums.artworks]]
id = "study-in-red"
title = "Study in Red"
"""


class _Operator:
    """An operator's session, logged in to the local cloud.

    It has no stacks that could be asked for their outputs, and moto's SQS moves no messages; both
    are done here in AWS's stead, by its own interfaces.
    """

    region_name = "eu-west-1"

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud

    def client(self, service: str, **_: object) -> Any:  # noqa: ANN401  # made at run time
        if service == "cloudformation":
            return self
        return (
            _Queues(self._cloud.client("sqs")) if service == "sqs" else self._cloud.client(service)
        )

    def describe_stacks(self, *, StackName: str) -> dict[str, Any]:  # noqa: N803  # boto3's
        outputs = self._cloud.outputs[StackName].items()
        return {"Stacks": [{"Outputs": [{"OutputKey": k, "OutputValue": v} for k, v in outputs]}]}


class _Queues:
    """SQS; a move task ends as soon as it began."""

    def __init__(self, sqs: Any) -> None:  # noqa: ANN401  # made at run time
        self._sqs = sqs
        self._moved = 0

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # any operation
        return getattr(self._sqs, name)

    def start_message_move_task(self, *, SourceArn: str) -> None:  # noqa: N803  # boto3's
        url = self._sqs.get_queue_url(QueueName=SourceArn.rsplit(":", 1)[1])["QueueUrl"]
        (source,) = self._sqs.list_dead_letter_source_queues(QueueUrl=url)["queueUrls"]
        while messages := self._sqs.receive_message(QueueUrl=url).get("Messages"):
            for one in messages:
                self._sqs.send_message(QueueUrl=source, MessageBody=one["Body"])
                self._sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
                self._moved += 1

    def list_message_move_tasks(self, **_: object) -> dict[str, Any]:
        task = {"Status": "COMPLETED", "ApproximateNumberOfMessagesMoved": self._moved}
        return {"Results": [task]}


class _Museum:
    """The app of a museum that lacks an artwork in ``museum.toml``, and its operator."""

    def __init__(self, cloud: LocalCloud, assembly: Path, museums: Path) -> None:
        self.cloud = cloud
        self._assembly = assembly
        self._museums = museums

    def output(self, name: str) -> str:
        (value,) = (str(one[name]) for one in self.cloud.outputs.values() if name in one)
        return value

    def publish(self, visit: Visit) -> None:
        """As a Pi does, several times where the broker's answer was lost."""
        topic = visits_topic(visit.museum_id, visit.device_id)
        message = encode_visits([encode_visit(visit)])
        rule = self.output("VisitsRuleName")
        self.cloud.deliver(basic_ingest(rule, topic), message, visit.device_id)
        self.cloud.drain()

    def deploy(self, text: str) -> None:
        """Puts another museum.toml into every function's package; running functions end."""
        self._museums.write_text(text, encoding="utf-8")
        museums = load_museums(self._museums).for_functions()
        for file in self._assembly.glob("asset.*/museums.json"):
            file.write_bytes(museums)
        for name, pid in self.cloud.processes().items():
            if name != "moto":
                os.kill(pid, signal.SIGKILL)

    def stored(self) -> list[str]:
        """Ids of the visits in the table, each as often as it is there."""
        items = self.cloud.client("dynamodb").scan(TableName=self.output("VisitsTableName"))[
            "Items"
        ]
        return [item["visit_id"]["S"] for item in items]

    def quarantined(self) -> list[str]:
        """Keys in the bucket."""
        listed = self.cloud.client("s3").list_objects_v2(Bucket=self.output("QuarantineBucketName"))
        return [one["Key"] for one in listed.get("Contents", [])]

    def dead_letters(self) -> int:
        """Messages in the queue of dead visits."""
        answer = self.cloud.client("sqs").get_queue_attributes(
            QueueUrl=self.output("VisitsDeadLetterQueueUrl"),
            AttributeNames=["ApproximateNumberOfMessages"],
        )
        return int(answer["Attributes"]["ApproximateNumberOfMessages"])

    def arguments(self, *more: str) -> list[str]:
        """Of an operator's command."""
        return ["--museums", str(self._museums), *more]


@pytest.fixture
def museum(
    synthesised: Synthesised, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[_Museum]:
    """The app runs, as it was synthesised but for an artwork that nobody has told it of."""
    assembly = shutil.copytree(synthesised.folder, tmp_path / "cdk.out")
    whole = (repository / "museum.toml").read_text("utf-8")
    assert NEW_ARTWORK in whole
    with LocalCloud(assembly, tmp_path / "home") as cloud:
        operator = _Operator(cloud)
        monkeypatch.setattr(deployed, "make_session", lambda _region: operator)
        started = _Museum(cloud, assembly, tmp_path / "museum.toml")
        started.deploy(whole.replace(NEW_ARTWORK, ""))
        yield started


def _visit(**changes: str) -> Visit:
    """One that ended a minute ago."""
    return replace(make_visit(detected_at=round(time.time() * 1000) - 60_000), **changes)  # type: ignore[arg-type]  # texts, all


def test_a_refused_visit_is_stored_once_after_the_mend(
    museum: _Museum, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An artwork was hung before museum.toml knew of it."""
    visit = _visit(artwork_id="study-in-red")
    museum.publish(visit)
    assert museum.stored() == []
    assert len(museum.quarantined()) == 1

    # A wrong mend, which is none: it is refused again, and lies where it lay.
    assert reinject._main(museum.arguments("--go")) == 0
    museum.cloud.drain()
    assert museum.stored() == []
    assert len(museum.quarantined()) == 1

    museum.deploy((repository / "museum.toml").read_text("utf-8"))
    assert reinject._main(museum.arguments("--reason", "unknown-artwork", "--go")) == 0
    museum.cloud.drain()
    assert museum.stored() == [visit.visit_id]
    assert museum.quarantined() == []

    # Neither the command nor the Pi, which had no answer, makes two of it.
    assert reinject._main(museum.arguments("--go")) == 0
    assert "0 of 0 sent" in capsys.readouterr().out
    museum.publish(visit)
    assert museum.stored() == [visit.visit_id]


def test_a_dead_letter_is_stored_once_after_the_mend(museum: _Museum) -> None:
    """The table was gone, and every attempt with it; then it is there again."""
    tables, name = museum.cloud.client("dynamodb"), museum.output("VisitsTableName")
    declared = tables.describe_table(TableName=name)["Table"]
    tables.update_table(TableName=name, DeletionProtectionEnabled=False)
    tables.delete_table(TableName=name)
    visit = _visit()
    museum.publish(visit)
    deadline = time.monotonic() + 10
    while not museum.dead_letters():
        assert time.monotonic() < deadline, "it never became a dead letter"
        time.sleep(0.1)
    assert museum.quarantined() == []

    tables.create_table(
        TableName=name,
        KeySchema=declared["KeySchema"],
        AttributeDefinitions=declared["AttributeDefinitions"],
        BillingMode="PAY_PER_REQUEST",
    )
    assert redrive._main(museum.arguments("--only", "visits")) == 0
    assert museum.stored() == []
    assert redrive._main(museum.arguments("--only", "visits", "--go")) == 0
    museum.cloud.drain()
    assert museum.stored() == [visit.visit_id]
    assert museum.dead_letters() == 0
    museum.publish(visit)
    assert museum.stored() == [visit.visit_id]
