"""Whatever is asked, the mock answers as the service could, or refuses and changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.validate import ParamValidator
from contract.test_output_shapes import foreign_values, problems
from hypothesis import given, note

from pytest_batchmock import BatchError, NotModelledError
from pytest_batchmock.api import model
from pytest_batchmock.api.dispatch import is_read

from .conftest import size
from .strategies import requests
from .world import Params, Place, plain

OPERATIONS = sorted(model.operation_names())


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    return Place()


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_answers_as_the_model_says_or_refuses_and_changes_nothing(
    operation: str, place: Place, request: pytest.FixtureRequest
) -> None:
    place.reset()

    @size(request.config)
    @given(requests(operation))
    def check(params: Params) -> None:
        note(f"{operation} {params!r}")
        unchecked = _outcome(place, operation, params, validated=False)
        if _passes_botocore(operation, params):
            checked = _outcome(place, operation, params, validated=True)
            assert checked == unchecked

    check()


def _passes_botocore(operation: str, params: Params) -> bool:
    shape = model.operation(operation).input_shape
    return shape is None or not ParamValidator().validate(params, shape).has_errors()


def _outcome(place: Place, operation: str, params: Params, *, validated: bool) -> Any:
    """Call, hold the answer against the model and the state against what it was."""
    before = place.state
    try:
        answer = place.call(operation, params, validated=validated)
    except (BatchError, NotModelledError) as error:
        assert plain(place.mock) == before, "a refused request changed the state"
        return _refusal(error)
    except Exception:
        place.reset()
        raise
    try:
        _holds_against_the_model(operation, answer)
        if is_read(operation):
            assert plain(place.mock) == before, "a question changed the state"
        else:
            place.mock.advance("2h")
    finally:
        if not is_read(operation):
            place.reset()
    return "accepted", answer


def _refusal(error: BatchError | NotModelledError) -> tuple[str, str]:
    if isinstance(error, NotModelledError):
        assert "not modelled" in str(error)
        return "not modelled", str(error)
    assert (error.code, error.status) in (("ClientException", 400), ("ServerException", 500))
    assert error.message.strip()
    json.dumps(error.message)
    return error.code, error.message


def _holds_against_the_model(operation: str, answer: Params) -> None:
    shape = model.operation(operation).output_shape
    assert list(problems(operation, answer)) == []
    assert list(foreign_values(answer, shape)) == []
    json.dumps(answer)
