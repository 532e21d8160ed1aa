"""Multi-container jobs on ECS: dependencies between containers, essential ones, results, overrides."""

from __future__ import annotations

import pytest

from pytest_batchmock import MockUsageError

from .conftest import a_container, a_sidecar, a_task, needs, waits_for


def codes(batch, job_id, *names):
    return [batch.container(job_id, name).get("exitCode") for name in names]


# Outcomes


def test_a_task_succeeds_with_its_first_essential_container(batch):
    batch.mock.on("x").succeeds(after="7m")
    job = batch.task(a_container(), a_container("second"), a_sidecar())
    batch.finish()
    assert batch.job(job)["status"] == "SUCCEEDED"
    assert batch.seconds_in(job, "RUNNING") == 7 * 60
    assert codes(batch, job, "main", "second", "sidecar") == [0, 0, 137]


def test_when_an_essential_container_fails_all_others_are_stopped_and_the_job_fails(batch):
    batch.mock.on("x", container="second").fails(exit_code=3, reason="broke", after="10s")
    job = batch.task(a_container(), a_container("second"), a_sidecar())
    batch.finish()
    described = batch.job(job)
    assert described["status"] == "FAILED"
    assert described["statusReason"] == "Essential container in task exited"
    assert codes(batch, job, "main", "second", "sidecar") == [137, 3, 137]
    assert batch.container(job, "second")["reason"] == "broke"
    assert batch.seconds_in(job, "RUNNING") == 10


def test_an_essential_container_that_ends_early_and_well_stops_the_others_which_fails_the_job(batch):
    batch.mock.on("x", container="second").succeeds(after="10s")
    job = batch.task(a_container(), a_container("second"))
    batch.finish()
    assert batch.job(job)["status"] == "FAILED"
    assert codes(batch, job, "main", "second") == [137, 0]
    assert batch.view(job).exit_code == 137


def test_essential_containers_that_end_well_in_one_instant_make_a_success(batch):
    batch.mock.on("x").succeeds(after="20s")
    batch.mock.on("x", container="second").succeeds(after="20s")
    job = batch.task(a_container(), a_container("second"))
    batch.finish()
    assert batch.job(job)["status"] == "SUCCEEDED"


def test_the_failure_of_a_container_that_is_not_essential_does_not_matter(batch):
    batch.mock.on("x", container="sidecar").fails(exit_code=9, after="5s")
    job = batch.task(a_container(), a_sidecar())
    batch.until(job, "RUNNING")
    assert codes(batch, job, "main", "sidecar") == [None, None]
    batch.mock.advance("5s")
    assert codes(batch, job, "main", "sidecar") == [None, 9]
    assert batch.job(job)["status"] == "RUNNING"
    batch.finish()
    assert batch.job(job)["status"] == "SUCCEEDED"
    assert codes(batch, job, "main", "sidecar") == [0, 9]


def test_the_exit_code_for_the_retry_rules_is_of_the_first_essential_container_that_failed(batch):
    batch.mock.on("x").fails(exit_code=4)
    batch.mock.on("x", container="sidecar").fails(exit_code=5, after="1s")
    rules = [{"onExitCode": "4", "action": "RETRY"}, {"onReason": "*", "action": "EXIT"}]
    strategy = {"attempts": 3, "evaluateOnExit": rules}
    job = batch.task(a_container(), a_sidecar(), retryStrategy=strategy)
    batch.finish()
    assert [attempt.exit_code for attempt in batch.view(job).attempts] == [4, 4, 4]


def test_an_attempt_can_have_outcomes_of_its_own_by_container(batch):
    batch.mock.on("x", container="second", attempt=1).fails(exit_code=3)
    job = batch.task(a_container(), a_container("second"), retryStrategy={"attempts": 2})
    batch.finish()
    assert [attempt.exit_code for attempt in batch.view(job).attempts] == [3, 0]
    assert batch.job(job)["status"] == "SUCCEEDED"


def test_of_several_rules_for_a_container_the_last_wins_and_the_rule_of_the_job_is_another(batch):
    batch.mock.on("x", container="main").fails(exit_code=2)
    batch.mock.on("x", container="main").fails(exit_code=3)
    batch.mock.on("x").fails(exit_code=4)
    job = batch.task(a_container(), a_sidecar())
    batch.finish()
    assert codes(batch, job, "main") == [3]


def test_a_time_out_stops_every_container(batch):
    batch.mock.on("x").hangs()
    job = batch.task(a_container(), a_sidecar(), timeout={"attemptDurationSeconds": 60})
    batch.finish()
    described = batch.job(job)
    assert described["statusReason"] == "Job attempt duration exceeded timeout"
    assert codes(batch, job, "main", "sidecar") == [137, 137]


def test_a_terminated_task_stops_every_container(batch):
    batch.mock.on("x").hangs()
    job = batch.task(a_container(), a_sidecar())
    batch.until(job, "RUNNING")
    batch.mock.call("TerminateJob", {"jobId": job, "reason": "enough"})
    batch.finish()
    assert batch.job(job)["statusReason"] == "enough"
    assert codes(batch, job, "main", "sidecar") == [137, 137]


def test_a_reclaimed_host_takes_all_containers_and_leaves_no_exit_code(batch):
    batch.mock.on("x").reclaimed(after="30s")
    job = batch.task(a_container(), a_sidecar(), queue="spot")
    batch.finish()
    described = batch.job(job)
    assert described["statusReason"].startswith("Host EC2 (instance i-")
    assert batch.seconds_in(job, "RUNNING") == 30
    assert codes(batch, job, "main", "sidecar") == [None, None]


def test_a_reclaim_is_of_the_host_even_if_the_first_container_has_a_rule_of_its_own(batch):
    batch.mock.on("x", container="main").succeeds(after="1h")
    batch.mock.on("x", attempt=1).reclaimed(after="30s")
    job = batch.task(a_container(), a_sidecar(), queue="spot", retryStrategy={"attempts": 2})
    batch.finish()
    assert [attempt.exit_code for attempt in batch.view(job).attempts] == [None, 0]


def test_a_reclaim_while_starting_comes_before_any_container_runs(batch):
    batch.mock.on("x").reclaimed(while_starting=True)
    job = batch.task(a_container(), a_sidecar(), queue="spot")
    batch.finish()
    [attempt] = batch.job(job)["attempts"]
    assert "startedAt" not in attempt
    assert all("logStreamName" not in it for it in attempt["taskProperties"][0]["containers"])


def test_a_reclaim_of_an_on_demand_host_is_a_mistake_of_the_test(batch):
    batch.mock.on("x", container="sidecar").reclaimed()
    batch.task(a_container(), a_sidecar())
    with pytest.raises(MockUsageError, match="On-Demand"):
        batch.finish()


def test_an_essential_container_whose_image_cannot_be_pulled_fails_the_task_while_starting(batch):
    batch.mock.on("x", container="second").cannot_pull()
    job = batch.task(a_container(), a_container("second"), a_sidecar())
    batch.finish()
    described = batch.job(job)
    assert described["statusReason"] == "Task failed to start"
    assert "second:1" in batch.container(job, "second")["reason"]
    assert "startedAt" not in described
    assert codes(batch, job, "main", "second", "sidecar") == [None, None, None]


def test_a_sidecar_whose_image_cannot_be_pulled_is_missing_and_no_more(batch):
    batch.mock.on("x", container="sidecar").cannot_pull()
    job = batch.task(a_container(), a_sidecar())
    batch.finish()
    assert batch.job(job)["status"] == "SUCCEEDED"
    sidecar = batch.container(job, "sidecar")
    assert sidecar["reason"].startswith("CannotPullContainerError")
    assert "exitCode" not in sidecar
    assert "logStreamName" not in sidecar


def test_a_container_that_is_killed_for_its_memory_use_fails_the_task(batch):
    batch.mock.on("x", container="second").out_of_memory()
    job = batch.task(a_container(), a_container("second"))
    batch.finish()
    assert batch.container(job, "second")["reason"].startswith("OutOfMemoryError")
    assert batch.view(job).attempts[0].reason.startswith("OutOfMemoryError")


# Dependencies between containers


def test_a_container_that_waits_for_the_start_of_another_starts_with_it(batch):
    job = batch.task(a_container(dependsOn=waits_for("sidecar", "START")), a_sidecar())
    batch.finish()
    assert batch.seconds_in(job, "STARTING") == 10


@pytest.mark.parametrize("condition", ["COMPLETE", "SUCCESS"])
def test_the_job_is_starting_until_the_dependencies_of_its_containers_are_resolved(batch, condition):
    batch.mock.on("x", container="setup").succeeds(after="2m")
    job = batch.task(a_container(dependsOn=waits_for("setup", condition)), a_sidecar("setup"))
    batch.until(job, "STARTING")
    batch.mock.advance("11s")
    assert "logStreamName" in batch.container(job, "setup")
    assert "logStreamName" not in batch.container(job, "main")
    batch.finish()
    assert batch.seconds_in(job, "STARTING") == 10 + 120
    assert codes(batch, job, "main", "setup") == [0, 0]


def test_a_container_that_others_wait_for_soon_ends_well_by_itself(batch):
    job = batch.task(a_container(dependsOn=waits_for("setup", "SUCCESS")), a_sidecar("setup"))
    batch.finish()
    assert batch.job(job)["status"] == "SUCCEEDED"
    assert batch.seconds_in(job, "STARTING") == 15


def test_complete_is_met_by_any_exit_code(batch):
    batch.mock.on("x", container="setup").fails(exit_code=1, after="5s")
    job = batch.task(a_container(dependsOn=waits_for("setup", "COMPLETE")), a_sidecar("setup"))
    batch.finish()
    assert batch.job(job)["status"] == "SUCCEEDED"
    assert codes(batch, job, "main", "setup") == [0, 1]


def test_if_success_is_not_met_the_dependent_never_starts_and_the_task_fails(batch):
    batch.mock.on("x", container="setup").fails(exit_code=1, after="5s")
    job = batch.task(
        a_container(dependsOn=waits_for("setup", "SUCCESS")), a_sidecar("setup"), a_sidecar()
    )
    batch.finish()
    described = batch.job(job)
    assert described["status"] == "FAILED"
    assert "startedAt" not in described
    assert codes(batch, job, "main", "setup", "sidecar") == [None, 1, 137]
    main = batch.container(job, "main")
    assert "setup (SUCCESS)" in main["reason"]
    assert "logStreamName" not in main


def test_a_dependent_that_is_not_essential_is_left_out_alone(batch):
    batch.mock.on("x", container="setup").fails(exit_code=1, after="5s")
    job = batch.task(
        a_container(),
        a_sidecar("setup"),
        a_sidecar(dependsOn=waits_for("setup", "SUCCESS")),
    )
    batch.finish()
    assert batch.job(job)["status"] == "SUCCEEDED"
    assert codes(batch, job, "main", "setup", "sidecar") == [0, 1, None]


def test_dependencies_form_chains(batch):
    batch.mock.on("x", container="a").succeeds(after="10s")
    batch.mock.on("x", container="b").succeeds(after="20s")
    job = batch.task(
        a_container(dependsOn=waits_for("b", "SUCCESS")),
        a_sidecar("b", dependsOn=waits_for("a", "SUCCESS")),
        a_sidecar("a"),
    )
    batch.finish()
    assert batch.seconds_in(job, "STARTING") == 10 + 10 + 20


def test_a_failure_goes_down_the_chain(batch):
    batch.mock.on("x", container="a").fails(after="10s")
    job = batch.task(
        a_container(dependsOn=waits_for("b", "COMPLETE")),
        a_sidecar("b", dependsOn=waits_for("a", "SUCCESS")),
        a_sidecar("a"),
    )
    batch.finish()
    assert batch.job(job)["status"] == "FAILED"
    assert codes(batch, job, "main", "b", "a") == [None, None, 1]


def test_a_start_timeout_ends_the_wait_for_a_container(batch):
    batch.mock.on("x", container="setup").succeeds(after="1h")
    job = batch.task(
        a_container(dependsOn=waits_for("setup", "SUCCESS")), a_sidecar("setup", startTimeout=30)
    )
    batch.finish()
    assert batch.job(job)["status"] == "FAILED"
    assert batch.seconds_in(job, "STARTING") == 10 + 30
    assert codes(batch, job, "main", "setup") == [None, 137]


def test_a_wait_without_limit_is_a_job_that_stays_in_starting(batch):
    batch.mock.on("x", container="setup").hangs()
    job = batch.task(a_container(dependsOn=waits_for("setup", "COMPLETE")), a_sidecar("setup"))
    batch.finish()
    assert batch.job(job)["status"] == "STARTING"
    batch.mock.call("TerminateJob", {"jobId": job, "reason": "stuck"})
    batch.finish()
    assert batch.job(job)["statusReason"] == "stuck"
    assert codes(batch, job, "main") == [None]


def test_the_time_limit_of_an_attempt_begins_with_running(batch):
    batch.mock.on("x", container="setup").succeeds(after="10m")
    batch.mock.on("x").hangs()
    job = batch.task(
        a_container(dependsOn=waits_for("setup", "SUCCESS")),
        a_sidecar("setup"),
        timeout={"attemptDurationSeconds": 60},
    )
    batch.finish()
    assert batch.seconds_in(job, "RUNNING") == 60


# What DescribeJobs shows


def test_container_is_empty_and_the_task_shows_its_containers(batch):
    job = batch.task(a_container(), a_sidecar())
    described = batch.job(job)
    assert described["container"] == {}
    assert described["attempts"] == []
    assert described["eksAttempts"] == []
    [task] = described["ecsProperties"]["taskProperties"]
    assert [container["name"] for container in task["containers"]] == ["main", "sidecar"]
    assert task["volumes"] == []
    for name in ("command", "dependsOn", "environment", "mountPoints", "secrets", "ulimits"):
        assert task["containers"][0][name] == []
    assert task["containers"][0]["networkInterfaces"] == []
    assert "taskArn" not in task


def test_the_task_arn_comes_with_starting_and_the_log_streams_with_the_containers(batch):
    job = batch.task(a_container(), a_sidecar())
    batch.until(job, "STARTING")
    [task] = batch.job(job)["ecsProperties"]["taskProperties"]
    assert ":task/" in task["taskArn"]
    assert ":container-instance/" in task["containerInstanceArn"]
    assert all("logStreamName" not in container for container in task["containers"])
    batch.until(job, "RUNNING")
    [task] = batch.job(job)["ecsProperties"]["taskProperties"]
    task_id = task["taskArn"].rpartition("/")[2]
    assert [container["logStreamName"] for container in task["containers"]] == [
        f"d/main/{task_id}",
        f"d/sidecar/{task_id}",
    ]


def test_a_log_stream_follows_the_prefix_of_the_options_and_other_drivers_have_none(batch):
    options = {"awslogs-stream-prefix": "mine"}
    job = batch.task(
        a_container(logConfiguration={"logDriver": "awslogs", "options": options}),
        a_sidecar(logConfiguration={"logDriver": "syslog"}),
    )
    batch.finish()
    assert batch.container(job, "main")["logStreamName"].startswith("mine/main/")
    assert "logStreamName" not in batch.container(job, "sidecar")


def test_attempts_list_the_results_of_every_container(batch):
    batch.mock.on("x", attempt=1).fails(exit_code=4, reason="bad luck")
    job = batch.task(a_container(), a_sidecar(), retryStrategy={"attempts": 2})
    batch.finish()
    described = batch.job(job)
    first, second = described["attempts"]
    [task] = first["taskProperties"]
    assert set(task) == {"containerInstanceArn", "taskArn", "containers"}
    task_id = task["taskArn"].rpartition("/")[2]
    assert task["containers"] == [
        {
            "name": "main",
            "exitCode": 4,
            "reason": "bad luck",
            "logStreamName": f"d/main/{task_id}",
            "networkInterfaces": [],
        },
        {
            "name": "sidecar",
            "exitCode": 137,
            "logStreamName": f"d/sidecar/{task_id}",
            "networkInterfaces": [],
        },
    ]
    assert first["statusReason"] == "Essential container in task exited"
    assert first["startedAt"] < first["stoppedAt"] < second["startedAt"]
    assert second["taskProperties"][0]["taskArn"] != task["taskArn"]
    shown = described["ecsProperties"]["taskProperties"][0]
    assert shown["taskArn"] == second["taskProperties"][0]["taskArn"]
    assert [container["exitCode"] for container in shown["containers"]] == [0, 137]


def test_on_fargate_every_container_shows_the_network_interface_of_the_task(batch):
    job = batch.task(
        a_container(resourceRequirements=needs("0.5", "1024")),
        a_sidecar(resourceRequirements=needs("0.5", "1024")),
        queue="fargate",
    )
    batch.finish()
    [task] = batch.job(job)["attempts"][0]["taskProperties"]
    assert "containerInstanceArn" not in task
    first, second = (container["networkInterfaces"] for container in task["containers"])
    assert first == second
    assert first[0]["privateIpv4Address"].startswith("10.")


def test_a_task_that_fails_on_fargate_spot_has_its_text(batch):
    batch.mock.defaults(name="fargate-spot", fargate=True, spot=True)
    batch.mock.on("x").reclaimed()
    batch.register(
        ecsProperties=a_task(
            a_container(resourceRequirements=needs("1", "2048")),
            executionRoleArn="arn:aws:iam::123456789012:role/execution",
        ),
        platformCapabilities=["FARGATE"],
    )
    job = batch.submit("fargate-spot")
    batch.finish()
    assert batch.job(job)["statusReason"] == "Your Spot Task was interrupted."
    assert codes(batch, job, "main") == [137]


# Overrides, environment


def test_overrides_find_a_container_by_its_name(batch):
    override = {
        "name": "sidecar",
        "command": ["tail", "-f"],
        "environment": [{"name": "LEVEL", "value": "debug"}, {"name": "NEW", "value": "1"}],
        "resourceRequirements": [{"type": "VCPU", "value": "3"}],
    }
    job = batch.task(
        a_container(command=["work"]),
        a_sidecar(command=["ship"], environment=[{"name": "LEVEL", "value": "info"}]),
        ecsPropertiesOverride={"taskProperties": [{"containers": [override]}]},
    )
    assert batch.container(job, "main")["command"] == ["work"]
    sidecar = batch.container(job, "sidecar")
    assert sidecar["command"] == ["tail", "-f"]
    assert sidecar["environment"] == override["environment"]
    assert {entry["type"]: entry["value"] for entry in sidecar["resourceRequirements"]} == {
        "VCPU": "3",
        "MEMORY": "512",
    }
    other = batch.submit()
    assert batch.container(other, "sidecar")["command"] == ["ship"]


def test_what_the_containers_need_together_has_to_be_free(batch):
    job = batch.task(
        a_container(resourceRequirements=needs("200")), a_sidecar(resourceRequirements=needs("100"))
    )
    batch.finish()
    assert batch.job(job)["status"] == "RUNNABLE"


def test_every_container_gets_the_variables_of_batch(batch):
    seen = {}

    def look(job):
        seen[job.container] = (job.command, job.environment)

    batch.mock.on("x").runs(look)
    batch.mock.on("x", container="sidecar").runs(look)
    job = batch.task(
        a_container(command=["work", "Ref::what"], environment=[{"name": "A", "value": "1"}]),
        a_sidecar(command=["ship"]),
        parameters={"what": "stones"},
    )
    batch.finish()
    assert seen["main"][0] == ["work", "stones"]
    assert seen["sidecar"][0] == ["ship"]
    for _, environment in seen.values():
        assert environment["AWS_BATCH_JOB_ID"] == job
        assert environment["AWS_BATCH_JOB_ATTEMPT"] == "1"
        assert environment["AWS_BATCH_CE_NAME"] == environment["AWS_BATCH_JQ_NAME"] == "ec2"
    assert seen["main"][1]["A"] == "1"
    assert "A" not in seen["sidecar"][1]
    shown = batch.container(job, "main")["environment"]
    assert shown == [{"name": "A", "value": "1"}]


# Callables


def test_a_callable_does_the_first_essential_container(batch):
    batch.mock.on("x").runs(lambda job: 6 if job.container == "main" else 0)
    job = batch.task(a_sidecar(), a_container(), a_container("second"))
    batch.finish()
    assert codes(batch, job, "sidecar", "main", "second") == [137, 6, 137]


def test_a_callable_can_be_a_step_before_the_job_runs(batch):
    order = []
    batch.mock.on("x", container="setup").runs(lambda job: order.append("setup"))
    batch.mock.on("x").runs(lambda job: order.append("main"))
    job = batch.task(a_container(dependsOn=waits_for("setup", "SUCCESS")), a_sidecar("setup"))
    batch.finish()
    assert order == ["setup", "main"]
    assert batch.job(job)["status"] == "SUCCEEDED"
    assert codes(batch, job, "main", "setup") == [0, 0]


def test_a_step_that_raises_keeps_the_job_from_running(batch):
    def broken(job):
        raise ValueError("no migration")

    batch.mock.on("x", container="setup").runs(broken)
    job = batch.task(a_container(dependsOn=waits_for("setup", "SUCCESS")), a_sidecar("setup"))
    batch.finish()
    assert batch.job(job)["status"] == "FAILED"
    assert batch.container(job, "setup")["reason"] == "ValueError: no migration"


def test_a_callable_that_outlives_its_attempt_changes_nothing(batch):
    def slow(job):
        batch.mock.call("TerminateJob", {"jobId": job.id, "reason": "too slow"})
        batch.mock.advance("1m")
        return 3

    batch.mock.on("x").runs(slow)
    job = batch.task(a_container(), a_sidecar())
    batch.finish()
    assert batch.job(job)["statusReason"] == "too slow"
    assert codes(batch, job, "main") == [137]


# Arrays


def test_the_children_of_an_array_are_tasks_of_their_own(batch):
    batch.mock.on("x", index=1, container="second").fails(exit_code=8, after="5s")
    parent = batch.task(a_container(), a_container("second"), arrayProperties={"size": 3})
    batch.finish()
    assert [batch.job(f"{parent}:{index}")["status"] for index in range(3)] == [
        "SUCCEEDED",
        "FAILED",
        "SUCCEEDED",
    ]
    assert codes(batch, f"{parent}:1", "main", "second") == [137, 8]
    streams = {batch.container(f"{parent}:{index}", "main")["logStreamName"] for index in range(3)}
    assert len(streams) == 3
    described = batch.job(parent)
    assert described["status"] == "FAILED"
    assert described["container"] == {}


# Asking the mock


def test_a_test_can_ask_for_each_container(batch):
    batch.mock.on("x", container="sidecar").fails(exit_code=9, reason="rust", after="1s")
    job = batch.task(a_container(command=["work"]), a_sidecar(command=["ship"]))
    assert batch.view(job).containers == {}
    batch.finish()
    view = batch.view(job)
    sidecar = view.containers["sidecar"]
    assert (sidecar.exit_code, sidecar.reason, sidecar.command) == (9, "rust", ["ship"])
    assert sidecar.environment["AWS_BATCH_JOB_ID"] == job
    assert sidecar.log_stream_name == batch.container(job, "sidecar")["logStreamName"]
    assert view.attempts[0].containers["main"].exit_code == 0
    assert view.attempts[0].log_stream_name == view.containers["main"].log_stream_name


def test_a_job_of_one_container_lists_none(batch):
    job = batch.submit(jobDefinition="ec2")
    batch.finish()
    assert batch.view(job).containers == {}
    assert batch.view(job).attempts[0].containers == {}


def test_a_hanging_container_is_explained(batch):
    batch.mock.on("x").hangs()
    job = batch.task(a_container(), a_sidecar())
    batch.until(job, "RUNNING")
    assert "hangs" in batch.view(job).explain()


def test_a_rule_for_a_container_says_its_name(batch):
    with pytest.raises(MockUsageError, match="name of a container"):
        batch.mock.on("x", container=3)


def test_the_code_of_containers_that_start_together_all_runs_though_one_of_them_ends_the_task(batch):
    ran = []
    batch.mock.on("x", container="first").runs(lambda job: ran.append("first") or 3)
    batch.mock.on("x", container="second").runs(lambda job: ran.append("second"))
    job = batch.task(a_container("first"), a_container("second"))
    batch.finish()
    assert ran == ["first", "second"]
    assert batch.job(job)["status"] == "FAILED"
    assert batch.job(job)["attempts"][0]["statusReason"] == "Essential container in task exited"
