"""Multi-node parallel jobs: a gang of nodes of which the main node is the job (user guide,
multi-node-parallel-jobs). Nodes whose ranges are tasks or pods: tests/containers/test_nodes.py; how
instances are kept for a gang: tests/fleet/test_gangs.py.
"""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from behaviour.conftest import Driver
from pytest_batchmock import fails, succeeds

pytestmark = pytest.mark.batchmock(clock="manual", start="2026-03-01T12:00:00+00:00")

NEEDS = [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "512"}]


def a_range(target: str = "0:", **container: Any) -> dict[str, Any]:
    """An entry of nodeRangeProperties."""
    given = {"image": "busybox", "command": ["true"], "resourceRequirements": NEEDS, **container}
    return {"targetNodes": target, "container": given}


def define(batch: Driver, *ranges: dict[str, Any], nodes: int = 3, main: int = 0, **members: Any) -> str:
    """Register a multi-node definition and return its ARN."""
    answer = batch.client.register_job_definition(
        jobDefinitionName="gang",
        type="multinode",
        nodeProperties={
            "numNodes": nodes,
            "mainNode": main,
            "nodeRangeProperties": list(ranges) or [a_range()],
        },
        **members,
    )
    return str(answer["jobDefinitionArn"])


def gang(batch: Driver, *ranges: dict[str, Any], nodes: int = 3, main: int = 0, **members: Any) -> str:
    """Register a definition and submit a job of it."""
    define(batch, *ranges, nodes=nodes, main=main)
    return batch.submit(jobDefinition="gang", **members)


def of_nodes(batch: Driver, job_id: str, count: int = 3) -> list[dict[str, Any]]:
    """What DescribeJobs says of each node."""
    return [batch.describe(f"{job_id}#{index}") for index in range(count)]


def statuses(batch: Driver, job_id: str, count: int = 3) -> list[str]:
    """The status of each node."""
    return [node["status"] for node in of_nodes(batch, job_id, count)]


def all_run(batch: Driver, job_id: str, count: int = 3) -> None:
    """Let time pass until all nodes run."""
    batch.mock.run_until(lambda: statuses(batch, job_id, count) == ["RUNNING"] * count)


# What a definition may say


def test_a_definition_has_at_most_5_node_groups(ec2: Driver) -> None:
    five = [a_range(str(index)) for index in range(4)] + [a_range("4:")]
    define(ec2, *five, nodes=8)
    with pytest.raises(ClientError, match="Maximum allowed size of node range properties is 5"):
        define(ec2, *five, a_range("7"), nodes=8)


@pytest.mark.parametrize("nodes", [0, 1001])
def test_a_job_has_1_to_1000_nodes(ec2: Driver, nodes: int) -> None:
    define(ec2, nodes=1000)
    define(ec2, nodes=1)
    with pytest.raises(ClientError, match="Number of nodes must be between 1 and 1000"):
        define(ec2, nodes=nodes)


def test_the_main_node_must_be_one_of_the_nodes(ec2: Driver) -> None:
    with pytest.raises(ClientError, match="Main node index is out of range, must be less than numNodes"):
        define(ec2, nodes=3, main=3)


def test_ranges_with_open_ends_give_each_node_its_container_and_the_narrowest_wins(ec2: Driver) -> None:
    job_id = gang(
        ec2,
        a_range(":1", image="low"),
        a_range("2:", image="high"),
        a_range("1:2", image="between"),
        a_range("4", image="single"),
        nodes=5,
    )
    images = [node["container"]["image"] for node in of_nodes(ec2, job_id, 5)]
    # :1 and 1:2 are equally narrow for node 1: the later counts.
    assert images == ["low", "between", "between", "high", "single"]


@pytest.mark.parametrize("targets", [["1:"], ["0:1", "3:"], [":3"], ["0", "1", "3"]])
def test_ranges_that_leave_out_a_node_are_refused(ec2: Driver, targets: list[str]) -> None:
    with pytest.raises(ClientError, match="target nodes have missing ranges"):
        define(ec2, *map(a_range, targets), nodes=5)


@pytest.mark.parametrize("target", ["0-4", "all", "0:1:2", ""])
def test_a_range_of_another_form_is_refused(ec2: Driver, target: str) -> None:
    with pytest.raises(ClientError, match="targetNodes should contain only digits"):
        define(ec2, a_range(target), a_range(), nodes=5)


@pytest.mark.parametrize("target", ["5", "2:5", "5:", "3:2"])
def test_a_range_beyond_the_nodes_or_backwards_is_refused(ec2: Driver, target: str) -> None:
    with pytest.raises(ClientError, match=f"targetNodes {target} is out of range"):
        define(ec2, a_range(target), a_range(), nodes=5)


def test_all_node_groups_use_the_same_instance_type(ec2: Driver) -> None:
    define(ec2, a_range("0", instanceType="m6i.large"), a_range("1:", instanceType="m6i.large"))
    with pytest.raises(ClientError, match="must use the same instance type"):
        define(ec2, a_range("0", instanceType="m6i.large"), a_range("1:", instanceType="c6i.large"))


def test_every_node_runs_on_the_instance_type_that_the_job_names(ec2: Driver) -> None:
    job_id = gang(ec2, a_range(instanceType="m7a.2xlarge"))
    all_run(ec2, job_id)
    assert [it.type for it in ec2.mock.instances] == ["m7a.2xlarge"] * 3
    assert of_nodes(ec2, job_id)[0]["container"]["instanceType"] == "m7a.2xlarge"


# Its life


def test_the_main_node_runs_first_and_the_others_start_then_in_any_order(ec2: Driver) -> None:
    job_id = gang(ec2, nodes=5, main=2)
    ec2.reach(job_id, "RUNNING")
    assert statuses(ec2, job_id, 5) == ["RUNNABLE", "RUNNABLE", "RUNNING", "RUNNABLE", "RUNNABLE"]
    all_run(ec2, job_id, 5)
    nodes = of_nodes(ec2, job_id, 5)
    started = [node["startedAt"] for node in nodes]
    assert min(started) == started[2]
    assert started.count(min(started)) == 1


def test_the_other_nodes_are_launched_in_an_order_that_the_seed_decides(ec2: Driver) -> None:
    job_id = gang(ec2, nodes=9)
    all_run(ec2, job_id, 9)
    started = [node["startedAt"] for node in of_nodes(ec2, job_id, 9)]
    assert sorted(started) != started
    assert len(set(started)) == 9


def test_a_job_goes_through_all_statuses_and_each_node_too(ec2: Driver) -> None:
    job_id = gang(ec2)
    ec2.finish(job_id)
    every = ["SUBMITTED", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"]
    assert ec2.view(job_id).statuses == every
    for index in range(3):
        assert ec2.view(f"{job_id}#{index}").statuses == every


def test_the_job_is_over_when_the_main_node_exits_and_the_others_end_with_it(ec2: Driver) -> None:
    ec2.mock.on("job", node=0).succeeds(after="5m")
    for index in (1, 2):
        ec2.mock.on("job", node=index).succeeds(after="2h")
    job_id = gang(ec2)
    ended = ec2.finish(job_id)
    assert ended["status"] == "SUCCEEDED"
    for node in of_nodes(ec2, job_id):
        assert (node["status"], node["statusReason"]) == (
            "SUCCEEDED",
            "Essential container in task exited",
        )
        assert node["stoppedAt"] == ended["stoppedAt"]
        assert "reason" not in node["container"]


def test_the_others_fail_with_a_main_node_that_fails(ec2: Driver) -> None:
    ec2.mock.on("job", node=1).fails(exit_code=9, after="5m")
    ec2.mock.on("job", node=0).succeeds(after="2h")
    job_id = gang(ec2, nodes=2, main=1)
    ended = ec2.finish(job_id)
    assert (ended["status"], ended["attempts"][0]["container"]["exitCode"]) == ("FAILED", 9)
    assert statuses(ec2, job_id, 2) == ["FAILED", "FAILED"]
    assert of_nodes(ec2, job_id, 2)[0]["statusReason"] == ended["statusReason"]


def test_a_node_that_dies_affects_no_other(ec2: Driver) -> None:
    ec2.mock.on("job", node=0).succeeds(after="30m")
    ec2.mock.on("job", node=1).fails(exit_code=7, after="1m")
    ec2.mock.on("job", node=2).succeeds(after="1h")
    job_id = gang(ec2)
    ec2.reach(f"{job_id}#1", "FAILED")
    assert statuses(ec2, job_id) == ["RUNNING", "FAILED", "RUNNING"]
    assert ec2.finish(job_id)["status"] == "SUCCEEDED"
    dead = ec2.describe(f"{job_id}#1")
    assert (dead["status"], dead["container"]["exitCode"]) == ("FAILED", 7)
    assert dead["stoppedAt"] < ec2.describe(job_id)["stoppedAt"]


def test_start_end_reason_and_exit_code_of_the_job_are_those_of_the_main_node(ec2: Driver) -> None:
    ec2.mock.on("job", node=1).fails(exit_code=3, reason="no more", after="5m")
    job_id = gang(ec2, main=1)
    ended, main = ec2.finish(job_id), ec2.describe(f"{job_id}#1")
    for member in ("startedAt", "stoppedAt", "statusReason", "status", "attempts"):
        assert ended[member] == main[member], member
    (attempt,) = ended["attempts"]
    assert (attempt["container"]["exitCode"], attempt["container"]["reason"]) == (3, "no more")
    assert ec2.describe(f"{job_id}#0")["startedAt"] > ended["startedAt"]


def test_a_node_not_yet_launched_when_the_main_node_ends_has_no_attempt(ec2: Driver) -> None:
    ec2.mock.on("job", node=0).succeeds(after=0)
    job_id = gang(ec2)
    ec2.finish(job_id)
    nodes = of_nodes(ec2, job_id)
    assert [node["status"] for node in nodes] == ["SUCCEEDED"] * 3
    assert [len(node["attempts"]) for node in nodes] == [1, 0, 0]
    assert "startedAt" not in nodes[1]


# Retries, time limits


def test_a_failure_of_the_main_node_is_a_new_attempt_of_every_node(ec2: Driver) -> None:
    ec2.mock.on("job", node=0).attempts(fails(exit_code=2, after="5m"), succeeds(after="5m"))
    job_id = gang(ec2, retryStrategy={"attempts": 2})
    assert ec2.finish(job_id)["status"] == "SUCCEEDED"
    for index, node in enumerate(of_nodes(ec2, job_id)):
        assert node["status"] == "SUCCEEDED"
        first, second = node["attempts"]
        assert first["stoppedAt"] < second["startedAt"]
        assert first["container"]["logStreamName"] != second["container"]["logStreamName"]
        assert ec2.view(f"{job_id}#{index}").statuses.count("RUNNING") == 2


def test_a_failure_of_another_node_is_no_new_attempt(ec2: Driver) -> None:
    ec2.mock.on("job", node=1).fails(after="10s")
    job_id = gang(ec2, retryStrategy={"attempts": 5})
    assert len(ec2.finish(job_id)["attempts"]) == 1
    assert len(ec2.describe(f"{job_id}#1")["attempts"]) == 1


def test_a_node_that_failed_runs_again_in_the_next_attempt_of_the_job(ec2: Driver) -> None:
    ec2.mock.on("job", node=0).attempts(fails(after="5m"), succeeds(after="5m"))
    ec2.mock.on("job", node=1).attempts(fails(exit_code=4, after="10s"), succeeds(after="10s"))
    job_id = gang(ec2, retryStrategy={"attempts": 2})
    ec2.finish(job_id)
    node = ec2.describe(f"{job_id}#1")
    assert [attempt["container"]["exitCode"] for attempt in node["attempts"]] == [4, 0]
    assert node["status"] == "SUCCEEDED"


def test_the_retry_rules_look_at_the_main_node(ec2: Driver) -> None:
    rules = [{"onExitCode": "42", "action": "RETRY"}, {"onReason": "*", "action": "EXIT"}]
    retry = {"attempts": 3, "evaluateOnExit": rules}
    ec2.mock.on("job", node=1).fails(exit_code=42, after="10s")
    ec2.mock.on("job", node=0).attempts(fails(exit_code=42, after="2m"), fails(exit_code=1, after="2m"))
    ended = ec2.finish(gang(ec2, retryStrategy=retry))
    assert [it["container"]["exitCode"] for it in ended["attempts"]] == [42, 1]


def test_the_time_limit_is_of_the_job_and_ends_every_node(ec2: Driver) -> None:
    ec2.mock.on("job").hangs()
    job_id = gang(ec2, timeout={"attemptDurationSeconds": 120}, retryStrategy={"attempts": 3})
    ended = ec2.finish(job_id)
    assert ended["statusReason"] == "Job attempt duration exceeded timeout"
    assert ended["stoppedAt"] - ended["startedAt"] == 120_000
    for node in of_nodes(ec2, job_id):
        assert (node["status"], node["statusReason"]) == ("FAILED", ended["statusReason"])
        assert node["stoppedAt"] == ended["stoppedAt"]  # though the others started later
        assert len(node["attempts"]) == 1


# What the user wishes


def test_terminating_the_job_stops_all_its_nodes(ec2: Driver) -> None:
    ec2.mock.on("job").hangs()
    job_id = gang(ec2)
    all_run(ec2, job_id)
    ec2.client.terminate_job(jobId=job_id, reason="enough")
    assert ec2.describe(job_id)["isTerminated"] is True
    ended = ec2.finish(job_id)
    assert (ended["status"], ended["statusReason"]) == ("FAILED", "enough")
    assert {node["statusReason"] for node in of_nodes(ec2, job_id)} == {"enough"}
    assert statuses(ec2, job_id) == ["FAILED"] * 3


@pytest.mark.parametrize("suffix", ["", "#0"])
def test_cancelling_a_job_or_its_main_node_before_its_start_ends_all_nodes(
    ec2: Driver, suffix: str
) -> None:
    job_id = gang(ec2)
    ec2.reach(job_id, "RUNNABLE")
    ec2.client.cancel_job(jobId=job_id + suffix, reason="not needed")
    assert ec2.describe(job_id)["statusReason"] == "not needed"
    for node in of_nodes(ec2, job_id):
        assert (node["status"], node["statusReason"]) == ("FAILED", "not needed")
        assert node["attempts"] == []


def test_terminating_the_main_node_terminates_the_job(ec2: Driver) -> None:
    ec2.mock.on("job").hangs()
    job_id = gang(ec2, main=1)
    ec2.reach(job_id, "RUNNING")
    ec2.client.terminate_job(jobId=f"{job_id}#1", reason="enough")
    assert ec2.finish(job_id)["statusReason"] == "enough"


def test_terminating_another_node_stops_that_node_alone(ec2: Driver) -> None:
    ec2.mock.on("job").succeeds(after="1h")
    job_id = gang(ec2)
    all_run(ec2, job_id)
    ec2.client.terminate_job(jobId=f"{job_id}#2", reason="enough of this")
    assert ec2.describe(f"{job_id}#2")["isTerminated"] is True
    ec2.reach(f"{job_id}#2", "FAILED")
    assert ec2.describe(f"{job_id}#2")["statusReason"] == "enough of this"
    assert statuses(ec2, job_id) == ["RUNNING", "RUNNING", "FAILED"]
    assert ec2.finish(job_id)["status"] == "SUCCEEDED"
    assert "isTerminated" not in ec2.describe(job_id)


@pytest.mark.parametrize("call", ["cancel_job", "terminate_job"])
def test_a_node_that_the_user_ended_while_it_waited_is_not_launched(ec2: Driver, call: str) -> None:
    ec2.mock.on("job").succeeds(after="10m")
    job_id = gang(ec2)
    ec2.reach(job_id, "RUNNABLE")
    getattr(ec2.client, call)(jobId=f"{job_id}#1", reason="not this one")
    assert ec2.finish(job_id)["status"] == "SUCCEEDED"
    node = ec2.describe(f"{job_id}#1")
    assert (node["status"], node["statusReason"], node["attempts"]) == ("FAILED", "not this one", [])
    assert ec2.describe(f"{job_id}#2")["status"] == "SUCCEEDED"


def test_a_node_that_is_stopping_for_the_user_has_their_reason_if_the_job_ends_first(
    ec2: Driver,
) -> None:
    ec2.mock.on("job", node=0).succeeds(after="10m")
    ec2.mock.on("job", node=1).hangs()
    job_id = gang(ec2)
    ec2.reach(job_id, "RUNNING")
    ec2.mock.advance("599s")
    ec2.client.terminate_job(jobId=f"{job_id}#1", reason="enough")  # it takes two seconds to stop
    ec2.finish(job_id)
    node = ec2.describe(f"{job_id}#1")
    assert (node["status"], node["statusReason"]) == ("FAILED", "enough")
    assert node["attempts"][0]["statusReason"] == "enough"
    assert node["stoppedAt"] == ec2.describe(job_id)["stoppedAt"]


def test_cancel_leaves_a_node_alone_that_runs(ec2: Driver) -> None:
    job_id = gang(ec2)
    all_run(ec2, job_id)
    ec2.client.cancel_job(jobId=f"{job_id}#1", reason="too late")
    assert "isCancelled" not in ec2.describe(f"{job_id}#1")
    ec2.finish(job_id)
    assert statuses(ec2, job_id) == ["SUCCEEDED"] * 3


# Overrides


def test_the_number_of_nodes_can_be_overridden(ec2: Driver) -> None:
    define(ec2, a_range("0:1", image="first"), a_range("2:", image="rest"), nodes=4)
    job_id = ec2.submit(jobDefinition="gang", nodeOverrides={"numNodes": 6})
    ec2.finish(job_id)
    nodes = of_nodes(ec2, job_id, 6)
    assert [node["container"]["image"] for node in nodes] == ["first"] * 2 + ["rest"] * 4
    assert {node["status"] for node in nodes} == {"SUCCEEDED"}
    assert ec2.describe(job_id)["nodeProperties"]["numNodes"] == 6
    assert ec2.client.describe_jobs(jobs=[f"{job_id}#6"])["jobs"] == []


@pytest.mark.parametrize(
    ("targets", "main", "nodes", "words"),
    [
        (["0:3"], 0, 6, "open upper boundary"),
        (["0:1", "2:"], 0, 2, "must be less than numNodes 2"),
        (["0:"], 2, 2, "Main node index is out of range"),
        (["0:"], 0, 0, "between 1 and 1000"),
        (["0:"], 0, 1001, "between 1 and 1000"),
    ],
)
def test_a_number_of_nodes_that_the_ranges_do_not_carry_is_refused(
    ec2: Driver, targets: list[str], main: int, nodes: int, words: str
) -> None:
    define(ec2, *map(a_range, targets), nodes=4, main=main)
    with pytest.raises(ClientError, match=words):
        ec2.submit(jobDefinition="gang", nodeOverrides={"numNodes": nodes})


def test_overrides_of_a_range_change_its_nodes_and_the_narrowest_wins(ec2: Driver) -> None:
    define(ec2, *map(a_range, ("0:", "1:", "2")), nodes=4)
    overrides = [
        {"targetNodes": "1:", "containerOverrides": {"command": ["rest"]}},
        {"targetNodes": "2", "containerOverrides": {"command": ["two"]}},
    ]
    job_id = ec2.submit(jobDefinition="gang", nodeOverrides={"nodePropertyOverrides": overrides})
    commands = [node["container"]["command"] for node in of_nodes(ec2, job_id, 4)]
    assert commands == [["true"], ["rest"], ["two"], ["rest"]]
    ranges = ec2.describe(job_id)["nodeProperties"]["nodeRangeProperties"]
    assert ranges[0]["container"]["command"] == ["true"]


def test_container_overrides_are_refused_for_a_multi_node_job(ec2: Driver) -> None:
    define(ec2)
    for more in ({}, {"nodeOverrides": {"numNodes": 2}}):
        with pytest.raises(ClientError):
            ec2.submit(jobDefinition="gang", containerOverrides={"command": ["x"]}, **more)


# What the nodes see


def test_the_nodes_know_their_index_the_main_node_and_its_address(ec2: Driver) -> None:
    seen = {}

    def note(job: Any) -> None:
        seen[job.id] = job.environment

    for index in range(3):
        ec2.mock.on("job", node=index).runs(note, after="10m")
    job_id = gang(ec2, main=1)
    all_run(ec2, job_id)
    interfaces = ec2.describe(f"{job_id}#1")["container"]["networkInterfaces"]
    ec2.finish(job_id)
    for index in range(3):
        environment = seen[f"{job_id}#{index}" if index != 1 else job_id]
        assert environment["AWS_BATCH_JOB_NODE_INDEX"] == str(index)
        assert environment["AWS_BATCH_JOB_NUM_NODES"] == "3"
        assert environment["AWS_BATCH_JOB_MAIN_NODE_INDEX"] == "1"
        assert environment["AWS_BATCH_JOB_ID"] == f"{job_id}#{index}"
        address = environment.get("AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS")
        assert address == (None if index == 1 else interfaces[0]["privateIpv4Address"])


def test_an_overridden_number_of_nodes_is_what_the_nodes_see(ec2: Driver) -> None:
    seen = []
    ec2.mock.on("job", node=0).runs(lambda job: seen.append(job.environment))
    define(ec2)
    ec2.finish(ec2.submit(jobDefinition="gang", nodeOverrides={"numNodes": 2}))
    assert seen[0]["AWS_BATCH_JOB_NUM_NODES"] == "2"


# What the answers show


def test_the_job_shows_its_ranges_and_a_node_its_place_and_container(ec2: Driver) -> None:
    job_id = gang(ec2, main=1)
    parent = ec2.describe(job_id)
    assert (parent["nodeProperties"]["numNodes"], parent["nodeProperties"]["mainNode"]) == (3, 1)
    assert parent["nodeProperties"]["nodeRangeProperties"][0]["targetNodes"] == "0:"
    assert parent["container"] == {"networkInterfaces": []}
    assert "nodeDetails" not in parent
    for index, node in enumerate(of_nodes(ec2, job_id)):
        assert node["nodeDetails"] == {"nodeIndex": index, "isMainNode": index == 1}
        assert node["jobId"] == f"{job_id}#{index}"
        assert node["jobArn"] == f"{parent['jobArn']}#{index}"
        assert node["container"]["image"] == "busybox"


def test_a_node_is_described_by_its_arn_as_well(ec2: Driver) -> None:
    node = ec2.describe(f"{gang(ec2)}#2")
    assert ec2.describe(node["jobArn"]) == node


def test_nodes_are_listed_by_the_job_and_a_status(ec2: Driver) -> None:
    job_id = gang(ec2, main=1)
    ec2.reach(job_id, "RUNNING")
    (running,) = ec2.listed(multiNodeJobId=job_id)
    assert running["nodeProperties"] == {"isMainNode": True, "numNodes": 3, "nodeIndex": 1}
    waiting = ec2.listed(multiNodeJobId=job_id, jobStatus="RUNNABLE")
    assert [it["jobId"] for it in waiting] == [f"{job_id}#0", f"{job_id}#2"]
    assert {it["nodeProperties"]["isMainNode"] for it in waiting} == {False}
    assert ec2.listed(multiNodeJobId=job_id, jobStatus="SUCCEEDED") == []


def test_the_queue_lists_the_job_and_not_its_nodes(ec2: Driver) -> None:
    job_id = gang(ec2)
    all_run(ec2, job_id)
    (summary,) = ec2.listed()
    assert (summary["jobId"], summary["nodeProperties"]) == (job_id, {"numNodes": 3})


def test_each_node_has_a_task_a_network_interface_and_a_log_stream_of_its_own(ec2: Driver) -> None:
    job_id = gang(ec2)
    all_run(ec2, job_id)
    shown = [node["container"] for node in of_nodes(ec2, job_id)]
    for member in ("taskArn", "logStreamName", "containerInstanceArn"):
        assert len({container[member] for container in shown}) == 3, member
    addresses = {it["networkInterfaces"][0]["privateIpv4Address"] for it in shown}
    assert len(addresses) == 3
    for container in shown:
        task = container["taskArn"].rpartition("/")[2]
        assert container["logStreamName"] == f"gang/default/{task}"
    assert ec2.describe(job_id)["container"]["logStreamName"] == shown[0]["logStreamName"]


def test_the_lines_of_a_node_are_in_its_log_stream(ec2: Driver) -> None:
    for index in range(2):
        ec2.mock.on("job", node=index).succeeds(after="5m", log=f"I am {index}")
    job_id = gang(ec2, nodes=2)
    all_run(ec2, job_id, 2)
    ec2.finish(job_id)
    for index in range(2):
        assert ec2.mock.logs.of(f"{job_id}#{index}") == [f"I am {index}"]


def test_the_events_tell_of_the_job_and_of_every_node(ec2: Driver) -> None:
    job_id = gang(ec2, nodes=2)
    ec2.finish(job_id)
    told: dict[str, list[str]] = {}
    for event in ec2.mock.events:
        told.setdefault(event["detail"]["jobId"], []).append(event["detail"]["status"])
    every = ["RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"]
    assert told == {job_id: every, f"{job_id}#0": every, f"{job_id}#1": every}


# Where it runs, and what it waits for


def test_the_nodes_are_placed_together_or_not_at_all(batch: Driver) -> None:
    batch.mock.defaults(max_vcpus=2)
    batch.mock.on("long").succeeds(after="1h")
    blocker = batch.submit("long")
    batch.reach(blocker, "RUNNING")
    job_id = gang(batch, nodes=2)
    batch.mock.advance("30m")
    assert statuses(batch, job_id, 2) == ["RUNNABLE"] * 2
    assert batch.finish(job_id)["status"] == "SUCCEEDED"
    assert batch.describe(job_id)["startedAt"] > batch.describe(blocker)["stoppedAt"]


@pytest.mark.parametrize("place", [{"spot": True}, {"fargate": True}])
def test_a_multi_node_job_does_not_run_on_spot_or_fargate(batch: Driver, place: dict[str, bool]) -> None:
    batch.mock.defaults(**place)
    define(batch)
    if "fargate" in place:
        with pytest.raises(ClientError, match="can not run Jobs with capability EC2"):
            batch.submit(jobDefinition="gang")
        return
    job_id = batch.submit(jobDefinition="gang")
    batch.mock.advance("1d")
    assert batch.status(job_id) == "RUNNABLE"


def test_an_array_of_multi_node_jobs_is_refused(ec2: Driver) -> None:
    with pytest.raises(ClientError, match="Multinode Array Job not supported"):
        gang(ec2, arrayProperties={"size": 2})


@pytest.mark.parametrize("kind", ["N_TO_N", "SEQUENTIAL"])
def test_dependencies_between_children_are_refused(ec2: Driver, kind: str) -> None:
    entry = {"type": kind}
    if kind == "N_TO_N":
        entry["jobId"] = ec2.submit("array", arrayProperties={"size": 3})
    with pytest.raises(ClientError):
        gang(ec2, dependsOn=[entry])


def test_nobody_can_depend_on_a_node(ec2: Driver) -> None:
    job_id = gang(ec2)
    with pytest.raises(ClientError, match="is a node of a multi-node parallel job"):
        ec2.submit("after", dependsOn=[{"jobId": f"{job_id}#1"}])


def test_a_job_waits_for_a_multi_node_job_whatever_becomes_of_its_other_nodes(ec2: Driver) -> None:
    ec2.mock.on("job", node=1).fails(after="1s")
    job_id = gang(ec2)
    after = ec2.submit("after", dependsOn=[{"jobId": job_id}])
    ec2.reach(job_id, "RUNNING")
    assert ec2.status(after) == "PENDING"
    assert ec2.finish(after)["status"] == "SUCCEEDED"


def test_the_nodes_wait_with_their_job_for_its_dependency(ec2: Driver) -> None:
    first = ec2.submit("first")
    job_id = gang(ec2, dependsOn=[{"jobId": first}])
    ec2.reach(job_id, "PENDING")
    assert statuses(ec2, job_id) == ["PENDING"] * 3
    assert ec2.finish(job_id)["status"] == "SUCCEEDED"


def test_the_nodes_fail_with_their_job_when_its_dependency_fails(ec2: Driver) -> None:
    ec2.mock.on("first").fails()
    job_id = gang(ec2, dependsOn=[{"jobId": ec2.submit("first")}])
    ec2.finish(job_id)
    for node in of_nodes(ec2, job_id):
        assert (node["status"], node["statusReason"]) == ("FAILED", "Dependent Job failed")


def test_a_job_and_its_nodes_are_forgotten_together(ec2: Driver) -> None:
    job_id = gang(ec2)
    ec2.finish(job_id)
    ids = [job_id, *(f"{job_id}#{index}" for index in range(3))]
    ec2.mock.advance("6d 23h")
    assert len(ec2.client.describe_jobs(jobs=ids)["jobs"]) == 4
    ec2.mock.advance("2h")
    assert ec2.client.describe_jobs(jobs=ids)["jobs"] == []
    assert ec2.listed(multiNodeJobId=job_id, jobStatus="SUCCEEDED") == []


def test_the_tags_of_a_node_are_not_there_to_change(ec2: Driver) -> None:
    job_id = gang(ec2, tags={"team": "a"})
    node = ec2.describe(f"{job_id}#1")
    with pytest.raises(ClientError):
        ec2.client.tag_resource(resourceArn=node["jobArn"], tags={"a": "b"})


def test_the_arn_of_a_node_is_that_of_its_job_and_its_index(ec2: Driver) -> None:
    job_id = gang(ec2)
    arn = ec2.describe(job_id)["jobArn"]
    assert [ec2.describe(f"{job_id}#{index}")["jobArn"] for index in range(3)] == [
        f"{arn}#{index}" for index in range(3)
    ]


def test_a_node_that_cannot_pull_its_image_never_runs_and_affects_no_other(ec2: Driver) -> None:
    ec2.mock.on("job", node=0).succeeds(after="10m")
    ec2.mock.on("job", node=1).cannot_pull()
    job_id = gang(ec2)
    assert ec2.finish(job_id)["status"] == "SUCCEEDED"
    node = ec2.describe(f"{job_id}#1")
    assert (node["status"], node["statusReason"]) == ("FAILED", "Task failed to start")
    assert "busybox" in node["container"]["reason"]
    assert "startedAt" not in node
    assert "logStreamName" not in node["attempts"][0]["container"]
    assert ec2.view(f"{job_id}#1").statuses[-2:] == ["STARTING", "FAILED"]


def test_the_events_of_a_node_show_the_wish_to_end_it_in_the_attempt_that_it_was_about(
    ec2: Driver,
) -> None:
    ec2.mock.on("job", node=0).attempts(fails(after="10m"), succeeds(after="10m"))
    heard = []
    ec2.mock.events.subscribe(lambda event, context: heard.append(event))
    job_id = gang(ec2, retryStrategy={"attempts": 2})
    for attempt in (1, 2):
        ec2.reach(f"{job_id}#1", "RUNNING")
        ec2.client.terminate_job(jobId=f"{job_id}#1", reason=f"wish {attempt}")
        ec2.mock.run_until(lambda number=attempt: len(ec2.view(job_id).attempts) == number)
    assert list(ec2.mock.events) == heard
    told = [event["detail"] for event in heard if event["detail"]["jobId"] == f"{job_id}#1"]
    flags = [(it["status"], it.get("statusReason"), it.get("isTerminated")) for it in told]
    life = [(status, None, None) for status in ("RUNNABLE", "STARTING", "RUNNING")]
    assert flags == [*life, ("FAILED", "wish 1", True), *life, ("FAILED", "wish 2", True)]
