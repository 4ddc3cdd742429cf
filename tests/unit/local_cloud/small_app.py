"""A hand-made cloud assembly: one rule, one queue, one function, one schedule, one letter."""

import json
from pathlib import Path
from typing import Any

HANDLER = """
import json
import os
import time

import boto3

table = boto3.client("dynamodb")
topic = boto3.client("sns")


def handle(event, context):
    if "Records" not in event:
        return scheduled(event)
    failures = []
    for record in event["Records"]:
        body = json.loads(record["body"])
        wish = body.get("wish")
        if wish == "raise":
            raise ValueError("asked to")
        if wish == "die":
            os._exit(3)
        if wish == "sleep":
            time.sleep(30)
        if wish == "fail":
            failures.append({"itemIdentifier": record["messageId"]})
            continue
        table.put_item(
            TableName=os.environ["TABLE"],
            Item={
                "pk": {"S": "visit"},
                "sk": {"S": body["id"]},
                "client_id": {"S": body.get("client_id", "")},
                "now": {"N": str(time.time())},
            },
        )
    print(json.dumps({
        "_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [
            {"Namespace": "Small", "Dimensions": [["part"]], "Metrics": [{"Name": "Stored"}]}]},
        "part": "test", "Stored": [len(event["Records"]) - len(failures)],
    }))
    return {"batchItemFailures": failures}


def scheduled(event):
    if event.get("wish") == "raise":
        raise ValueError("asked to")
    topic.publish(
        TopicArn=os.environ["TOPIC"], Subject="Daily", Message=f"{event['at']} {time.time():.0f}"
    )
"""

ASSET = "a" * 64


def write_assembly(
    folder: Path, *templates: tuple[str, dict[str, Any]], code: str = HANDLER
) -> Path:
    """Writes an assembly with these stacks, each depending on the one before, and one asset."""
    folder.mkdir(parents=True, exist_ok=True)
    asset = folder / f"asset.{ASSET}"
    asset.mkdir(exist_ok=True)
    (asset / "main.py").write_text(code)
    artifacts: dict[str, Any] = {"Tree": {"type": "cdk:tree", "properties": {"file": "tree.json"}}}
    previous: list[str] = []
    for name, template in templates:
        (folder / f"{name}.template.json").write_text(json.dumps(template))
        artifacts[name] = {
            "type": "aws:cloudformation:stack",
            "properties": {"templateFile": f"{name}.template.json"},
            "dependencies": [*previous, f"{name}.assets"],
        }
        previous = [name]
    assets = {
        "files": {
            ASSET: {
                "source": {"path": asset.name, "packaging": "zip"},
                "destinations": {"here": {"bucketName": "b", "objectKey": f"{ASSET}.zip"}},
            }
        }
    }
    (folder / "app.assets.json").write_text(json.dumps(assets))
    # The last stack comes first, so that only the dependencies can tell the order.
    manifest = {"version": "55.0.0", "artifacts": dict(reversed(artifacts.items()))}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def function(**properties: Any) -> dict[str, Any]:  # noqa: ANN401 - template properties are JSON
    """A function resource around the asset."""
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Code": {"S3Bucket": "b", "S3Key": f"{ASSET}.zip"},
            "Handler": "main.handle",
            "Runtime": "python3.13",
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            "Timeout": 2,
            **properties,
        },
    }


def small_app(folder: Path) -> Path:
    """Two stacks: ``store`` exports its table to ``flow``."""
    store = {
        "Resources": {
            "Table": {
                "Type": "AWS::DynamoDB::Table",
                "Properties": {
                    "AttributeDefinitions": [
                        {"AttributeName": "pk", "AttributeType": "S"},
                        {"AttributeName": "sk", "AttributeType": "S"},
                    ],
                    "BillingMode": "PAY_PER_REQUEST",
                    "KeySchema": [
                        {"AttributeName": "pk", "KeyType": "HASH"},
                        {"AttributeName": "sk", "KeyType": "RANGE"},
                    ],
                },
            },
            "Bucket": {"Type": "AWS::S3::Bucket"},
        },
        "Outputs": {
            "TableName": {"Value": {"Ref": "Table"}, "Export": {"Name": "store:table"}},
            "BucketName": {"Value": {"Ref": "Bucket"}, "Export": {"Name": "store:bucket"}},
        },
    }
    return write_assembly(folder, ("store", store), ("flow", _flow()))


def _flow() -> dict[str, Any]:
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": _trust()}}
    error_action = {
        "S3": {
            "BucketName": {"Fn::ImportValue": "store:bucket"},
            "Key": "errors/${topic(2)}/${newuuid()}.json",
            "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
        }
    }
    rule = {
        "RuleName": "small_visits",
        "TopicRulePayload": {
            "AwsIotSqlVersion": "2016-03-23",
            "Sql": "SELECT *, clientid() AS client_id FROM 'small/+/visits'",
            "Actions": [{"Sqs": {"QueueUrl": {"Ref": "Queue"}, "RoleArn": "r"}}],
            "ErrorAction": error_action,
        },
    }
    status = {
        "RuleName": "small_status",
        "TopicRulePayload": {
            "AwsIotSqlVersion": "2016-03-23",
            "Sql": "SELECT * FROM 'small/+/status' WHERE clientid() = topic(2)",
            "Actions": [
                {
                    "DynamoDBv2": {
                        "PutItem": {"TableName": {"Fn::ImportValue": "store:table"}},
                        "RoleArn": "r",
                    }
                }
            ],
            "ErrorAction": error_action,
        },
    }
    return {
        "Resources": {
            "Role": role,
            "Queue": {
                "Type": "AWS::SQS::Queue",
                "Properties": {
                    "VisibilityTimeout": 60,
                    "RedrivePolicy": {
                        "deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]},
                        "maxReceiveCount": 2,
                    },
                },
            },
            "Dead": {"Type": "AWS::SQS::Queue"},
            "Topic": {"Type": "AWS::SNS::Topic"},
            "Mail": {
                "Type": "AWS::SNS::Subscription",
                "Properties": {
                    "Endpoint": "curator@museum.example",
                    "Protocol": "email",
                    "TopicArn": {"Ref": "Topic"},
                },
            },
            "Function": function(
                Environment={
                    "Variables": {
                        "TABLE": {"Fn::ImportValue": "store:table"},
                        "TOPIC": {"Ref": "Topic"},
                    }
                }
            ),
            "Invokes": {
                "Type": "AWS::Lambda::EventInvokeConfig",
                "Properties": {
                    "FunctionName": {"Ref": "Function"},
                    "MaximumRetryAttempts": 1,
                    "DestinationConfig": {
                        "OnFailure": {"Destination": {"Fn::GetAtt": ["Dead", "Arn"]}}
                    },
                },
            },
            "Mapping": {
                "Type": "AWS::Lambda::EventSourceMapping",
                "Properties": {
                    "EventSourceArn": {"Fn::GetAtt": ["Queue", "Arn"]},
                    "FunctionName": {"Ref": "Function"},
                    "FunctionResponseTypes": ["ReportBatchItemFailures"],
                },
            },
            "Schedule": {
                "Type": "AWS::Scheduler::Schedule",
                "Properties": {
                    "FlexibleTimeWindow": {"Mode": "OFF"},
                    "ScheduleExpression": "cron(0 7 * * ? *)",
                    "ScheduleExpressionTimezone": "Europe/Rome",
                    "Target": {
                        "Arn": {"Fn::GetAtt": ["Function", "Arn"]},
                        "Input": '{"at": "<aws.scheduler.scheduled-time>"}',
                        "RoleArn": "r",
                    },
                },
            },
            "Rule": {"Type": "AWS::IoT::TopicRule", "Properties": rule},
            "Status": {"Type": "AWS::IoT::TopicRule", "Properties": status},
            "Policy": {
                "Type": "AWS::IoT::Policy",
                "Properties": {"PolicyName": "devices", "PolicyDocument": _device_policy()},
            },
        },
        "Outputs": {
            "QueueUrl": {"Value": {"Ref": "Queue"}},
            "DeadUrl": {"Value": {"Ref": "Dead"}},
        },
    }


def _trust() -> dict[str, Any]:
    statement = {
        "Action": "sts:AssumeRole",
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def _device_policy() -> dict[str, Any]:
    thing = "${!iot:Connection.Thing.ThingName}"
    prefix = "arn:aws:iot:${AWS::Region}:${AWS::AccountId}"
    topics = (f"$aws/rules/small_visits/small/{thing}/visits", f"small/{thing}/*")
    connect = {
        "Effect": "Allow",
        "Action": "iot:Connect",
        "Resource": {"Fn::Sub": f"{prefix}:client/{thing}"},
    }
    publish = {
        "Effect": "Allow",
        "Action": "iot:Publish",
        "Resource": [{"Fn::Sub": f"{prefix}:topic/{topic}"} for topic in topics],
    }
    return {"Version": "2012-10-17", "Statement": [connect, publish]}
