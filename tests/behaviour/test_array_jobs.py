"""Array jobs: the parent stands for its children (user guide, array_jobs)."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_batchmock import fails, reclaimed, succeeds

COUNTED = {"SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED", "FAILED"}


def array(batch: Any, size: int = 3, name: str = "job", **members: Any) -> str:
    job: str = batch.submit(name, arrayProperties={"size": size}, **members)
    return job


def children(batch: Any, parent: str, size: int = 3) -> list[str]:
    """The statuses of the children by their index."""
    ids = [f"{parent}:{index}" for index in range(size)]
    found = {job["jobId"]: job["status"] for job in batch.client.describe_jobs(jobs=ids)["jobs"]}
    return [found[job_id] for job_id in ids]


def test_a_parent_is_pending_while_its_children_run_and_succeeds_with_all_of_them(ec2):
    parent = array(ec2)
    ec2.finish(parent)
    assert ec2.view(parent).statuses == ["SUBMITTED", "PENDING", "SUCCEEDED"]
    assert children(ec2, parent) == ["SUCCEEDED"] * 3
    assert "RUNNING" in ec2.view(f"{parent}:0").statuses


@pytest.mark.parametrize("size", [0, 1, 10_001])
def test_a_size_outside_2_to_10000_is_refused(ec2, size):
    with pytest.raises(ec2.client.exceptions.ClientException):
        array(ec2, size)


def test_children_share_name_definition_queue_retries_and_time_limit_of_the_parent(ec2):
    members = {"retryStrategy": {"attempts": 2}, "timeout": {"attemptDurationSeconds": 90}}
    parent = array(ec2, name="split", **members)
    ec2.reach(f"{parent}:2", "RUNNING")
    shown, child = ec2.describe(parent), ec2.describe(f"{parent}:2")
    assert child["jobArn"] == f"{shown['jobArn']}:2"
    for member in ("jobName", "jobDefinition", "jobQueue", "retryStrategy", "timeout"):
        assert child[member] == shown[member]


def test_a_running_parent_is_found_among_the_pending_and_never_among_the_running(ec2):
    parent = array(ec2)
    ec2.reach(f"{parent}:0", "RUNNING")
    assert ec2.listed() == []
    assert [job["jobId"] for job in ec2.listed(jobStatus="PENDING")] == [parent]


def test_one_failed_child_fails_the_parent_when_all_others_have_ended(ec2):
    ec2.mock.on("job").succeeds(after="10m")
    ec2.mock.on("job", index=1).fails(exit_code=3, after="1m")
    parent = array(ec2)
    ec2.reach(f"{parent}:1", "FAILED")
    assert ec2.status(parent) == "PENDING"
    ended = ec2.finish(parent)
    assert (ended["status"], ended["statusReason"]) == ("FAILED", "Array Child Job failed")
    assert children(ec2, parent) == ["SUCCEEDED", "FAILED", "SUCCEEDED"]


def test_the_status_summary_counts_every_child_with_zeros_and_sums_to_the_size(ec2):
    parent = array(ec2)
    ec2.reach(f"{parent}:0", "RUNNING")
    properties = ec2.describe(parent)["arrayProperties"]
    assert properties["statusSummary"].keys() == COUNTED
    assert sum(properties["statusSummary"].values()) == properties["size"] == 3
    assert properties["statusSummaryLastUpdatedAt"] == ec2.describe(f"{parent}:0")["startedAt"]
    assert ec2.describe(f"{parent}:1")["arrayProperties"] == {"index": 1}


def test_a_child_finds_its_index_the_size_and_its_full_id(ec2):
    seen = {}

    def note(job: Any) -> None:
        seen[job.id] = job.environment

    ec2.mock.on("job").runs(note)
    parent = array(ec2, 2)
    ec2.finish(parent)
    for index in range(2):
        environment = seen[f"{parent}:{index}"]
        assert environment["AWS_BATCH_JOB_ARRAY_INDEX"] == str(index)
        assert environment["AWS_BATCH_JOB_ARRAY_SIZE"] == "2"
        assert environment["AWS_BATCH_JOB_ID"] == f"{parent}:{index}"


def test_a_cancel_of_the_parent_ends_those_who_wait_and_leaves_those_who_run(batch):
    batch.mock.defaults(max_vcpus=1)
    parent = array(batch)
    batch.reach(f"{parent}:0", "RUNNING")
    batch.client.cancel_job(jobId=parent, reason="enough")
    ended = batch.finish(parent)
    assert children(batch, parent) == ["SUCCEEDED", "FAILED", "FAILED"]
    assert batch.describe(f"{parent}:1")["statusReason"] == "enough"
    assert ended["status"] == "FAILED"


def test_a_terminate_of_the_parent_ends_all_its_children(batch):
    batch.mock.defaults(max_vcpus=1)
    parent = array(batch)
    batch.reach(f"{parent}:0", "RUNNING")
    batch.client.terminate_job(jobId=parent, reason="enough")
    ended = batch.finish(parent)
    assert children(batch, parent) == ["FAILED"] * 3
    assert ended["statusReason"] == "enough"


def test_a_terminate_of_one_child_leaves_the_others_and_fails_the_parent(ec2):
    parent = array(ec2)
    ec2.reach(f"{parent}:1", "RUNNING")
    ec2.client.terminate_job(jobId=f"{parent}:1", reason="enough")
    assert ec2.finish(parent)["statusReason"] == "Array Child Job failed"
    assert children(ec2, parent) == ["SUCCEEDED", "FAILED", "SUCCEEDED"]


def test_children_are_listed_by_the_parent_and_a_status(ec2):
    parent = array(ec2)
    ec2.reach(f"{parent}:0", "RUNNING")
    running = ec2.listed(arrayJobId=parent)
    assert [job["jobId"] for job in running] == [f"{parent}:{index}" for index in range(3)]
    assert [job["arrayProperties"] for job in running] == [{"index": index} for index in range(3)]
    assert ec2.listed(arrayJobId=parent, jobStatus="SUCCEEDED") == []


def test_each_child_has_attempts_of_its_own(ec2):
    ec2.mock.on("job", index=0).attempts(fails(), succeeds())
    parent = array(ec2, 2, retryStrategy={"attempts": 3})
    assert ec2.finish(parent)["status"] == "SUCCEEDED"
    assert len(ec2.describe(f"{parent}:0")["attempts"]) == 2
    assert len(ec2.describe(f"{parent}:1")["attempts"]) == 1


def test_a_parent_has_no_attempt_and_no_log_stream(ec2):
    parent = array(ec2, timeout={"attemptDurationSeconds": 60})
    ended = ec2.finish(parent)
    assert ended["attempts"] == []
    assert "logStreamName" not in ended["container"]


def test_a_child_over_its_time_limit_fails_alone(ec2):
    ec2.mock.on("job", index=0).hangs()
    parent = array(ec2, 2, timeout={"attemptDurationSeconds": 120})
    ec2.finish(parent)
    assert children(ec2, parent, 2) == ["FAILED", "SUCCEEDED"]
    assert ec2.describe(f"{parent}:0")["statusReason"] == "Job attempt duration exceeded timeout"


def test_children_are_spawned_when_the_parents_dependency_has_succeeded(ec2):
    first = ec2.submit("first")
    parent = array(ec2, dependsOn=[{"jobId": first}])
    ec2.reach(first, "RUNNING")
    assert ec2.client.describe_jobs(jobs=[f"{parent}:0"])["jobs"] == []
    ec2.finish(first)
    assert ec2.finish(parent)["status"] == "SUCCEEDED"
    assert ec2.describe(f"{parent}:0")["createdAt"] >= ec2.describe(first)["stoppedAt"]
    assert ec2.describe(parent)["createdAt"] < ec2.describe(f"{parent}:0")["createdAt"]


def test_a_job_that_depends_on_an_array_waits_for_all_its_children(ec2):
    ec2.mock.on("job", index=2).succeeds(after="10m")
    parent = array(ec2)
    after = ec2.submit("after", dependsOn=[{"jobId": parent}])
    ec2.reach(f"{parent}:0", "SUCCEEDED")
    assert ec2.status(after) == "PENDING"
    ec2.finish(after)
    assert ec2.describe(after)["startedAt"] > ec2.describe(f"{parent}:2")["stoppedAt"]


def test_sequential_children_run_one_after_the_other(ec2):
    parent = array(ec2, dependsOn=[{"type": "SEQUENTIAL"}])
    ec2.finish(parent)
    shown = [ec2.describe(f"{parent}:{index}") for index in range(3)]
    assert shown[0]["stoppedAt"] < shown[1]["startedAt"]
    assert shown[1]["stoppedAt"] < shown[2]["startedAt"]


def test_a_sequential_child_that_fails_fails_those_behind_it(ec2):
    ec2.mock.on("job", index=1).fails()
    parent = array(ec2, dependsOn=[{"type": "SEQUENTIAL"}])
    ec2.finish(parent)
    assert children(ec2, parent) == ["SUCCEEDED", "FAILED", "FAILED"]
    last = ec2.describe(f"{parent}:2")
    assert (last["statusReason"], last["attempts"]) == ("Dependent Job failed", [])


def test_n_to_n_pairs_the_children_by_their_index(ec2):
    ec2.mock.on("split", index=0).succeeds(after="10m")
    ec2.mock.on("split", index=1).fails()
    split = array(ec2, name="split")
    merge = array(ec2, name="merge", dependsOn=[{"jobId": split, "type": "N_TO_N"}])
    ec2.reach(f"{merge}:2", "SUCCEEDED")
    assert ec2.status(f"{split}:0") == "RUNNING"
    assert ec2.status(f"{merge}:0") == "PENDING"
    ec2.finish(merge)
    assert children(ec2, merge) == ["SUCCEEDED", "FAILED", "SUCCEEDED"]


def test_n_to_n_of_another_size_or_of_no_array_is_refused(ec2):
    split, single = array(ec2, 2), ec2.submit()
    for upstream in (split, single):
        with pytest.raises(ec2.client.exceptions.ClientException, match="must be an array job"):
            array(ec2, 3, dependsOn=[{"jobId": upstream, "type": "N_TO_N"}])


def test_a_job_may_depend_on_one_child(ec2):
    ec2.mock.on("job", index=0).succeeds(after="10m")
    parent = array(ec2)
    ec2.reach(f"{parent}:1", "RUNNING")
    after = ec2.submit("after", dependsOn=[{"jobId": f"{parent}:1"}])
    ec2.finish(after)
    assert ec2.status(f"{parent}:0") == "RUNNING"


def test_a_reclaim_of_one_child_retries_that_child_and_the_parent_stays_pending(spot):
    spot.mock.on("job", index=1).attempts(reclaimed(after="30s"), succeeds())
    parent = array(spot, retryStrategy={"attempts": 2})
    spot.reach(f"{parent}:1", "RUNNING")
    spot.mock.run_until(lambda: len(spot.view(f"{parent}:1").attempts) == 1)
    shown = spot.describe(parent)
    counts = shown["arrayProperties"]["statusSummary"]
    assert shown["status"] == "PENDING"
    assert (counts["RUNNABLE"], counts["RUNNING"]) == (1, 2)
    assert spot.finish(parent)["status"] == "SUCCEEDED"


def test_the_tags_of_a_child_are_not_there_to_change(ec2):
    parent = array(ec2, tags={"team": "a"})
    ec2.reach(f"{parent}:0", "RUNNING")
    arn = ec2.describe(f"{parent}:0")["jobArn"]
    with pytest.raises(ec2.client.exceptions.ClientException):
        ec2.client.tag_resource(resourceArn=arn, tags={"a": "b"})
