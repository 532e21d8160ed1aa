"""Multi-node jobs whose node ranges are tasks or pods."""

from __future__ import annotations

from .conftest import a_container, a_pod, a_pod_container, a_sidecar, a_task, needs


def nodes(*ranges, count=3):
    return {
        "numNodes": count,
        "mainNode": 0,
        "nodeRangeProperties": [{"targetNodes": target, **kind} for target, kind in ranges],
    }


def of_tasks():
    return nodes(
        ("0:0", {"ecsProperties": a_task(a_container("leader"), a_sidecar())}),
        ("1:", {"ecsProperties": a_task(a_container("worker"))}),
    )


def of_pods():
    return nodes(
        ("0:0", {"eksProperties": a_pod(a_pod_container("leader"))}),
        (
            "1:",
            {
                "eksProperties": a_pod(
                    a_pod_container("worker"), initContainers=[a_pod_container("setup")]
                )
            },
        ),
    )


def codes(batch, job_id, *names):
    return [batch.container(job_id, name).get("exitCode") for name in names]


def test_a_node_shows_the_task_of_its_range_and_the_parent_the_ranges(batch):
    batch.register(nodeProperties=of_tasks())
    job = batch.submit()
    batch.finish()
    parent = batch.job(job)
    assert parent["status"] == "SUCCEEDED"
    assert "ecsProperties" not in parent
    assert parent["container"] == {}
    ranges = parent["nodeProperties"]["nodeRangeProperties"]
    assert ranges[0]["ecsProperties"]["taskProperties"][0]["containers"][0]["name"] == "leader"
    assert batch.job(f"{job}#0")["nodeDetails"] == {"nodeIndex": 0, "isMainNode": True}
    assert codes(batch, f"{job}#0", "leader", "sidecar") == [0, 137]
    assert codes(batch, f"{job}#1", "worker") == [0]
    [attempt] = parent["attempts"]
    assert attempt == batch.job(f"{job}#0")["attempts"][0]
    assert [it["name"] for it in attempt["taskProperties"][0]["containers"]] == ["leader", "sidecar"]


def test_the_nodes_of_a_task_have_interfaces_and_tasks_of_their_own(batch):
    batch.mock.on("x").succeeds(after="1h")
    batch.register(nodeProperties=of_tasks())
    job = batch.submit()
    batch.mock.advance("5m")
    shown = [batch.job(f"{job}#{index}")["ecsProperties"]["taskProperties"][0] for index in range(3)]
    addresses = {it["containers"][0]["networkInterfaces"][0]["privateIpv4Address"] for it in shown}
    assert len(addresses) == len({it["taskArn"] for it in shown}) == 3


def test_the_main_node_runs_before_the_containers_of_the_others_start(batch):
    batch.mock.on("x").succeeds(after="1h")
    batch.register(nodeProperties=of_tasks())
    job = batch.submit()
    batch.until(job, "RUNNING")
    assert batch.job(f"{job}#0")["status"] == "RUNNING"
    assert batch.job(f"{job}#1")["status"] == "RUNNABLE"


def test_a_container_of_a_child_node_can_fail_without_affecting_the_others(batch):
    batch.mock.on("x", node=1, container="worker").fails(exit_code=5, after="1s")
    batch.register(nodeProperties=of_tasks())
    job = batch.submit()
    batch.finish()
    assert [batch.job(f"{job}#{index}")["status"] for index in range(3)] == [
        "SUCCEEDED",
        "FAILED",
        "SUCCEEDED",
    ]
    assert codes(batch, f"{job}#1", "worker") == [5]
    assert batch.job(job)["status"] == "SUCCEEDED"


def test_a_container_of_the_main_node_that_fails_ends_the_job_and_a_retry_is_one_of_every_node(batch):
    batch.mock.on("x", container="leader", attempt=1).fails(exit_code=6)
    batch.register(nodeProperties=of_tasks())
    job = batch.submit(retryStrategy={"attempts": 2})
    batch.finish()
    assert [attempt.exit_code for attempt in batch.view(job).attempts] == [6, 0]
    first, second = batch.job(f"{job}#1")["attempts"]
    assert first["taskProperties"][0]["containers"][0]["exitCode"] == 6
    assert second["taskProperties"][0]["containers"][0]["exitCode"] == 0


def test_overrides_of_a_node_range_reach_its_containers(batch):
    override = {"taskProperties": [{"containers": [{"name": "worker", "command": ["go"]}]}]}
    batch.register(nodeProperties=of_tasks())
    entry = {"targetNodes": "1:", "ecsPropertiesOverride": override}
    job = batch.submit(nodeOverrides={"nodePropertyOverrides": [entry]})
    assert batch.container(f"{job}#1", "worker")["command"] == ["go"]
    assert batch.container(f"{job}#0", "leader")["command"] == []


def test_multi_node_jobs_run_on_eks(batch):
    batch.register(nodeProperties=of_pods())
    job = batch.submit("eks")
    batch.finish()
    parent = batch.job(job)
    assert parent["status"] == "SUCCEEDED"
    assert "container" not in parent
    assert "eksProperties" not in parent
    main, worker = batch.job(f"{job}#0"), batch.job(f"{job}#1")
    assert parent["eksAttempts"] == main["eksAttempts"]
    assert (
        main["eksProperties"]["podProperties"]["podName"]
        != (worker["eksProperties"]["podProperties"]["podName"])
    )
    assert codes(batch, f"{job}#1", "setup", "worker") == [0, 0]


def test_the_pods_of_a_multi_node_job_know_their_place(batch):
    seen = []
    batch.mock.on("x", node=1).runs(lambda job: seen.append(job.environment))
    batch.register(nodeProperties=of_pods())
    job = batch.submit("eks")
    batch.finish()
    [environment] = seen
    assert environment["AWS_BATCH_JOB_ID"] == f"{job}#1"
    assert environment["AWS_BATCH_JOB_NODE_INDEX"] == "1"
    assert environment["AWS_BATCH_JOB_MAIN_NODE_INDEX"] == "0"
    assert "AWS_BATCH_JOB_KUBERNETES_NODE_UID" in environment


def test_a_multi_node_job_never_runs_on_spot_capacity_of_eks(batch):
    batch.register(nodeProperties=of_pods())
    job = batch.submit("eks-spot")
    batch.finish()
    assert batch.job(job)["status"] == "RUNNABLE"


def test_a_child_node_that_is_terminated_while_it_starts_stops_even_if_it_runs_by_then(batch):
    container = {"image": "busybox", "resourceRequirements": needs()}
    batch.mock.on("x").succeeds(after="1h")
    for ranges in (of_tasks(), nodes(("0:", {"container": container}))):
        batch.register(nodeProperties=ranges)
        job = batch.submit()
        batch.until(f"{job}#1", "STARTING")
        batch.mock.advance("9s")  # it takes ten to start, and two to stop
        batch.mock.call("TerminateJob", {"jobId": f"{job}#1", "reason": "lost its peers"})
        batch.mock.advance("5s")
        node = batch.job(f"{job}#1")
        assert (node["status"], node["statusReason"]) == ("FAILED", "lost its peers")
        assert node["startedAt"] < node["stoppedAt"]
        assert [batch.job(f"{job}#{index}")["status"] for index in (0, 2)] == ["RUNNING"] * 2


def test_a_node_that_was_terminated_runs_to_its_end_in_the_next_attempt_of_the_job(batch):
    batch.mock.on("x", node=0, attempt=1).fails(after="10m")
    batch.register(nodeProperties=of_tasks())
    job = batch.submit(retryStrategy={"attempts": 2})
    batch.until(f"{job}#1", "RUNNING")
    batch.mock.call("TerminateJob", {"jobId": f"{job}#1", "reason": "not this time"})
    batch.finish()
    assert batch.job(f"{job}#1")["status"] == "SUCCEEDED"
    assert codes(batch, f"{job}#1", "worker") == [0]


def test_the_code_of_a_node_does_not_run_if_the_code_of_the_main_node_has_ended_the_job(batch):
    ran = []
    batch.mock.on("x", node=0).runs(lambda job: ran.append("main"))
    batch.mock.on("x", node=1).runs(lambda job: ran.append("child"))
    batch.register(nodeProperties=of_tasks())
    job = batch.submit()
    batch.finish()
    assert ran == ["main"]
    assert batch.job(job)["status"] == "SUCCEEDED"


def test_a_node_whose_rule_says_no_time_ends_before_the_main_node_that_nobody_timed(batch):
    batch.mock.on("x", node=1).fails(exit_code=4)
    needs = [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "512"}]
    container = {"image": "busybox", "resourceRequirements": needs}
    ranges = [{"targetNodes": "0:", "container": container}]
    batch.register(nodeProperties={"numNodes": 2, "mainNode": 0, "nodeRangeProperties": ranges})
    job = batch.submit()
    batch.finish()
    assert batch.job(job)["status"] == "SUCCEEDED"
    assert batch.job(f"{job}#1")["container"]["exitCode"] == 4
