"""Array jobs: the parent stands for its children (user guide, array_jobs)."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_batchmock import fails, reclaimed, succeeds

pytestmark = pytest.mark.batchmock(clock="manual", start="2026-03-01T12:00:00+00:00")

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


def test_a_child_can_be_depended_on_from_the_moment_its_array_is_submitted(ec2):
    ec2.mock.on("job", index=0).succeeds(after="10m")
    ec2.mock.on("job", index=1).succeeds(after="20m")
    parent = array(ec2)
    after = ec2.submit("after", dependsOn=[{"jobId": f"{parent}:{index}"} for index in (0, 1)])
    arn = ec2.describe(parent)["jobArn"]
    by_arn = ec2.submit("by-arn", dependsOn=[{"jobId": f"{arn}:2"}])
    ec2.finish(by_arn)
    assert ec2.status(f"{parent}:0") == "RUNNING"
    ec2.reach(f"{parent}:0", "SUCCEEDED")
    assert ec2.status(after) == "PENDING"
    ec2.finish(after)
    assert ec2.describe(after)["startedAt"] > ec2.describe(f"{parent}:1")["stoppedAt"]
    assert ec2.describe(by_arn)["dependsOn"] == [{"jobId": f"{parent}:2"}]


def test_a_child_can_be_depended_on_while_its_array_itself_waits(ec2):
    ec2.mock.on("first").succeeds(after="1h")
    first = ec2.submit("first")
    parent = array(ec2, dependsOn=[{"jobId": first}])
    ec2.reach(parent, "PENDING")
    after = ec2.submit("after", dependsOn=[{"jobId": f"{parent}:1"}])
    ec2.mock.advance("30m")
    assert ec2.status(after) == "PENDING"
    ec2.finish(after)
    assert ec2.describe(after)["startedAt"] > ec2.describe(f"{parent}:1")["stoppedAt"]


def test_an_array_may_depend_on_one_child_of_another_and_pairwise_on_the_rest(ec2):
    split = array(ec2, name="split")
    depends = [{"jobId": f"{split}:2"}, {"jobId": split, "type": "N_TO_N"}, {"type": "SEQUENTIAL"}]
    merge = array(ec2, name="merge", dependsOn=depends)
    assert ec2.finish(merge)["status"] == "SUCCEEDED"
    assert ec2.describe(f"{merge}:0")["createdAt"] >= ec2.describe(f"{split}:2")["stoppedAt"]


@pytest.mark.parametrize("how", ["fails", "cancelled"])
def test_a_job_that_depends_on_a_child_of_an_array_that_never_has_children_fails(ec2, how):
    ec2.mock.on("first").fails()
    first = ec2.submit("first")
    parent = array(ec2, dependsOn=[{"jobId": first}] if how == "fails" else [])
    after = ec2.submit("after", dependsOn=[{"jobId": f"{parent}:1"}])
    if how == "cancelled":
        ec2.client.cancel_job(jobId=parent, reason="not needed")
    assert ec2.finish(after)["statusReason"] == "Dependent Job failed"
    assert ec2.client.describe_jobs(jobs=[f"{parent}:1"])["jobs"] == []


@pytest.mark.parametrize("index", ["3", "-1", "01", "", "x", "9" * 5000])
def test_a_child_that_an_array_will_not_have_is_no_dependency(ec2, index):
    parent = array(ec2)
    for _ in range(2):
        with pytest.raises(ec2.client.exceptions.ClientException, match="does not exist"):
            ec2.submit("after", dependsOn=[{"jobId": f"{parent}:{index}"}])
        assert ec2.client.describe_jobs(jobs=[f"{parent}:{index}"])["jobs"] == []
        ec2.mock.advance("5s")


def test_n_to_n_holds_when_the_other_array_is_no_longer_kept_as_the_children_are_spawned(ec2):
    ec2.mock.on("split", index=1).fails()
    ec2.mock.on("late").succeeds(after="10d")
    split, late = array(ec2, name="split"), ec2.submit("late")
    depends = [{"jobId": split, "type": "N_TO_N"}, {"jobId": late}]
    merge = array(ec2, name="merge", dependsOn=depends)
    ec2.mock.advance("9d")
    assert ec2.client.describe_jobs(jobs=[split])["jobs"] == []
    assert ec2.status(merge) == "PENDING"
    ec2.finish(merge)
    assert children(ec2, merge) == ["SUCCEEDED", "FAILED", "SUCCEEDED"]
    assert ec2.describe(f"{merge}:1")["statusReason"] == "Dependent Job failed"


def test_a_child_is_no_array_to_be_paired_with(ec2):
    parent = array(ec2)
    for _ in range(2):
        with pytest.raises(ec2.client.exceptions.ClientException, match="it is no array job"):
            array(ec2, dependsOn=[{"jobId": f"{parent}:1", "type": "N_TO_N"}])
        ec2.reach(f"{parent}:1", "RUNNING")


def test_a_child_that_fails_for_good_fails_those_who_wait_for_it_and_not_those_who_wait_for_another(
    ec2,
):
    ec2.mock.on("job", index=0).fails()
    parent = array(ec2)
    waits = [ec2.submit("after", dependsOn=[{"jobId": f"{parent}:{index}"}]) for index in (0, 1)]
    assert [ec2.finish(job_id)["status"] for job_id in waits] == ["FAILED", "SUCCEEDED"]


def test_the_failure_of_the_first_of_10000_sequential_children_fails_all_behind_it(ec2):
    ec2.mock.on("job", index=0).fails()
    parent = array(ec2, 10_000, dependsOn=[{"type": "SEQUENTIAL"}])
    ended = ec2.finish(parent)
    assert ended["arrayProperties"]["statusSummary"]["FAILED"] == 10_000
    last = ec2.describe(f"{parent}:9999")
    assert (last["statusReason"], last["attempts"]) == ("Dependent Job failed", [])
    assert last["stoppedAt"] == ended["stoppedAt"]


def test_two_arrays_of_2000_run_pair_by_pair(ec2):
    split = array(ec2, 2000, name="split")
    merge = array(ec2, 2000, name="merge", dependsOn=[{"jobId": split, "type": "N_TO_N"}])
    ec2.finish(merge)
    for index in (0, 1000, 1999):
        upstream, child = ec2.describe(f"{split}:{index}"), ec2.describe(f"{merge}:{index}")
        assert upstream["stoppedAt"] < child["startedAt"]
    assert ec2.describe(merge)["arrayProperties"]["statusSummary"]["SUCCEEDED"] == 2000


@pytest.mark.parametrize("call", ["cancel_job", "terminate_job"])
def test_all_sequential_children_of_a_parent_that_the_user_ended_have_the_users_reason(ec2, call):
    parent = array(ec2, dependsOn=[{"type": "SEQUENTIAL"}])
    ec2.reach(f"{parent}:0", "RUNNABLE")
    getattr(ec2.client, call)(jobId=parent, reason="enough")
    assert ec2.finish(parent)["statusReason"] == "enough"
    assert {ec2.describe(f"{parent}:{index}")["statusReason"] for index in range(3)} == {"enough"}


def test_a_second_cancel_of_a_parent_reaches_children_that_wait_again(batch):
    batch.mock.defaults(max_vcpus=1)
    batch.mock.on("job").fails(after="10m")
    parent = array(batch, 2, retryStrategy={"attempts": 5})
    batch.reach(f"{parent}:0", "RUNNING")
    batch.client.cancel_job(jobId=parent, reason="enough")
    batch.reach(f"{parent}:0", "RUNNABLE")
    batch.client.cancel_job(jobId=parent, reason="really enough")
    assert batch.finish(parent)["statusReason"] == "enough"
    assert batch.describe(f"{parent}:0")["statusReason"] == "really enough"


@pytest.mark.parametrize("call", ["cancel_job", "terminate_job"])
def test_a_parent_that_was_ended_while_it_waits_never_has_children(ec2, call):
    ec2.mock.on("first").succeeds(after="1h")
    first = ec2.submit("first")
    parent = array(ec2, dependsOn=[{"jobId": first}])
    ec2.reach(parent, "PENDING")
    getattr(ec2.client, call)(jobId=parent, reason="not needed")
    ec2.mock.advance("30m")
    assert ec2.status(parent) == "PENDING"  # until what it waits for has completed
    ended = ec2.finish(parent)
    assert (ended["status"], ended["statusReason"]) == ("FAILED", "not needed")
    assert sum(ended["arrayProperties"]["statusSummary"].values()) == 0
    assert ec2.client.describe_jobs(jobs=[f"{parent}:0"])["jobs"] == []


def test_children_are_listed_of_arrays_and_nodes_of_multi_node_jobs_alone(ec2):
    parent = array(ec2)
    ec2.reach(f"{parent}:0", "RUNNING")
    assert len(ec2.listed(arrayJobId=parent)) == 3
    assert ec2.listed(multiNodeJobId=parent) == []
    assert ec2.listed(arrayJobId=f"{parent}:0") == []


def test_what_a_child_and_its_parent_wait_for_is_explained(ec2):
    ec2.mock.on("split").hangs()
    split = array(ec2, name="split")
    depends = [{"jobId": split, "type": "N_TO_N"}, {"type": "SEQUENTIAL"}]
    merge = array(ec2, name="merge", dependsOn=depends)
    ec2.reach(f"{split}:2", "RUNNING")

    def explained(job_id: str) -> str:
        return ec2.mock.explain(ec2.view(job_id))

    assert f"waits for split ({split}:1, RUNNING), merge ({merge}:0, PENDING)" in explained(f"{merge}:1")
    assert f"waits for its children (3 PENDING); merge ({merge}:0) is PENDING" in explained(merge)
    assert explained(merge).endswith(f"waits for split ({split}:0, RUNNING)")


def test_a_job_that_waits_for_a_child_that_is_not_there_yet_says_so(ec2):
    ec2.mock.on("first").hangs()
    parent = array(ec2, dependsOn=[{"jobId": ec2.submit("first")}])
    after = ec2.submit("after", dependsOn=[{"jobId": f"{parent}:1"}])
    ec2.reach(after, "PENDING")
    assert ec2.mock.explain(ec2.view(after)).endswith(f"waits for job ({parent}:1, not made yet)")
    ec2.client.cancel_job(jobId=after, reason="not needed")
    assert "is to end for 'not needed', but waits for job" in ec2.mock.explain(ec2.view(after))


def test_the_rules_of_a_retry_are_applied_to_each_child_alone(spot):
    spot.mock.on("job", index=0).attempts(reclaimed(after="30s"), succeeds())
    spot.mock.on("job", index=1).fails(exit_code=1)
    rules = [{"onStatusReason": "Host EC2*", "action": "RETRY"}, {"onReason": "*", "action": "EXIT"}]
    parent = array(spot, retryStrategy={"attempts": 5, "evaluateOnExit": rules})
    assert spot.finish(parent)["status"] == "FAILED"
    assert children(spot, parent) == ["SUCCEEDED", "FAILED", "SUCCEEDED"]
    attempts = [len(spot.describe(f"{parent}:{index}")["attempts"]) for index in range(3)]
    assert attempts == [2, 1, 1]


def test_an_array_and_its_children_are_forgotten_together(ec2):
    parent = array(ec2)
    ec2.finish(parent)
    ids = [parent, *(f"{parent}:{index}" for index in range(3))]
    ec2.mock.advance("6d 23h")
    assert len(ec2.client.describe_jobs(jobs=ids)["jobs"]) == 4
    ec2.mock.advance("2h")
    assert ec2.client.describe_jobs(jobs=ids)["jobs"] == []
    assert ec2.listed(arrayJobId=parent, jobStatus="SUCCEEDED") == []


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


def test_tags_are_the_parents_and_not_its_childrens(ec2):
    parent = array(ec2, tags={"team": "a"})
    ec2.reach(f"{parent}:0", "RUNNING")
    assert ec2.describe(parent)["tags"] == {"team": "a"}
    assert ec2.describe(f"{parent}:0")["tags"] == {}


def test_a_parent_starts_with_its_first_child_and_stops_with_its_last(ec2):
    ec2.mock.on("job", index=2).succeeds(after="10m")
    parent = array(ec2, dependsOn=[{"type": "SEQUENTIAL"}])
    ec2.reach(f"{parent}:0", "STARTING")
    assert {"startedAt", "stoppedAt"}.isdisjoint(ec2.describe(parent))
    ec2.reach(f"{parent}:1", "RUNNING")
    assert "stoppedAt" not in ec2.describe(parent)
    ended = ec2.finish(parent)
    assert ended["startedAt"] == ec2.describe(f"{parent}:0")["startedAt"]
    assert ended["stoppedAt"] == ec2.describe(f"{parent}:2")["stoppedAt"]


def test_a_parent_of_which_no_child_ran_has_no_start(ec2):
    parent = array(ec2)
    ec2.reach(f"{parent}:0", "RUNNABLE")
    ec2.client.cancel_job(jobId=parent, reason="enough")
    assert "startedAt" not in ec2.finish(parent)


@pytest.mark.parametrize("how", ["failure", "cancel", "terminate"])
def test_one_child_that_does_not_succeed_fails_the_parent_with_its_reason(batch, how):
    batch.mock.defaults(max_vcpus=1)
    if how == "failure":
        batch.mock.on("job", index=2).fails()
    parent = array(batch)
    batch.reach(f"{parent}:0", "RUNNING")
    if how == "cancel":
        batch.client.cancel_job(jobId=f"{parent}:2", reason="enough")
    elif how == "terminate":
        batch.client.terminate_job(jobId=f"{parent}:2", reason="enough")
    ended = batch.finish(parent)
    assert (ended["status"], ended["statusReason"]) == ("FAILED", "Array Child Job failed")
    assert children(batch, parent) == ["SUCCEEDED", "SUCCEEDED", "FAILED"]


def test_overrides_and_parameters_are_those_of_every_child(ec2):
    environment = [{"name": "LEVEL", "value": "3"}]
    command = ["run", "Ref::what"]
    seen = []
    ec2.mock.on("job").runs(lambda job: seen.append((job.command, job.environment["LEVEL"])))
    parent = array(
        ec2,
        2,
        parameters={"what": "stones"},
        containerOverrides={"environment": environment, "command": command},
    )
    ec2.finish(parent)
    assert seen == [(["run", "stones"], "3")] * 2
    for index in range(2):
        child = ec2.describe(f"{parent}:{index}")
        assert child["container"]["environment"] == environment
        assert child["parameters"] == {"what": "stones"}


def test_filters_do_not_apply_to_children(ec2):
    ec2.mock.on("job", index=2).hangs()
    parent = array(ec2)
    ec2.reach(f"{parent}:0", "SUCCEEDED")
    filters = [{"name": "JOB_NAME", "values": ["something-else"]}]
    running = ec2.listed(arrayJobId=parent, filters=filters)
    assert [job["jobId"] for job in running] == [f"{parent}:2"]


def test_children_are_not_in_the_listing_of_their_queue(ec2):
    parent = array(ec2)
    ec2.reach(f"{parent}:0", "RUNNING")
    everything = ec2.listed(filters=[{"name": "JOB_NAME", "values": ["*"]}])
    assert [job["jobId"] for job in everything] == [parent]
    for status in COUNTED - {"PENDING"}:
        assert ec2.listed(jobStatus=status) == []


def test_a_parent_becomes_pending_when_its_children_can_run(ec2):
    first = ec2.submit("first")
    parent = array(ec2, dependsOn=[{"jobId": first}])
    ec2.reach(first, "RUNNING")
    ec2.reach(f"{parent}:0", "RUNNABLE")
    assert ec2.status(parent) == "PENDING"


def test_the_children_of_a_cancelled_parent_that_run_go_on_to_their_end(batch):
    batch.mock.defaults(max_vcpus=1)
    parent = array(batch)
    batch.reach(f"{parent}:0", "RUNNING")
    batch.client.cancel_job(jobId=parent, reason="enough")
    assert batch.status(parent) == "PENDING"
    assert batch.status(f"{parent}:0") == "RUNNING"
    assert batch.describe(parent)["isCancelled"] is True
    assert batch.finish(parent)["stoppedAt"] == batch.describe(f"{parent}:0")["stoppedAt"]


def test_the_time_limit_is_that_of_each_child_and_the_parent_has_none(ec2):
    ec2.mock.on("job", index=0).succeeds(after="100s")
    ec2.mock.on("job", index=1).succeeds(after="100s")
    limit = {"attemptDurationSeconds": 120}
    parent = array(ec2, 2, timeout=limit, dependsOn=[{"type": "SEQUENTIAL"}])
    ended = ec2.finish(parent)
    assert ended["status"] == "SUCCEEDED"
    assert ended["stoppedAt"] - ended["startedAt"] > 200_000
