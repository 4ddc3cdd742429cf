"""Lambda functions, what feeds them and what happens when they fail."""

from typing import Final

from local_cloud.account import ACCOUNT, REGION, arn
from local_cloud.declared import AsyncInvoke, FunctionSpec, QueueMapping
from local_cloud.errors import LocalCloudError, UnsupportedError
from local_cloud.json_value import Json
from local_cloud.resources.base import Created, Request, ResourceType, check_keys

_DEFAULT_TIMEOUT_S: Final = 3
_DEFAULT_MEMORY_MB: Final = 128
_DEFAULT_BATCH: Final = 10
_PARTIAL: Final = "ReportBatchItemFailures"


def _function(request: Request) -> Created:
    name = request.properties.get("FunctionName") or request.physical_name(64)
    runtime = request.require("Runtime")
    if not str(runtime).startswith("python3."):
        raise UnsupportedError(f"the runtime {runtime}", request.place)
    code = request.require("Code")
    check_keys(code, f"{request.place}.Code", used=frozenset({"S3Key", "S3Bucket"}))
    logging = request.properties.get("LoggingConfig", {})
    check_keys(
        logging,
        f"{request.place}.LoggingConfig",
        used=frozenset({"LogGroup"}),
        no_effect=frozenset({"LogFormat", "ApplicationLogLevel", "SystemLogLevel"}),
    )
    variables: dict[str, Json] = request.properties.get("Environment", {}).get("Variables", {})
    spec = FunctionSpec(
        name=name,
        arn=arn("lambda", f"function:{name}"),
        handler=request.require("Handler"),
        code=request.assembly.code_folder(code["S3Key"], request.place),
        environment={key: str(value) for key, value in variables.items()},
        timeout_s=int(request.properties.get("Timeout", _DEFAULT_TIMEOUT_S)),
        memory_mb=int(request.properties.get("MemorySize", _DEFAULT_MEMORY_MB)),
        log_group=logging.get("LogGroup", f"/aws/lambda/{name}"),
        role=str(request.require("Role")).rsplit("/", 1)[-1],
    )
    request.declared.functions[name] = spec
    return Created(name, {"Arn": spec.arn})


def _function_name(request: Request) -> str:
    name = str(request.require("FunctionName")).rsplit(":", 1)[-1]
    if name not in request.declared.functions:
        raise LocalCloudError(f"{request.place}: there is no function {name}")
    return name


def _permission(request: Request) -> Created:
    _function_name(request)
    return Created(request.physical_name(80))


def _mapping(request: Request) -> Created:
    source = str(request.require("EventSourceArn"))
    if ":sqs:" not in source:
        raise UnsupportedError(f"an event source like {source}", request.place)
    responses = request.properties.get("FunctionResponseTypes", [])
    if any(kind != _PARTIAL for kind in responses):
        raise UnsupportedError(f"the response types {responses}", request.place)
    queue = source.rsplit(":", 1)[-1]
    if request.properties.get("Enabled", True):
        request.declared.mappings.append(
            QueueMapping(
                function=_function_name(request),
                queue_url=request.client("sqs").get_queue_url(QueueName=queue)["QueueUrl"],
                queue_arn=source,
                batch_size=int(request.properties.get("BatchSize", _DEFAULT_BATCH)),
                window_s=float(request.properties.get("MaximumBatchingWindowInSeconds", 0)),
                partial=_PARTIAL in responses,
            )
        )
    return Created(request.physical_name(64))


def _invoke_config(request: Request) -> Created:
    destinations = request.properties.get("DestinationConfig", {})
    check_keys(destinations, f"{request.place}.DestinationConfig", used=frozenset({"OnFailure"}))
    request.declared.async_invokes[_function_name(request)] = AsyncInvoke(
        retries=int(request.properties.get("MaximumRetryAttempts", AsyncInvoke().retries)),
        on_failure_arn=destinations.get("OnFailure", {}).get("Destination"),
    )
    return Created(request.physical_name(64))


def _log_group(request: Request) -> Created:
    name = request.properties.get("LogGroupName") or request.physical_name(512)
    request.client("logs").create_log_group(logGroupName=name)
    return Created(name, {"Arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}:*"})


TYPES: Final = {
    "AWS::Lambda::Function": ResourceType(
        _function,
        used=frozenset(
            {
                "Code",
                "Environment",
                "FunctionName",
                "Handler",
                "LoggingConfig",
                "MemorySize",
                "Role",
                "Runtime",
                "Timeout",
            }
        ),
        no_effect=frozenset(
            {
                "Architectures",  # pure Python only: the same code runs on any machine
                "Description",
                "ReservedConcurrentExecutions",
                "Tags",
                "TracingConfig",
            }
        ),
    ),
    "AWS::Lambda::Permission": ResourceType(
        _permission,
        used=frozenset({"FunctionName"}),
        no_effect=frozenset({"Action", "Principal", "SourceArn", "SourceAccount"}),
    ),
    "AWS::Lambda::EventSourceMapping": ResourceType(
        _mapping,
        used=frozenset(
            {
                "BatchSize",
                "Enabled",
                "EventSourceArn",
                "FunctionName",
                "FunctionResponseTypes",
                "MaximumBatchingWindowInSeconds",
            }
        ),
        no_effect=frozenset({"ScalingConfig", "Tags"}),  # one worker a function is enough here
    ),
    "AWS::Lambda::EventInvokeConfig": ResourceType(
        _invoke_config,
        used=frozenset({"DestinationConfig", "FunctionName", "MaximumRetryAttempts"}),
        no_effect=frozenset({"MaximumEventAgeInSeconds", "Qualifier"}),
    ),
    "AWS::Logs::LogGroup": ResourceType(
        _log_group,
        used=frozenset({"LogGroupName"}),
        no_effect=frozenset({"RetentionInDays", "KmsKeyId", "LogGroupClass", "Tags"}),
    ),
}
