"""Invokes functions as Lambda does for those who do not wait for the result."""

import datetime as dt
import json
import logging
from collections.abc import Mapping

from local_cloud.aws_server import AwsServer
from local_cloud.clock import Clock
from local_cloud.declared import AsyncInvoke
from local_cloud.errors import FunctionError, LocalCloudError
from local_cloud.functions import FunctionWorker
from local_cloud.json_value import Json
from local_cloud.stats import Stats

_log = logging.getLogger(__name__)


class Invoker:
    """All functions by name; counts what it does."""

    def __init__(
        self,
        workers: Mapping[str, FunctionWorker],
        async_invokes: Mapping[str, AsyncInvoke],
        aws: AwsServer,
        clock: Clock,
        stats: Stats,
    ) -> None:
        self._workers = workers
        self._async = async_invokes
        self._aws = aws
        self._clock = clock
        self._stats = stats

    def processes(self) -> dict[str, int]:
        """The process id of every function that has been called and lives."""
        found = {name: worker.pid for name, worker in self._workers.items()}
        return {name: pid for name, pid in found.items() if pid is not None}

    def invoke(self, function: str, event: Json) -> Json:
        """Invokes once and gives the result.

        Raises:
            FunctionError: The function failed.
        """
        self._stats.add("invocations")
        try:
            return self._workers[function].invoke(event)
        except FunctionError as error:
            self._stats.add("function_errors")
            _log.warning("%s", error)
            raise

    def invoke_async(self, function: str, event: Json) -> None:
        """Invokes, tries again as the template says, and hands what still fails to its destination.

        Lambda waits a minute, then two, before it tries again; here it does so at once.

        Raises:
            FunctionError: The last attempt failed.
        """
        settings = self._async.get(function, AsyncInvoke())
        for attempt in range(settings.retries + 1):
            try:
                self.invoke(function, event)
            except FunctionError as error:
                if attempt == settings.retries:
                    self._dead_letter(function, event, settings, error)
                    raise
            else:
                return

    def _dead_letter(
        self, function: str, event: Json, settings: AsyncInvoke, error: FunctionError
    ) -> None:
        """Sends the record that Lambda's on-failure destinations get.

        Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
        """
        destination = settings.on_failure_arn
        if destination is None:
            return
        record = {
            "version": "1.0",
            "timestamp": self._clock.now().astimezone(dt.UTC).isoformat(timespec="milliseconds"),
            "requestContext": {
                "functionArn": f"{self._workers[function].spec.arn}:$LATEST",
                "condition": "RetriesExhausted",
                "approximateInvokeCount": settings.retries + 1,
            },
            "requestPayload": event,
            "responseContext": {"statusCode": 200, "executedVersion": "$LATEST"},
            "responsePayload": {"errorMessage": str(error), "errorType": error.error_type},
        }
        self._send(destination, json.dumps(record))
        self._stats.add("dead_letters")

    def _send(self, destination: str, body: str) -> None:
        name = destination.rsplit(":", 1)[-1]
        if ":sqs:" in destination:
            client = self._aws.client("sqs")
            client.send_message(
                QueueUrl=client.get_queue_url(QueueName=name)["QueueUrl"], MessageBody=body
            )
        elif ":sns:" in destination:
            self._aws.client("sns").publish(TopicArn=destination, Message=body)
        else:
            raise LocalCloudError(f"failures cannot go to {destination} here: a queue or a topic")
