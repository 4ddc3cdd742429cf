"""CloudFormation's intrinsic functions."""

from typing import Any

import pytest

from local_cloud.errors import LocalCloudError, UnsupportedError
from local_cloud.intrinsics import Scope


@pytest.fixture
def scope() -> Scope:
    """Names of a small template."""
    return Scope(
        stack="stack",
        references={"AWS::Region": "eu-west-1", "Queue": "queue-url"},
        attributes={"Queue": {"Arn": "queue-arn"}},
        exports={"other:table": "visits"},
        mappings={"Sizes": {"eu-west-1": {"big": "10"}}},
        conditions={
            "InEurope": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]},
            "Elsewhere": {"Fn::Not": [{"Condition": "InEurope"}]},
            "Both": {"Fn::And": [{"Condition": "InEurope"}, {"Condition": "Elsewhere"}]},
            "Any": {"Fn::Or": [{"Condition": "InEurope"}, {"Condition": "Elsewhere"}]},
        },
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "Queue"}, "queue-url"),
        ({"Fn::GetAtt": ["Queue", "Arn"]}, "queue-arn"),
        ({"Fn::GetAtt": "Queue.Arn"}, "queue-arn"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Queue"}]]}, "a-queue-url"),
        ({"Fn::Sub": "${AWS::Region}/${Queue.Arn}/${!Literal}"}, "eu-west-1/queue-arn/${Literal}"),
        ({"Fn::Sub": ["${x}${Queue}", {"x": {"Ref": "Queue"}}]}, "queue-urlqueue-url"),
        ({"Fn::ImportValue": {"Fn::Join": [":", ["other", "table"]]}}, "visits"),
        ({"Fn::Select": ["1", {"Fn::Split": [",", "a,b"]}]}, "b"),
        ({"Fn::FindInMap": ["Sizes", {"Ref": "AWS::Region"}, "big"]}, "10"),
        ({"Fn::If": ["InEurope", 1, 2]}, 1),
        ({"Fn::If": ["Elsewhere", 1, 2]}, 2),
        ({"Fn::If": ["Both", 1, 2]}, 2),
        ({"Fn::If": ["Any", 1, 2]}, 1),
        ({"a": [{"Ref": "Queue"}], "Ref": "Queue"}, {"a": ["queue-url"], "Ref": "Queue"}),
        ({"keep": 1, "drop": {"Ref": "AWS::NoValue"}}, {"keep": 1}),
        ([1, {"Fn::If": ["Elsewhere", 2, {"Ref": "AWS::NoValue"}]}], [1]),
    ],
)
def test_intrinsics_resolve(scope: Scope, value: Any, expected: Any) -> None:  # noqa: ANN401 - JSON
    """Each function yields what CloudFormation would."""
    assert scope.resolve(value, "here") == expected


@pytest.mark.parametrize("name", ["Fn::GetAZs", "Fn::GetStackOutput", "Fn::Transform", "Fn::Cidr"])
def test_an_unknown_intrinsic_is_an_error_that_names_it_and_its_place(
    scope: Scope, name: str
) -> None:
    """Never a silent skip."""
    with pytest.raises(UnsupportedError, match=rf"stack/X\.Properties\.Y: .*{name}"):
        scope.resolve({"Y": {name: "x"}}, "stack/X.Properties")


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ({"Ref": "Nobody"}, "Nobody"),
        ({"Fn::GetAtt": ["Nobody", "Arn"]}, "Nobody"),
        ({"Fn::GetAtt": ["Queue", "Colour"]}, "Colour"),
        ({"Fn::Sub": "${Nobody}"}, "Nobody"),
        ({"Fn::ImportValue": "nowhere"}, "nowhere"),
        ({"Fn::Select": [5, ["a"]]}, "select"),
        ({"Fn::FindInMap": ["Sizes", "x", "y"]}, "Sizes"),
        ({"Fn::If": ["Nothing", 1, 2]}, "Nothing"),
    ],
)
def test_a_reference_to_nothing_is_an_error(scope: Scope, value: Any, named: str) -> None:  # noqa: ANN401 - JSON
    """The message names what is missing."""
    with pytest.raises(LocalCloudError, match=named):
        scope.resolve(value, "here")
