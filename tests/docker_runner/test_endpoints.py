"""What containers reach: AWS endpoints of this machine's loopback, and the endpoint of ECS."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from pytest_batchmock import BatchMock
from pytest_batchmock.runners.docker import endpoints as docker_endpoints
from pytest_batchmock.runners.docker.engine import DockerEngine
from pytest_batchmock.server.fixture import BatchServer

from .conftest import Images, Submit

ROLE = "arn:aws:iam::123456789012:role/job"


def test_a_container_calls_batch_at_a_server_on_the_loopback_of_this_machine(
    batch: BatchMock, ended: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    with BatchServer() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BATCH", server.url)
        script = "wget -q -O - --post-data '{}' $AWS_ENDPOINT_URL_BATCH/v1/describejobqueues"
        job = ended("sh", "-c", script)
        assert [json.loads(line) for line in batch.logs.of(job)] == [{"jobQueues": []}]


def test_the_test_s_own_endpoints_win_and_other_machines_stay_as_they_are(
    images: Images, engine: DockerEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://s3.of.process")
    options = BatchMock(docker_endpoints={"AWS_ENDPOINT_URL_S3": "http://s3.of.test:5000/x"}).options
    assert docker_endpoints.endpoints(engine, options) == {
        "AWS_ENDPOINT_URL_S3": "http://s3.of.test:5000/x"
    }


def test_a_job_with_a_role_gets_credentials_and_metadata_where_the_sdks_look_for_them(
    batch: BatchMock, ended: Submit, define: Callable[..., str]
) -> None:
    script = """
        test -z "$AWS_ACCESS_KEY_ID" || exit 9
        wget -q -O - http://169.254.170.2$AWS_CONTAINER_CREDENTIALS_RELATIVE_URI; echo
        wget -q -O - $ECS_CONTAINER_METADATA_URI_V4; echo
        wget -q -O - $ECS_CONTAINER_METADATA_URI_V4/task; echo
    """
    job = ended("sh", "-c", script, definition=define(jobRoleArn=ROLE))
    assert job.status == "SUCCEEDED"
    credentials, container, task = (json.loads(line) for line in batch.logs.of(job))
    assert (credentials["RoleArn"], credentials["AccessKeyId"]) == (ROLE, "123456789012")
    assert credentials["SecretAccessKey"]
    assert container["Labels"]["com.amazonaws.ecs.task-definition-family"] == "defined"
    assert task["TaskARN"].endswith(job.attempts[0].task_id)


@pytest.mark.parametrize("path", ["/", "/v2/credentials/", "/v2/credentials/!!", "/v4/x/stats"])
def test_the_endpoint_of_ecs_has_nothing_else(path: str) -> None:
    assert docker_endpoints.answer_to(path) is None
