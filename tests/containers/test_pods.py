"""Jobs on EKS: init containers, containers that all count, the pod's results, overrides."""

from __future__ import annotations

import pytest

from pytest_batchmock import BatchError

from .conftest import CLUSTER, a_container, a_pod_container


def codes(batch, job_id, *names):
    return [batch.container(job_id, name).get("exitCode") for name in names]


# Outcomes


def test_a_pod_succeeds_when_all_its_containers_have_exited_with_0(batch):
    batch.mock.on("x").succeeds(after="5m")
    job = batch.pod(a_pod_container(), a_pod_container("second"))
    batch.finish()
    described = batch.job(job)
    assert described["status"] == "SUCCEEDED"
    assert batch.seconds_in(job, "RUNNING") == 5 * 60
    assert codes(batch, job, "main", "second") == [0, 0]
    assert batch.container(job, "main")["reason"] == "Completed"
    assert "statusReason" not in described


def test_every_container_counts_and_nobody_is_stopped_because_another_failed(batch):
    batch.mock.on("x").succeeds(after="5m")
    batch.mock.on("x", container="second").fails(exit_code=3, after="10s")
    job = batch.pod(a_pod_container(), a_pod_container("second"))
    batch.until(job, "RUNNING")
    batch.mock.advance("10s")
    assert batch.job(job)["status"] == "RUNNING"
    assert codes(batch, job, "main", "second") == [None, 3]
    batch.finish()
    assert batch.job(job)["status"] == "FAILED"
    assert batch.seconds_in(job, "RUNNING") == 5 * 60
    assert codes(batch, job, "main", "second") == [0, 3]
    assert batch.container(job, "second")["reason"] == "Error"


def test_the_exit_code_for_the_retry_rules_is_of_the_container_that_failed_first(batch):
    batch.mock.on("x").fails(exit_code=4, after="1m")
    batch.mock.on("x", container="second").fails(exit_code=5, after="10s")
    rules = [{"onExitCode": "5", "action": "RETRY"}, {"onReason": "*", "action": "EXIT"}]
    strategy = {"attempts": 2, "evaluateOnExit": rules}
    job = batch.pod(a_pod_container(), a_pod_container("second"), retryStrategy=strategy)
    batch.finish()
    assert [attempt.exit_code for attempt in batch.view(job).attempts] == [5, 5]


def test_a_container_that_hangs_keeps_the_pod_running_until_its_time_is_over(batch):
    batch.mock.on("x", container="second").hangs()
    limit = {"attemptDurationSeconds": 600}
    job = batch.pod(a_pod_container(), a_pod_container("second"), timeout=limit)
    batch.finish()
    assert batch.job(job)["statusReason"] == "Job attempt duration exceeded timeout"
    assert codes(batch, job, "main", "second") == [0, 137]


def test_a_container_killed_for_its_memory_use_has_the_reason_of_kubernetes(batch):
    batch.mock.on("x").out_of_memory()
    job = batch.pod(a_pod_container())
    batch.finish()
    assert batch.container(job, "main")["reason"] == "OOMKilled"
    assert codes(batch, job, "main") == [137]


def test_a_lost_host_ends_the_pod_without_exit_codes(batch):
    batch.mock.on("x").host_lost(after="10s")
    job = batch.pod(a_pod_container(), a_pod_container("second"))
    batch.finish()
    described = batch.job(job)
    assert described["statusReason"].startswith("Host EC2 (instance i-")
    assert described["eksAttempts"][0]["statusReason"] == described["statusReason"]
    assert codes(batch, job, "main", "second") == [None, None]


def test_a_pod_on_spot_capacity_is_reclaimed_and_retried(batch):
    batch.mock.on("x", attempt=1).reclaimed(after="10s")
    job = batch.pod(a_pod_container(), queue="eks-spot", retryStrategy={"attempts": 2})
    batch.finish()
    assert batch.view(job).statuses[3:] == ["RUNNING", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"]


def test_a_pod_whose_image_cannot_be_pulled_never_runs(batch):
    batch.mock.on("x", container="second").cannot_pull()
    job = batch.pod(a_pod_container(), a_pod_container("second"))
    batch.finish()
    described = batch.job(job)
    assert described["status"] == "FAILED"
    assert "startedAt" not in described
    assert batch.container(job, "second")["reason"] == "ImagePullBackOff"


def test_a_terminated_pod_stops_all_its_containers(batch):
    batch.mock.on("x").hangs()
    job = batch.pod(a_pod_container(), a_pod_container("second"))
    batch.until(job, "RUNNING")
    batch.mock.call("TerminateJob", {"jobId": job, "reason": "enough"})
    batch.finish()
    assert batch.job(job)["statusReason"] == "enough"
    assert codes(batch, job, "main", "second") == [137, 137]


# Init containers


def test_init_containers_run_one_by_one_before_the_others_while_the_job_is_starting(batch):
    batch.mock.on("x", container="one").succeeds(after="1m")
    batch.mock.on("x", container="two").succeeds(after="2m")
    job = batch.pod(a_pod_container(), init=[a_pod_container("one"), a_pod_container("two")])
    batch.until(job, "STARTING")
    batch.mock.advance("75s")
    assert batch.job(job)["status"] == "STARTING"
    assert codes(batch, job, "one", "two", "main") == [0, None, None]
    batch.finish()
    assert batch.seconds_in(job, "STARTING") == 10 + 60 + 120
    assert codes(batch, job, "one", "two", "main") == [0, 0, 0]


def test_an_init_container_that_fails_ends_the_pod_before_the_others_start(batch):
    batch.mock.on("x", container="one").fails(exit_code=7)
    job = batch.pod(a_pod_container(), init=[a_pod_container("one"), a_pod_container("two")])
    batch.finish()
    described = batch.job(job)
    assert described["status"] == "FAILED"
    assert "startedAt" not in described
    assert codes(batch, job, "one", "two", "main") == [7, None, None]
    assert batch.view(job).exit_code == 7


def test_an_init_container_of_which_nothing_is_said_ends_well(batch):
    job = batch.pod(a_pod_container(), init=[a_pod_container("one")])
    batch.finish()
    assert batch.seconds_in(job, "STARTING") == 15
    assert codes(batch, job, "one", "main") == [0, 0]


def test_an_init_container_that_hangs_keeps_the_job_in_starting(batch):
    batch.mock.on("x", container="one").hangs()
    job = batch.pod(a_pod_container(), init=[a_pod_container("one")])
    batch.finish()
    assert batch.job(job)["status"] == "STARTING"


def test_an_init_container_whose_image_cannot_be_pulled_fails_the_pod(batch):
    batch.mock.on("x", container="one").cannot_pull(reason="ErrImagePull")
    job = batch.pod(a_pod_container(), init=[a_pod_container("one")])
    batch.finish()
    assert batch.job(job)["status"] == "FAILED"
    assert batch.container(job, "one")["reason"] == "ErrImagePull"


def test_a_host_lost_while_starting_takes_the_init_containers_along(batch):
    batch.mock.on("x", container="one").succeeds(after="1m")
    batch.mock.on("x").host_lost(after="30s", while_starting=True)
    job = batch.pod(a_pod_container(), init=[a_pod_container("one")])
    batch.finish()
    assert batch.seconds_in(job, "STARTING") == 30
    assert codes(batch, job, "one", "main") == [None, None]


# What DescribeJobs shows


def test_a_waiting_pod_is_shown_as_the_service_shows_it(batch):
    """Public transcript of a RUNNABLE job on EKS: no container, empty lists, unset members absent."""
    container = {
        "image": "public.ecr.aws/amazonlinux/amazonlinux:2",
        "command": ["sleep", "60"],
        "resources": {"limits": {"cpu": "1", "memory": "1024Mi"}},
    }
    job = batch.pod(container)
    described = batch.job(job)
    assert set(described) == {
        "jobArn",
        "jobName",
        "jobId",
        "jobQueue",
        "status",
        "attempts",
        "createdAt",
        "dependsOn",
        "jobDefinition",
        "parameters",
        "tags",
        "platformCapabilities",
        "eksProperties",
        "eksAttempts",
    }
    assert described["eksProperties"] == {
        "podProperties": {
            "containers": [{**container, "args": [], "env": [], "volumeMounts": []}],
            "volumes": [],
        }
    }
    assert described["attempts"] == described["eksAttempts"] == []


def test_the_pod_and_the_node_are_named_from_starting_on(batch):
    job = batch.pod(a_pod_container())
    assert "podName" not in batch.job(job)["eksProperties"]["podProperties"]
    batch.until(job, "STARTING")
    pod = batch.job(job)["eksProperties"]["podProperties"]
    assert pod["podName"].startswith("aws-batch.")
    assert job not in pod["podName"]
    assert pod["nodeName"].startswith("ip-10-0-")
    assert pod["nodeName"].endswith(".ec2.internal")


def test_eks_attempts_list_what_became_of_every_container(batch):
    batch.mock.on("x", attempt=1).fails(exit_code=2)
    job = batch.pod(a_pod_container(), init=[a_pod_container("setup")], retryStrategy={"attempts": 2})
    batch.finish()
    described = batch.job(job)
    assert described["attempts"] == []
    first, second = described["eksAttempts"]
    [container] = first["containers"]
    assert container.pop("containerID").startswith("containerd://")
    assert container == {"name": "main", "exitCode": 2, "reason": "Error"}
    [init] = first["initContainers"]
    assert (init["name"], init["exitCode"], init["reason"]) == ("setup", 0, "Completed")
    assert first["eksClusterArn"] == CLUSTER
    assert first["podNamespace"] == "batch"
    assert first["startedAt"] < first["stoppedAt"] < second["startedAt"]
    assert "statusReason" not in first
    assert first["podName"] != second["podName"]
    assert described["eksProperties"]["podProperties"]["podName"] == second["podName"]
    assert codes(batch, job, "main", "setup") == [0, 0]


def test_the_namespace_of_the_definition_wins_over_that_of_the_environment(batch):
    batch.register(
        eksProperties={
            "podProperties": {"containers": [a_pod_container()], "metadata": {"namespace": "lab"}}
        }
    )
    job = batch.submit("eks")
    batch.finish()
    assert batch.job(job)["eksAttempts"][0]["podNamespace"] == "lab"


def test_a_pod_has_no_log_stream(batch):
    job = batch.pod(a_pod_container())
    batch.finish()
    assert "logStreamName" not in str(batch.job(job))
    assert batch.view(job).attempts[0].log_stream_name is None


def test_a_queue_of_ecs_environments_refuses_a_pod(batch):
    batch.register(eksProperties={"podProperties": {"containers": [a_pod_container()]}})
    with pytest.raises(BatchError, match="capability EKS"):
        batch.submit("ec2")


# Overrides, environment


def test_overrides_of_a_pod_find_a_container_by_its_name_and_can_change_its_image(batch):
    override = {
        "name": "second",
        "image": "second:2",
        "command": ["run"],
        "args": ["fast"],
        "env": [{"name": "LEVEL", "value": "debug"}, {"name": "NEW", "value": "1"}],
        "resources": {"limits": {"memory": "2048Mi"}},
    }
    job = batch.pod(
        a_pod_container(),
        a_pod_container("second", env=[{"name": "LEVEL", "value": "info"}], args=["slow"]),
        eksPropertiesOverride={
            "podProperties": {
                "containers": [override],
                "metadata": {"labels": {"team": "maps"}},
            }
        },
    )
    assert batch.container(job, "main")["image"] == "main:1"
    second = batch.container(job, "second")
    assert (second["image"], second["command"], second["args"]) == ("second:2", ["run"], ["fast"])
    assert second["env"] == override["env"]
    assert second["resources"] == {"limits": {"cpu": "1", "memory": "2048Mi"}}
    assert batch.job(job)["eksProperties"]["podProperties"]["metadata"] == {"labels": {"team": "maps"}}
    assert batch.container(batch.submit("eks"), "second")["image"] == "second:1"


def test_an_override_without_a_name_is_of_the_only_container(batch):
    job = batch.pod(
        a_pod_container(),
        eksPropertiesOverride={
            "podProperties": {"containers": [{"resources": {"limits": {"cpu": "100"}}}]}
        },
    )
    assert batch.container(job, "main")["resources"]["limits"]["cpu"] == "100"
    batch.finish()
    assert batch.job(job)["status"] == "RUNNABLE"  # the environment has 64


def test_an_init_container_is_overridden_by_its_name(batch):
    job = batch.pod(
        a_pod_container(),
        init=[a_pod_container("setup")],
        eksPropertiesOverride={
            "podProperties": {"initContainers": [{"name": "setup", "image": "setup:2"}]}
        },
    )
    assert batch.container(job, "setup")["image"] == "setup:2"


def test_the_containers_of_a_pod_see_the_variables_of_batch_and_the_uid_of_their_node(batch):
    seen = {}

    def look(job):
        seen[job.container] = (job.command, job.environment)

    batch.mock.on("x").runs(look)
    batch.mock.on("x", container="setup").runs(look)
    job = batch.pod(
        a_pod_container(command=["python"], args=["work.py"], env=[{"name": "A", "value": "1"}]),
        init=[a_pod_container("setup")],
    )
    batch.finish()
    assert list(seen) == ["setup", "main"]
    assert seen["main"][0] == ["python", "work.py"]
    environment = seen["main"][1]
    assert environment["A"] == "1"
    assert environment["AWS_BATCH_JOB_ID"] == job
    assert environment["AWS_BATCH_CE_NAME"] == "eks"
    uids = {env["AWS_BATCH_JOB_KUBERNETES_NODE_UID"] for _, env in seen.values()}
    assert len(uids) == 1
    assert "AWS_EXECUTION_ENV" not in environment


def test_jobs_on_ecs_have_no_node_uid(batch):
    job = batch.task(a_container())
    batch.finish()
    assert "AWS_BATCH_JOB_KUBERNETES_NODE_UID" not in batch.view(job).environment


def test_an_unnamed_container_goes_by_the_name_default(batch):
    batch.mock.on("x", container="Default").fails(exit_code=4)
    job = batch.pod(a_pod_container(None))
    batch.finish()
    assert batch.view(job).exit_code == 4
    assert "name" not in batch.job(job)["eksAttempts"][0]["containers"][0]


# Callables, arrays


@pytest.mark.parametrize(("result", "status"), [(None, "SUCCEEDED"), (3, "FAILED")])
def test_a_callable_does_the_first_container_of_a_pod(batch, result, status):
    batch.mock.on("x").runs(lambda job: result)
    job = batch.pod(a_pod_container(), a_pod_container("second"))
    batch.finish()
    assert batch.job(job)["status"] == status
    assert codes(batch, job, "main", "second") == [result or 0, 0]


def test_the_children_of_an_array_are_pods_of_their_own(batch):
    batch.mock.on("x", index=1).fails(exit_code=8)
    parent = batch.pod(a_pod_container(), arrayProperties={"size": 3})
    batch.finish()
    children = [batch.job(f"{parent}:{index}") for index in range(3)]
    assert [child["status"] for child in children] == ["SUCCEEDED", "FAILED", "SUCCEEDED"]
    assert len({child["eksAttempts"][0]["podName"] for child in children}) == 3
    assert "podName" not in batch.job(parent)["eksProperties"]["podProperties"]
