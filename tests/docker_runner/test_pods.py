"""Jobs on EKS at a Docker engine: the containers of a pod share a network and volumes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest

from pytest_batchmock import BatchMock, MockUsageError
from pytest_batchmock.domain.requirements import Requirements
from pytest_batchmock.errors import NotModelledError
from pytest_batchmock.observe.jobs import JobView
from pytest_batchmock.runners.docker.options import host_arguments
from pytest_batchmock.runners.docker.pods import pod_command, pod_wishes

from .conftest import Images

RESOURCES = {"limits": {"cpu": "1", "memory": "64Mi"}}
Submit = Callable[..., JobView]


@pytest.fixture
def submit_pod(batch: BatchMock) -> Submit:
    """Submit a pod of some containers to a queue of an EKS environment."""
    client = boto3.client("batch")
    client.create_compute_environment(
        computeEnvironmentName="eks",
        type="MANAGED",
        eksConfiguration={
            "eksClusterArn": "arn:aws:eks:us-east-1:123456789012:cluster/c",
            "kubernetesNamespace": "jobs",
        },
        computeResources={
            "type": "EC2",
            "allocationStrategy": "BEST_FIT_PROGRESSIVE",
            "minvCpus": 0,
            "maxvCpus": 4,
            "instanceTypes": ["m5.large"],
            "subnets": ["subnet-1"],
            "securityGroupIds": ["sg-1"],
            "instanceRole": "arn:aws:iam::123456789012:instance-profile/i",
        },
    )
    client.create_job_queue(
        jobQueueName="pods",
        priority=1,
        computeEnvironmentOrder=[{"order": 1, "computeEnvironment": "eks"}],
    )

    def submit(
        *containers: dict[str, Any], pod: dict[str, Any] | None = None, **members: Any
    ) -> JobView:
        client.register_job_definition(
            jobDefinitionName="pod",
            type="container",
            eksProperties={"podProperties": {"containers": list(containers), **(pod or {})}},
        )
        job_id = client.submit_job(jobName="pod", jobQueue="pods", jobDefinition="pod", **members)[
            "jobId"
        ]
        return batch.jobs.get(job_id)

    return submit


def container(images: Images, name: str, script: str, **members: Any) -> dict[str, Any]:
    return {
        "name": name,
        "image": images.plain,
        "command": ["sh", "-c"],
        "args": [script],
        "resources": RESOURCES,
        **members,
    }


def ended(batch: BatchMock, job: JobView) -> JobView:
    batch.run_until(lambda: job.is_terminal)
    return job


def results(job: JobView) -> list[tuple[int | None, str | None]]:
    return [(it.exit_code, it.reason) for it in job.attempts[0].containers.values()]


def test_init_containers_run_one_by_one_and_the_others_share_their_volume_and_network(
    batch: BatchMock, images: Images, submit_pod: Submit
) -> None:
    mount = {"volumeMounts": [{"name": "work", "mountPath": "/work"}]}
    first = container(images, "first", "echo one >/work/file", **mount)
    second = container(images, "second", "test `cat /work/file` = one && echo two >/work/file", **mount)
    # A caller may hang up before it was answered: the server goes on until one has the answer.
    serve = "until test -e /work/done; do nc -l -w 1 -p 8080 </work/file; done; exit 0"
    server = container(images, "server", serve, **mount)
    asking = container(
        images,
        "asking",
        "until nc 127.0.0.1 8080 </dev/null >/tmp/got && test -s /tmp/got; do :; done; "
        "touch /work/done; test `cat /tmp/got` = two",
        **mount,
    )
    job = submit_pod(
        server,
        asking,
        pod={"initContainers": [first, second], "volumes": [{"name": "work", "emptyDir": {}}]},
    )
    assert ended(batch, job).status == "SUCCEEDED"
    assert results(job) == [(0, "Completed")] * 4


def test_an_init_container_that_fails_keeps_the_others_from_running(
    batch: BatchMock, images: Images, submit_pod: Submit
) -> None:
    first = container(images, "first", "exit 3")
    job = ended(batch, submit_pod(container(images, "main", "true"), pod={"initContainers": [first]}))
    assert job.statuses[-2:] == ["STARTING", "FAILED"]
    assert results(job) == [(3, "Error"), (None, None)]


def test_every_container_of_a_pod_counts_and_none_is_stopped_because_another_has_failed(
    batch: BatchMock, images: Images, submit_pod: Submit
) -> None:
    job = ended(
        batch,
        submit_pod(container(images, "a", "exit 3"), container(images, "b", "sleep 1; exit 0")),
    )
    assert (job.status, results(job)) == ("FAILED", [(3, "Error"), (0, "Completed")])


def test_a_container_of_a_pod_that_uses_too_much_memory_is_killed_and_the_command_may_be_missing(
    batch: BatchMock, images: Images, submit_pod: Submit
) -> None:
    greedy = container(images, "greedy", "exec tail -c 64m /dev/zero")
    greedy["resources"] = {"limits": {"cpu": "1", "memory": "16Mi"}}
    missing = container(images, "missing", "", command=["no-such-program"])
    job = ended(batch, submit_pod(greedy, missing))
    (killed, missed) = results(job)
    assert killed == (137, "OOMKilled")
    assert missed[0] == 128
    assert "executable file not found in $PATH" in str(missed[1])


def test_a_terminated_pod_ends_when_all_its_containers_have_stopped(
    batch: BatchMock, images: Images, submit_pod: Submit
) -> None:
    script = "trap 'exit 5' TERM; touch /tmp/up; sleep 99 & wait"
    job = submit_pod(container(images, "a", script), container(images, "b", script))
    batch.run_until(lambda: job.status == "RUNNING")
    batch.advance("1s")
    boto3.client("batch").terminate_job(jobId=job.id, reason="enough")
    ended(batch, job)
    assert (job.status, job.status_reason) == ("FAILED", "enough")


# What a container asks for


def asked(given: dict[str, Any], pod: dict[str, Any] | None = None, allow: tuple[str, ...] = ()) -> Any:
    wished = pod_wishes(given, pod or {}, Requirements(1000, 64, 1), allow=allow)
    return wished, host_arguments(wished, {"v": "engine-volume"}, cpus=2)


def test_limits_and_gpus_of_a_pod_reach_the_engine() -> None:
    _, host = asked({"resources": {"limits": {"cpu": "0.5", "memory": "64Mi"}}})
    assert (host["nano_cpus"], host["mem_limit"]) == (500_000_000, 64 * 1024 * 1024)
    assert host["device_requests"][0]["Count"] == 1
    assert "nano_cpus" not in asked({"resources": {"requests": {"cpu": "1"}}})[1]


def test_the_security_context_of_a_pod_reaches_the_engine() -> None:
    wished, host = asked(
        {"securityContext": {"runAsUser": 7, "runAsGroup": 8, "readOnlyRootFilesystem": True}}
    )
    assert (wished.user, host["read_only"]) == ("7:8", True)
    with pytest.raises(MockUsageError, match=r"docker_allow=\['privileged'\]"):
        asked({"securityContext": {"privileged": True}})
    with pytest.raises(MockUsageError, match="runAsNonRoot"):
        asked({"securityContext": {"runAsNonRoot": True, "runAsUser": 0}})


def test_what_a_container_says_of_its_user_goes_before_what_its_pod_says() -> None:
    pod = {"securityContext": {"runAsUser": 7, "runAsGroup": 8}}
    assert asked({}, pod)[0].user == "7:8"
    assert asked({"securityContext": {"runAsUser": 9}}, pod)[0].user == "9:8"
    with pytest.raises(NotModelledError, match="runAsNonRoot"):
        asked({}, {"securityContext": {"runAsNonRoot": True}})


@pytest.mark.parametrize(
    ("context", "what"),
    [
        ({"capabilities": {"drop": ["ALL"]}}, r"securityContext\.capabilities"),
        ({"fsGroup": 7}, r"securityContext\.fsGroup"),
        ({"seccompProfile": {"type": "Unconfined"}}, r"seccompProfile Unconfined"),
    ],
)
def test_what_the_runner_cannot_give_a_pod_s_security_context_is_refused(
    context: dict[str, Any], what: str
) -> None:
    with pytest.raises(NotModelledError, match=what):
        asked({"securityContext": context})


def test_the_default_seccomp_profile_of_a_pod_is_the_engine_s() -> None:
    assert asked({"securityContext": {"seccompProfile": {"type": "RuntimeDefault"}}})[0].user is None


def test_the_network_of_this_machine_is_for_a_pod_that_says_so_and_is_allowed_to() -> None:
    assert not asked({})[0].host_network
    with pytest.raises(MockUsageError, match=r"docker_allow=\['host_network'\]"):
        asked({}, {"hostNetwork": True})
    assert asked({}, {"hostNetwork": True}, ("host_network",))[0].host_network


def test_host_paths_of_a_pod_are_refused_unless_allowed(tmp_path: Path) -> None:
    given = {"volumeMounts": [{"name": "v", "mountPath": "/v", "readOnly": True}]}
    pod = {"volumes": [{"name": "v", "hostPath": {"path": str(tmp_path)}}]}
    with pytest.raises(MockUsageError, match=r"docker_allow=\['host_paths'\]"):
        asked(given, pod)
    assert asked(given, pod, (str(tmp_path),))[1]["binds"] == [f"{tmp_path}:/v:ro"]


@pytest.mark.parametrize(
    "volume",
    [
        {"name": "v", "secret": {"secretName": "s"}},
        {"name": "v", "persistentVolumeClaim": {"claimName": "c"}},
    ],
)
def test_what_needs_a_cluster_is_refused(volume: dict[str, Any]) -> None:
    given = {"volumeMounts": [{"name": "v", "mountPath": "/v"}]}
    with pytest.raises(NotModelledError, match="of the cluster"):
        asked(given, {"volumes": [volume]})


def test_variables_in_the_command_of_a_pod_are_replaced_as_kubernetes_does() -> None:
    given = {"command": ["echo", "$(A) $(B) $$(A) $A"], "args": ["$(A)"]}
    assert pod_command(given, {"A": "1"}) == {
        "entrypoint": ["echo", "1 $(B) $(A) $A"],
        "command": ["1"],
    }
    assert pod_command({}, {}) == {}
