"""The shape of parameters: what botocore lets through, and everything for those it has not checked."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from botocore.model import ServiceModel
from botocore.validate import ParamValidator
from hypothesis import given
from hypothesis import strategies as st

from pytest_batchmock.api import model, shapes
from pytest_batchmock.errors import BatchError, NotModelledError

SUBMIT: dict[str, Any] = {"jobName": "etl", "jobQueue": "q", "jobDefinition": "d"}
REGISTER: dict[str, Any] = {"jobDefinitionName": "etl", "type": "container"}
QUEUE: dict[str, Any] = {"jobQueueName": "q", "priority": 1, "computeEnvironmentOrder": []}


def refusal(operation: str, params: Any, *, validated: bool = True) -> str:
    """The text of the refusal, which is always a ClientException and never changes the parameters."""
    before = copy.deepcopy(params)
    with pytest.raises(BatchError) as caught:
        shapes.check(operation, params, validated=validated)
    assert (caught.value.code, caught.value.status) == ("ClientException", 400)
    assert params == before
    return caught.value.message


def accepts(operation: str, params: Any, *, validated: bool = True) -> bool:
    shapes.check(operation, params, validated=validated)
    return True


# Enum values


@pytest.mark.parametrize("validated", [True, False])
def test_an_unknown_enum_value_is_refused_with_its_path_and_the_allowed_values(validated: bool) -> None:
    assert refusal("CreateJobQueue", {**QUEUE, "state": "enabled"}, validated=validated) == (
        "1 validation error detected: Value 'enabled' at 'state' failed to satisfy constraint: "
        "Member must satisfy enum value set: [ENABLED, DISABLED]"
    )


@pytest.mark.parametrize("validated", [True, False])
@pytest.mark.parametrize(
    ("operation", "params", "path"),
    [
        (
            "SubmitJob",
            {**SUBMIT, "dependsOn": [{"jobId": "1"}, {"type": "X"}]},
            "dependsOn.2.member.type",
        ),
        (
            "SubmitJob",
            {**SUBMIT, "containerOverrides": {"resourceRequirements": [{"type": "X", "value": "1"}]}},
            "containerOverrides.resourceRequirements.1.member.type",
        ),
        ("ListJobs", {"jobStatus": "X"}, "jobStatus"),
        ("RegisterJobDefinition", {**REGISTER, "type": "X"}, "type"),
        (
            "RegisterJobDefinition",
            {
                **REGISTER,
                "nodeProperties": {
                    "numNodes": 1,
                    "mainNode": 0,
                    "nodeRangeProperties": [
                        {
                            "targetNodes": "0",
                            "container": {
                                "linuxParameters": {
                                    "devices": [{"hostPath": "/", "permissions": ["READ", "X"]}]
                                }
                            },
                        }
                    ],
                },
            },
            "nodeProperties.nodeRangeProperties.1.member.container.linuxParameters.devices.1.member"
            ".permissions.2.member",
        ),
    ],
)
def test_enum_values_are_checked_however_deep_they_lie(
    operation: str, params: dict[str, Any], path: str, validated: bool
) -> None:
    text = refusal(operation, params, validated=validated)
    assert text.startswith(
        f"1 validation error detected: Value 'X' at '{path}' failed to satisfy constraint"
    )


@pytest.mark.parametrize("validated", [True, False])
def test_the_action_of_a_retry_rule_is_left_to_the_rules_in_any_case_of_letters(validated: bool) -> None:
    for action in ("retry", "EXIT", "anything"):
        retry = {"attempts": 2, "evaluateOnExit": [{"onReason": "*", "action": action}]}
        assert accepts("SubmitJob", {**SUBMIT, "retryStrategy": retry}, validated=validated)


@pytest.mark.parametrize("validated", [True, False])
@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("RegisterJobDefinition", {**REGISTER, "platformCapabilities": ["X"]}),
        ("SubmitJob", {**SUBMIT, "tags": {"": "v", "k" * 200: "v" * 300}}),
        ("UntagResource", {"resourceArn": "arn", "tagKeys": ["k"] * 51}),
    ],
)
def test_what_the_service_refuses_in_words_of_its_own_is_left_to_the_rules(
    operation: str, params: dict[str, Any], validated: bool
) -> None:
    assert accepts(operation, params, validated=validated)


def test_the_type_of_what_is_left_to_the_rules_is_still_checked() -> None:
    assert "at 'tags.k': expected a string" in refusal(
        "SubmitJob", {**SUBMIT, "tags": {"k": 1}}, validated=False
    )
    assert "at 'tags': expected an object" in refusal(
        "SubmitJob", {**SUBMIT, "tags": []}, validated=False
    )


@pytest.mark.parametrize("validated", [True, False])
def test_an_unknown_log_driver_is_left_to_the_rules_on_fargate_only(validated: bool) -> None:
    log = {"containerProperties": {"image": "i", "logConfiguration": {"logDriver": "X"}}}
    assert accepts(
        "RegisterJobDefinition",
        {**REGISTER, **log, "platformCapabilities": ["FARGATE"]},
        validated=validated,
    )
    for capabilities in ({}, {"platformCapabilities": ["EC2"]}):
        text = refusal("RegisterJobDefinition", {**REGISTER, **log, **capabilities}, validated=validated)
        assert "Value 'X' at 'containerProperties.logConfiguration.logDriver'" in text


def test_every_name_that_is_left_to_the_rules_is_one_of_the_model() -> None:
    """A misspelt entry would leave nothing to anybody. Older models lack some."""
    known: set[str] = set()

    def look_at(shape: Any) -> None:
        if shape.name in known:
            return
        known.update((shape.name, *getattr(shape, "members", ())))
        for member in getattr(shape, "members", {}).values():
            look_at(member)
        for part in ("member", "key", "value"):
            if shape.type_name in ("list", "map") and hasattr(shape, part):
                look_at(getattr(shape, part))

    for name in model.operation_names():
        look_at(model.operation(name).input_shape)
    newer = {"QuotaShareIdleResourceAssignmentStrategy", "JobStateTimeLimitActionsAction"}
    assert {*shapes.LEFT_TO_RULES, *shapes.LEFT_TO_RULES_ON_FARGATE} - known <= newer
    if "CreateQuotaShare" in model.operation_names():
        assert {*shapes.LEFT_TO_RULES, *shapes.LEFT_TO_RULES_ON_FARGATE} <= known


# Numbers and bounds


@pytest.mark.parametrize("validated", [True, False])
@pytest.mark.parametrize("attempts", [True, False])
def test_a_bool_is_no_integer(attempts: bool, validated: bool) -> None:
    text = refusal("SubmitJob", {**SUBMIT, "retryStrategy": {"attempts": attempts}}, validated=validated)
    written = str(attempts).lower()
    assert (
        text == f"Wrong type at 'retryStrategy.attempts': expected an integer, got {written} (boolean)."
    )


@pytest.mark.parametrize("size", [2**31, -(2**31) - 1, 10**30])
def test_an_integer_has_32_bits(size: int) -> None:
    text = refusal("SubmitJob", {**SUBMIT, "arrayProperties": {"size": size}})
    assert f"Value '{size}' at 'arrayProperties.size'" in text
    assert accepts("SubmitJob", {**SUBMIT, "arrayProperties": {"size": 2**31 - 1}})


@pytest.mark.parametrize("below", [True, False])
def test_a_number_keeps_to_the_bounds_of_the_model(below: bool) -> None:
    # The upper bound differs between versions of botocore.
    policy = model.operation("UpdateComputeEnvironment").input_shape.members["updatePolicy"]
    highest = policy.members["jobExecutionTimeoutMinutes"].metadata["max"]
    minutes = 0 if below else highest + 1
    bound = "greater than or equal to 1" if below else f"less than or equal to {highest}"
    params = {"computeEnvironment": "c", "updatePolicy": {"jobExecutionTimeoutMinutes": minutes}}
    assert refusal("UpdateComputeEnvironment", params).endswith(f"Member must have value {bound}")


@pytest.mark.parametrize("validated", [True, False])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), True])
def test_a_weight_is_a_finite_number(value: float, validated: bool) -> None:
    share = {"shareIdentifier": "a", "weightFactor": value}
    params = {"name": "p", "fairsharePolicy": {"shareDistribution": [share]}}
    text = refusal("CreateSchedulingPolicy", params, validated=validated)
    assert "at 'fairsharePolicy.shareDistribution.1.member.weightFactor'" in text
    share["weightFactor"] = 0.5
    assert accepts("CreateSchedulingPolicy", params, validated=validated)


def test_a_text_keeps_to_the_upper_bound_that_botocore_ignores() -> None:
    pod = {"podProperties": {"containers": [{"resources": {"limits": {"memory": "1" * 257}}}]}}
    text = refusal("SubmitJob", {**SUBMIT, "eksPropertiesOverride": pod})
    assert "at 'eksPropertiesOverride.podProperties.containers.1.member.resources.limits.memory'" in text
    assert text.endswith("Member must have length less than or equal to 256")


def test_a_long_value_is_cut_in_the_message() -> None:
    text = refusal("ListJobs", {"jobStatus": "x" * 10_000})
    assert "xxx…'" in text
    assert len(text) < 500


# What no botocore has checked


def test_a_missing_member_is_named() -> None:
    assert refusal("SubmitJob", {"jobName": "a", "jobQueue": "q"}, validated=False) == (
        "1 validation error detected: Value null at 'jobDefinition' failed to satisfy constraint: "
        "Member must not be null"
    )
    params = {**SUBMIT, "containerOverrides": {"resourceRequirements": [{"type": "VCPU"}]}}
    assert "at 'containerOverrides.resourceRequirements.1.member.value'" in refusal(
        "SubmitJob", params, validated=False
    )


def test_an_unknown_member_is_named_with_those_that_exist() -> None:
    text = refusal("SubmitJob", {**SUBMIT, "jobname": "x"}, validated=False)
    assert text.startswith(
        "Unknown member 'jobname' in the request: the members are [jobName, jobQueue,"
    )
    text = refusal("SubmitJob", {**SUBMIT, "timeout": {"seconds": 1}}, validated=False)
    assert text == "Unknown member 'seconds' at 'timeout': the members are [attemptDurationSeconds]."


@pytest.mark.parametrize(
    ("member", "value", "expected"),
    [
        ("jobName", 5, "at 'jobName': expected a string, got 5 (number)."),
        ("jobName", None, "at 'jobName': expected a string, got null."),
        ("jobName", ["a"], """at 'jobName': expected a string, got ["a"] (list)."""),
        ("schedulingPriorityOverride", "1", "expected an integer, got 1 (string)."),
        ("schedulingPriorityOverride", 1.0, "expected an integer, got 1.0 (number)."),
        ("propagateTags", "true", "expected true or false, got true (string)."),
        ("propagateTags", 1, "expected true or false, got 1 (number)."),
        ("dependsOn", {}, "at 'dependsOn': expected a list, got {} (object)."),
        ("dependsOn", [None], "at 'dependsOn.1.member': expected an object, got null."),
        ("parameters", [], "at 'parameters': expected an object, got [] (list)."),
        ("parameters", {"a": 1}, "at 'parameters.a': expected a string, got 1 (number)."),
        ("containerOverrides", "x", "at 'containerOverrides': expected an object, got x (string)."),
    ],
)
def test_a_wrong_type_is_named_with_what_was_expected(member: str, value: Any, expected: str) -> None:
    text = refusal("SubmitJob", {**SUBMIT, member: value}, validated=False)
    assert text.startswith("Wrong type at '")
    assert expected in text


def test_a_weight_may_be_written_as_a_whole_number_but_not_as_a_text() -> None:
    share: dict[str, Any] = {"shareIdentifier": "a", "weightFactor": 1}
    params = {"name": "p", "fairsharePolicy": {"shareDistribution": [share]}}
    assert accepts("CreateSchedulingPolicy", params, validated=False)
    share["weightFactor"] = "1"
    assert "expected a number, got 1 (string)" in refusal(
        "CreateSchedulingPolicy", params, validated=False
    )


def test_what_botocore_has_checked_is_not_checked_again() -> None:
    assert accepts("SubmitJob", {"unknown": 1}, validated=True)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@given(data=st.data(), name=st.sampled_from(model.operation_names()))
def test_what_we_accept_botocore_accepts_too(data: st.DataObject, name: str) -> None:
    """Its validator is the oracle: whatever it refuses, we refuse."""
    shape = model.operation(name).input_shape
    members = (
        data.draw(st.lists(st.sampled_from(list(shape.members)), max_size=4)) if shape.members else []
    )
    params = {member: data.draw(json_values) for member in members}
    if ParamValidator().validate(params, shape).has_errors():
        refusal(name, params, validated=False)


@pytest.mark.parametrize("name", model.operation_names())
def test_the_least_that_botocore_accepts_we_accept(name: str) -> None:
    shape = model.operation(name).input_shape
    params = the_least(shape)
    assert not ParamValidator().validate(params, shape).has_errors()
    for validated in (True, False):
        assert accepts(name, params, validated=validated)


def the_least(shape: Any) -> Any:
    """A value with the required members only."""
    match shape.type_name:
        case "structure":
            return {name: the_least(shape.members[name]) for name in shape.required_members}
        case "list":
            return [the_least(shape.member)]
        case "map":
            return {the_least(shape.key): the_least(shape.value)}
        case "string":
            return shape.enum[0] if shape.enum else "x"
        case "boolean":
            return True
        case "double" | "float":
            return 1.5
    return shape.metadata.get("min", 1)


# Shapes that Batch does not have yet


def checker_of(members: dict[str, Any], *, full: bool = False, **more: Any) -> Any:
    """The checker of a structure named Request, in a model of its own."""
    described = {
        "Request": {"type": "structure", "members": members},
        "Text": {"type": "string"},
        **more,
    }
    shape = ServiceModel({"metadata": {}, "shapes": described}).shape_for("Request")
    return shapes._Compiler(full, frozenset()).compile(shape, left=False)


def test_a_structure_without_anything_to_check_compiles_to_nothing() -> None:
    assert checker_of({"name": {"shape": "Text"}}) is None


def test_a_pattern_is_checked_and_one_in_the_syntax_of_java_is_not() -> None:
    check = checker_of({"id": {"shape": "Id"}}, Id={"type": "string", "pattern": "[a-z]+"})
    check({"id": "abc"})
    with pytest.raises(shapes._Misshapen):
        check({"id": "abc1"})
    assert checker_of({"id": {"shape": "Id"}}, Id={"type": "string", "pattern": r"\p{L}+"}) is None


def test_a_list_and_a_map_keep_to_their_bounds() -> None:
    check = checker_of(
        {"list": {"shape": "List"}, "map": {"shape": "Map"}},
        List={"type": "list", "member": {"shape": "Text"}, "max": 1},
        Map={"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Text"}, "min": 1},
    )
    check({"list": ["a"], "map": {"a": "b"}})
    for params in ({"list": ["a", "b"]}, {"map": {}}):
        with pytest.raises(shapes._Misshapen):
            check(params)


@pytest.mark.parametrize("full", [True, False])
def test_a_structure_may_hold_itself(full: bool) -> None:
    check = checker_of(
        {"inner": {"shape": "Request"}, "state": {"shape": "State"}},
        full=full,
        State={"type": "string", "enum": ["ON"]},
    )
    check({"inner": {"inner": {"state": "ON"}}})
    with pytest.raises(shapes._Misshapen) as caught:
        check({"inner": {"inner": {"state": "OFF"}}})
    assert caught.value.path == ["state", "inner", "inner"]


def test_a_kind_of_shape_that_is_not_modelled_is_named_when_it_is_used() -> None:
    check = checker_of(
        {"at": {"shape": "Moment"}, "name": {"shape": "Text"}}, Moment={"type": "timestamp"}
    )
    check({"name": "a"})
    with pytest.raises(
        NotModelledError, match="shape Moment was sent: timestamp shapes are not modelled"
    ):
        check({"at": 1})


# What is absent when it is empty


def test_a_plain_submit_comes_back_as_the_same_object() -> None:
    params = {**SUBMIT, "parameters": {"a": ""}, "tags": {"k": ""}, "containerOverrides": {"vcpus": 0}}
    assert shapes.normalised("SubmitJob", params) is params


@pytest.mark.parametrize(
    "empty",
    [
        {"arrayProperties": {}},
        {"dependsOn": []},
        {"parameters": {}},
        {"tags": {}},
        {"containerOverrides": {}},
        {
            "containerOverrides": {
                "command": [],
                "environment": [],
                "resourceRequirements": [],
                "instanceType": "",
            }
        },
        {"nodeOverrides": {}},
        {"nodeOverrides": {"nodePropertyOverrides": []}},
        {"ecsPropertiesOverride": {}},
        {"ecsPropertiesOverride": {"taskProperties": []}},
        {"eksPropertiesOverride": {}},
        {"eksPropertiesOverride": {"podProperties": {}}},
        {"consumableResourcePropertiesOverride": {}},
        {"consumableResourcePropertiesOverride": {"consumableResourceList": []}},
    ],
    ids=str,
)
def test_empty_members_of_a_submit_are_absent(empty: dict[str, Any]) -> None:
    params = {**SUBMIT, **empty}
    before = copy.deepcopy(params)
    assert shapes.normalised("SubmitJob", params) == SUBMIT
    assert params == before


def test_the_empty_members_of_overrides_go_and_the_others_stay() -> None:
    params = {**SUBMIT, "containerOverrides": {"command": [], "vcpus": 0, "instanceType": "c5.large"}}
    assert shapes.normalised("SubmitJob", params) == {
        **SUBMIT,
        "containerOverrides": {"vcpus": 0, "instanceType": "c5.large"},
    }


@pytest.mark.parametrize(
    "kept",
    [
        {"retryStrategy": {}},
        {"timeout": {}},
        {"jobName": ""},
        {"arrayProperties": {"size": 0}},
        {"nodeOverrides": {"numNodes": 0, "nodePropertyOverrides": []}},
        {"propagateTags": False},
        {"dependsOn": {}},
        {"parameters": []},
    ],
    ids=str,
)
def test_what_the_service_judges_although_it_is_empty_stays(kept: dict[str, Any]) -> None:
    params = {**SUBMIT, **kept}
    assert shapes.normalised("SubmitJob", params) is params


def test_an_empty_token_is_absent_in_every_listing() -> None:
    assert shapes.normalised("ListJobs", {"jobQueue": "q", "nextToken": ""}) == {"jobQueue": "q"}
    params = {"jobQueue": "q", "nextToken": "t", "filters": []}
    assert shapes.normalised("ListJobs", params) is params


def test_empty_members_of_other_operations_stay() -> None:
    params = {"computeEnvironment": "c", "computeResources": {"subnets": []}, "tags": {}}
    assert shapes.normalised("UpdateComputeEnvironment", params) is params


# Nulls of JSON


def test_a_null_member_is_absent_and_a_null_in_a_list_stays() -> None:
    params = {"a": None, "b": {"c": None, "d": [None, {"e": None, "f": 0}]}, "g": False}
    before = copy.deepcopy(params)
    assert shapes.drop_nulls(params) == {"b": {"d": [None, {"f": 0}]}, "g": False}
    assert params == before


def test_objects_nested_without_end_are_refused() -> None:
    params: dict[str, Any] = {}
    for _ in range(100_000):
        params = {"a": params}
    with pytest.raises(BatchError) as caught:
        shapes.drop_nulls(params)
    assert caught.value.code == "SerializationException"
