"""The service model: operations, routes, and what HTTP carries."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import botocore.session
import pytest
from botocore.awsrequest import prepare_request_dict
from botocore.serialize import create_serializer

from pytest_batchmock.api import model
from pytest_batchmock.errors import BatchError, NotModelledError

ARN = "arn:aws:batch:us-east-1:123456789012:job-definition/etl:3"


def a_request(operation: str, params: dict[str, Any]) -> dict[str, Any]:
    """What botocore would send."""
    operation_model = model.operation(operation)
    request = create_serializer("rest-json", include_validation=False).serialize_to_request(
        params, operation_model
    )
    prepare_request_dict(request, "https://batch.us-east-1.amazonaws.com")
    return request


def test_the_operations_are_those_of_botocore() -> None:
    known = botocore.session.Session().get_service_model("batch").operation_names
    assert sorted(model.operation_names()) == sorted(known)
    assert "SubmitJob" in known


def test_an_operation_is_named_as_its_method() -> None:
    assert model.method_name("ListTagsForResource") == "list_tags_for_resource"


def test_an_operation_that_botocore_does_not_know_is_named() -> None:
    with pytest.raises(NotModelledError, match=r"has no operation BakeCake: .* SubmitJob"):
        model.operation("BakeCake")


@pytest.mark.parametrize("name", model.operation_names())
def test_what_botocore_sends_is_routed_to_its_operation(name: str) -> None:
    tagging = "resourceArn" in model.operation(name).input_shape.members
    request = a_request(name, {"resourceArn": ARN} if tagging else {})
    assert model.route(request["method"], request["url_path"]) == (
        name,
        {"resourceArn": ARN} if tagging else {},
    )


def test_an_arn_in_the_path_may_be_decoded_already() -> None:
    for path in (f"/v1/tags/{ARN}", f"/v1/tags/{quote(ARN, safe='')}"):
        assert model.route("GET", path) == ("ListTagsForResource", {"resourceArn": ARN})


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/submitjob"),
        ("POST", "/v1/submitjobs"),
        ("POST", "/submitjob"),
        ("GET", "/v1/tags/"),
        ("PUT", "/v1/tags/x"),
    ],
)
def test_other_requests_have_no_route(method: str, path: str) -> None:
    assert model.route(method, path) is None


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("SubmitJob", {"jobName": "n", "jobQueue": "q", "jobDefinition": "d", "parameters": {"ä": "ö"}}),
        ("DescribeJobQueues", {}),
        ("ListTagsForResource", {"resourceArn": ARN}),
        ("TagResource", {"resourceArn": ARN, "tags": {"a": "b"}}),
        ("UntagResource", {"resourceArn": ARN, "tagKeys": ["a", "b&c=d"]}),
        ("UntagResource", {"resourceArn": ARN, "tagKeys": ["a"]}),
    ],
)
def test_path_query_and_body_together_are_the_parameters_that_were_sent(
    name: str, params: dict[str, Any]
) -> None:
    request = a_request(name, params)
    routed = model.route(request["method"], request["url_path"])
    assert routed is not None
    query = [(key, value) for key, values in request["query_string"].items() for value in values]
    assert model.wire_params(*routed, query, request["body"]) == params


def test_a_query_that_no_member_travels_in_is_not_a_parameter() -> None:
    assert model.wire_params("SubmitJob", {}, [("jobName", "x")], b"{}") == {}


def test_a_value_in_the_path_wins_over_the_body() -> None:
    body = json.dumps({"resourceArn": "other", "tags": {}}).encode()
    assert model.wire_params("TagResource", {"resourceArn": ARN}, [], body)["resourceArn"] == ARN


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"x",
        b"[]",
        b"null",
        b"3",
        b'"text"',
        b'{"a": NaN}',
        b"\xff\xfe\xfd",
        b"[" * 100_000,
        b'{"a": ' + b"9" * 5000 + b"}",
    ],
)
def test_a_body_that_is_no_json_object_is_refused_as_rest_json_services_do(body: bytes) -> None:
    with pytest.raises(BatchError) as refusal:
        model.wire_params("SubmitJob", {}, [], body)
    assert (refusal.value.code, refusal.value.status) == ("SerializationException", 400)


@pytest.mark.parametrize("body", [b"", b"  \n", b"{}"])
def test_no_body_holds_no_members(body: bytes) -> None:
    assert model.wire_params("DescribeJobQueues", {}, [], body) == {}


def test_every_member_of_a_body_travels_under_its_own_name() -> None:
    """Reading a body by member name relies on it."""
    seen: set[str] = set()

    def look_at(shape: Any) -> None:
        if shape.name in seen:
            return
        seen.add(shape.name)
        for name, member in getattr(shape, "members", {}).items():
            assert member.serialization.get("name", name) == name
            look_at(member)
        for part in ("member", "key", "value"):
            if hasattr(shape, part) and shape.type_name in ("list", "map"):
                look_at(getattr(shape, part))

    for name in model.operation_names():
        shape = model.operation(name).input_shape
        assert "payload" not in shape.serialization
        look_at(shape)
    assert "SubmitJobRequest" in seen
