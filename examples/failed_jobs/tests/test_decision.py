"""Decisions about events that a real account might send, without the rest of Batch."""

from __future__ import annotations

from failed_jobs.decision import Decision, decide


def a_job(**members):
    needs = [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "512"}]
    return {"jobName": "x", "container": {"resourceRequirements": needs}, "tags": {}, **members}


def test_a_failure_without_any_reason_is_for_a_person():
    assert decide(a_job()) == Decision("no reason given")


def test_a_job_of_several_nodes_is_for_a_person():
    job = a_job(container={}, statusReason="Host EC2 (instance i-1) terminated.")

    assert decide(job).memory is None


def test_a_host_that_is_lost_again_and_again_is_for_a_person():
    reason = "Host EC2 (instance i-1) terminated."
    tags = {"failed-jobs:resubmits": "3"}

    assert decide(a_job(statusReason=reason)).memory == 512
    assert decide(a_job(statusReason=reason, tags=tags)).memory is None
