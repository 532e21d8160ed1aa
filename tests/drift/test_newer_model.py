"""A botocore whose model is newer than this project: one operation more, and members more.

The model stands where botocore looks first, in the home folder of another process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from botocore.loaders import Loader

PROGRAM = """
import boto3
from pytest_batchmock import BatchMock, NotModelledError

with BatchMock() as mock:
    mock.defaults()
    batch = boto3.client("batch")
    {body}
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder with a model of tomorrow."""
    model = Loader().load_service_model("batch", "service-2")
    model["operations"]["ResubmitJob"] = {
        "name": "ResubmitJob",
        "http": {"method": "POST", "requestUri": "/v1/resubmitjob"},
        "input": {"shape": "SubmitJobRequest"},
        "output": {"shape": "SubmitJobResponse"},
    }
    model["shapes"]["SubmitJobRequest"]["members"]["urgency"] = {"shape": "Urgency"}
    model["shapes"]["SubmitJobRequest"]["members"]["deadline"] = {"shape": "Deadline"}
    model["shapes"]["Urgency"] = {"type": "string", "enum": ["LOW", "HIGH"]}
    model["shapes"]["Deadline"] = {"type": "structure", "members": {"unit": {"shape": "String"}}}
    model["shapes"]["JobDetail"]["members"]["urgency"] = {"shape": "Urgency"}
    home = tmp_path_factory.mktemp("home")
    folder = home / ".aws" / "models" / "batch" / "2016-08-10"
    folder.mkdir(parents=True)
    (folder / "service-2.json").write_text(json.dumps(model))
    return home


def run(home: Path, body: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(body=body)],
        capture_output=True,
        text=True,
        env={**os.environ, "HOME": str(home), "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


SUBMIT = "jobName='job', jobQueue='default', jobDefinition='default'"


def test_members_that_are_new_are_taken_and_change_nothing(home: Path) -> None:
    body = f"""
    job = batch.submit_job({SUBMIT}, urgency="HIGH", deadline={{"unit": "hours"}})
    for _ in range(20):
        described = batch.describe_jobs(jobs=[job["jobId"]])["jobs"][0]
    print(described["status"], "urgency" in described)
    """
    assert run(home, body.strip()) == "SUCCEEDED False"


def test_a_new_operation_says_that_it_is_not_modelled(home: Path) -> None:
    body = f"""
    try:
        batch.resubmit_job({SUBMIT})
    except NotModelledError as error:
        print(error)
    """
    assert "ResubmitJob is not modelled" in run(home, body.strip())


def test_the_enum_of_a_new_member_is_checked_as_all_others(home: Path) -> None:
    body = f"""
    try:
        batch.submit_job({SUBMIT}, urgency="SOON")
    except batch.exceptions.ClientException as error:
        print(error)
    """
    assert "SOON" in run(home, body.strip())


def test_no_fault_can_be_planned_for_an_operation_that_is_not_modelled(home: Path) -> None:
    body = """
    try:
        mock.faults.throttle("ResubmitJob")
    except Exception as error:
        print(type(error).__name__, error)
    """
    assert "Did you mean SubmitJob" in run(home, body.strip())
