"""The AWS CLI, unmodified, walks through all operations in-process: it prints what boto3 is answered.

It needs an environment in which awscli is installed; .ci/run makes one.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("awscli")
pytest.importorskip("boto3")

import awscli
import boto3
from awscli.clidriver import create_clidriver
from botocore.exceptions import ClientError

from pytest_batchmock import BatchMock
from pytest_batchmock.api import model

REGION = "us-east-1"
Told = list[tuple[str, Any]]


@pytest.fixture
def scenario(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The story that the contract tests tell too."""
    monkeypatch.syspath_prepend(str(Path(__file__).resolve().parents[1]))
    from contract import scenario

    return scenario


def _tell(scenario: Any, answer: Any) -> Told:
    """Tell the story to a mock of its own; `answer(method, params)` gives (answer, refusal)."""
    told: Told = []
    batch = BatchMock(**scenario.OPTIONS)
    scenario.plan(batch)

    def call(method: str, params: dict[str, Any]) -> dict[str, Any]:
        given, refusal = answer(method, params)
        told.append((method, refusal or given))
        return given

    with batch:
        scenario.tell(scenario.everything(), call, batch)
    return told


def _with_boto3(method: str, params: dict[str, Any]) -> tuple[dict[str, Any], str]:
    client = boto3.client("batch", region_name=REGION)
    try:
        given = getattr(client, method)(**params)
    except ClientError as error:
        return error.response, str(error)
    del given["ResponseMetadata"]
    return given, ""


class _AwsCli:
    """Runs `aws batch …` as the command does, without a process of its own."""

    def __init__(self, capture: pytest.CaptureFixture[str]) -> None:
        self._capture = capture
        self._driver = create_clidriver()
        self.commands: set[str] = set()

    def __call__(self, method: str, params: dict[str, Any]) -> tuple[dict[str, Any], str]:
        command = method.replace("_", "-")
        self.commands.add(command)
        arguments = ["batch", command, "--region", REGION, "--output", "json", "--no-paginate"]
        status = self._driver.main([*arguments, "--cli-input-json", json.dumps(params)])
        printed = self._capture.readouterr()
        if status:
            refusal = printed.err.strip().splitlines()[-1].removeprefix("aws: [ERROR]: ")
            return {"Error": {"Message": refusal}}, refusal
        return json.loads(printed.out or "{}"), ""


def test_it_prints_what_boto3_is_answered(
    scenario: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PAGER", "")
    # The command finds its own data by this variable, which it sets at its import.
    monkeypatch.setenv("AWS_DATA_PATH", str(Path(awscli.__file__).parent / "data"))
    aws = _AwsCli(capsys)
    mine, theirs = _tell(scenario, aws), _tell(scenario, _with_boto3)
    assert [method for method, _ in mine] == [method for method, _ in theirs]
    for position, (printed, answered) in enumerate(zip(mine, theirs, strict=True)):
        assert printed == answered, f"call {position}: {printed[0]}"
    every = {model.method_name(name).replace("_", "-") for name in model.operation_names()}
    assert aws.commands == every
