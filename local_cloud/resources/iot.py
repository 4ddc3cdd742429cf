"""IoT rules, device policies and logging."""

from typing import Final

from local_cloud.account import arn
from local_cloud.declared import RuleSpec
from local_cloud.errors import UnsupportedError
from local_cloud.json_value import Json
from local_cloud.resources.base import Created, Request, ResourceType, check_keys

_SQL_VERSION: Final = "2016-03-23"


def _rule(request: Request) -> Created:
    payload: dict[str, Json] = request.require("TopicRulePayload")
    place = f"{request.place}.TopicRulePayload"
    check_keys(
        payload,
        place,
        used=frozenset({"Sql", "AwsIotSqlVersion", "Actions", "ErrorAction", "RuleDisabled"}),
        no_effect=frozenset({"Description"}),
    )
    version = payload.get("AwsIotSqlVersion", "2015-10-08")
    if version != _SQL_VERSION:
        raise UnsupportedError(f"the SQL version {version}", place)
    name = request.properties.get("RuleName") or request.physical_name(128).replace("-", "_")
    request.declared.rules.append(
        RuleSpec(
            name=name,
            sql=payload["Sql"],
            actions=tuple(payload["Actions"]),
            error_action=payload.get("ErrorAction"),
            disabled=bool(payload.get("RuleDisabled", False)),
            place=place,
        )
    )
    return Created(name, {"Arn": arn("iot", f"rule/{name}")})


def _policy(request: Request) -> Created:
    name = request.properties.get("PolicyName") or request.physical_name(128)
    request.declared.device_policies[name] = request.require("PolicyDocument")
    return Created(name, {"Arn": arn("iot", f"policy/{name}"), "Id": name})


def _logging(request: Request) -> Created:
    return Created(request.physical_name(80))


TYPES: Final = {
    "AWS::IoT::TopicRule": ResourceType(
        _rule, used=frozenset({"RuleName", "TopicRulePayload"}), no_effect=frozenset({"Tags"})
    ),
    "AWS::IoT::Policy": ResourceType(
        _policy, used=frozenset({"PolicyName", "PolicyDocument"}), no_effect=frozenset({"Tags"})
    ),
    "AWS::IoT::Logging": ResourceType(
        _logging,
        used=frozenset(),
        no_effect=frozenset({"AccountId", "DefaultLogLevel", "RoleArn"}),
    ),
}
