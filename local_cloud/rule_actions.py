"""What a rule does with a message: SQS, S3 and DynamoDBv2 actions."""

import base64
import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from local_cloud.aws_server import AwsServer
from local_cloud.clock import CLOCK_ATTRIBUTE
from local_cloud.errors import LocalCloudError, UnsupportedError
from local_cloud.json_value import Json
from local_cloud.resources.base import check_keys
from local_cloud.rule_evaluation import check_templates, substitute
from local_cloud.rule_functions import RuleMessage

Action = Callable[[bytes, RuleMessage], None]
"""Takes the rule's result and the message; raises what the service raised."""


class ActionError(Exception):
    """An action cannot take this result."""


def build_action(spec: Mapping[str, Json], aws: AwsServer, place: str) -> tuple[str, Action]:
    """An action as the template describes it, with its kind.

    Raises:
        UnsupportedError: The kind or one of its fields is not known.
    """
    if len(spec) != 1:
        raise LocalCloudError(f"{place}: an action has one kind, not {sorted(spec)}")
    kind = next(iter(spec))
    if kind not in _BUILDERS:
        raise UnsupportedError(f"the rule action {kind}", place)
    return kind, _BUILDERS[kind](spec[kind], aws, f"{place}.{kind}")


_ROLE: Final = frozenset({"RoleArn"})


def _sqs(spec: Mapping[str, Json], aws: AwsServer, place: str) -> Action:
    check_keys(spec, place, used=frozenset({"QueueUrl", "UseBase64"}), no_effect=_ROLE)
    client = aws.client("sqs")
    url, encoded = spec["QueueUrl"], bool(spec.get("UseBase64", False))

    def send(result: bytes, message: RuleMessage) -> None:
        body = base64.b64encode(result).decode() if encoded else result.decode(errors="replace")
        client.send_message(
            QueueUrl=url,
            MessageBody=body,
            MessageAttributes={
                CLOCK_ATTRIBUTE: {
                    "DataType": "String",
                    "StringValue": json.dumps(message.clock_offset_s),
                }
            },
        )

    return send


def _s3(spec: Mapping[str, Json], aws: AwsServer, place: str) -> Action:
    check_keys(spec, place, used=frozenset({"BucketName", "Key"}), no_effect=_ROLE)
    client = aws.client("s3")
    bucket, key = spec["BucketName"], spec["Key"]
    check_templates(key, place)

    def put(result: bytes, message: RuleMessage) -> None:
        client.put_object(Bucket=bucket, Key=substitute(key, message, place), Body=result)

    return put


def _dynamo_v2(spec: Mapping[str, Json], aws: AwsServer, place: str) -> Action:
    check_keys(spec, place, used=frozenset({"PutItem"}), no_effect=_ROLE)
    check_keys(spec["PutItem"], f"{place}.PutItem", used=frozenset({"TableName"}))
    client = aws.client("dynamodb")
    table = spec["PutItem"]["TableName"]

    def put(result: bytes, _message: RuleMessage) -> None:
        try:
            item = json.loads(result, parse_float=Decimal)
        except ValueError as error:
            raise ActionError(f"the result is no JSON: {error}") from error
        if not isinstance(item, dict):
            raise ActionError("the result is no JSON object")
        client.put_item(
            TableName=table, Item={name: attribute(value) for name, value in item.items()}
        )

    return put


def attribute(value: Json) -> dict[str, Json]:
    """A JSON value as DynamoDB keeps it, e.g. ``{"N": "1.5"}``."""
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case int() | Decimal():
            return {"N": str(value)}
        case str():
            return {"S": value}
        case list():
            return {"L": [attribute(member) for member in value]}
        case dict():
            return {"M": {name: attribute(member) for name, member in value.items()}}
        case _:
            raise ActionError(f"a {type(value).__name__} is no JSON value")


_BUILDERS: Final[Mapping[str, Callable[[Mapping[str, Json], AwsServer, str], Action]]] = {
    "Sqs": _sqs,
    "S3": _s3,
    "DynamoDBv2": _dynamo_v2,
}
