"""What the stacks give out, to people and to the operators' commands."""

import json
import re
from pathlib import Path

from contracts import topics
from operations.redrive import _RUNS
from tests.infrastructure.synthesised import Synthesised, names, plain_id


def test_the_outputs_are_what_a_pi_is_set_up_with(synthesised: Synthesised) -> None:
    """The names that scripts/register-device hands to the installer, and the topics they make."""
    outputs = synthesised.templates["ingestion"]["Outputs"]
    policies = synthesised.resources("AWS::IoT::Policy")
    (policy,) = policies.values()
    assert plain_id(outputs["DevicePolicyName"]["Value"]["Ref"]) in policies
    assert policy["PolicyName"] == "smart-museum-device"
    rule = outputs["VisitsRuleName"]["Value"]
    assert rule in {
        one["RuleName"] for one in synthesised.resources("AWS::IoT::TopicRule").values()
    }
    visits = topics.visits_topic("museum", "device").replace("museum/device", "MUSEUM/DEVICE")
    assert outputs["VisitsTopic"]["Value"] == topics.basic_ingest(rule, visits)
    status = topics.status_topic("museum", "device").replace("museum/device", "MUSEUM/DEVICE")
    assert outputs["StatusTopic"]["Value"] == status
    assert "describe-endpoint" in outputs["EndpointCommand"]["Value"]


def test_the_operators_commands_find_their_outputs(
    synthesised: Synthesised, repository: Path
) -> None:
    """Each output that operations/ asks for is one of the templates; no name is there twice."""
    code = "\n".join(file.read_text("utf-8") for file in (repository / "operations").glob("*.py"))
    asked = set(re.findall(r"\.output\(\s*\"(\w+)\"", code)) | set(_RUNS)
    given = [
        name
        for template in synthesised.templates.values()
        for name in template["Outputs"]
        if not name.startswith("ExportsOutput")
    ]
    assert len(asked) >= 9
    assert asked <= set(given)
    assert len(given) == len(set(given))


def test_every_queue_of_dead_letters_can_be_redriven(synthesised: Synthesised) -> None:
    """The visits', the letters', and each scheduled function's with its function."""
    named: set[str] = set()
    for stack, output in (("analytics", _RUNS[0]), ("alerting", _RUNS[1])):
        value = synthesised.templates[stack]["Outputs"][output]["Value"]
        for function, queue in json.loads(names(value)).values():
            assert function.removesuffix("Function") == queue.removesuffix("DeadLetters")
            named.add(queue)
    for output in ("VisitsDeadLetterQueueUrl", "MailDeadLetterQueueUrl"):
        (found,) = [
            template["Outputs"][output]["Value"]
            for template in synthesised.templates.values()
            if output in template["Outputs"]
        ]
        named.add(names(found))
    assert named == {one for one in synthesised.resources("AWS::SQS::Queue") if "Dead" in one}
