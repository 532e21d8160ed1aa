"""dependsOn between single jobs."""

from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import ClientError

from behaviour.conftest import Driver
from pytest_batchmock import fails, succeeds

pytestmark = pytest.mark.batchmock(clock="manual", start="2026-03-01T12:00:00+00:00")

DEPENDENT_FAILED = "Dependent Job failed"


def on(*job_ids: str) -> list[dict[str, str]]:
    """The dependsOn of these jobs."""
    return [{"jobId": job_id} for job_id in job_ids]


def test_a_job_waits_until_the_other_has_succeeded(ec2: Driver) -> None:
    first = ec2.submit("first")
    second = ec2.submit("second", dependsOn=on(first))
    ec2.reach(first, "RUNNING")
    assert ec2.status(second) == "PENDING"
    ec2.finish(first)
    assert ec2.status(second) == "RUNNABLE"


def test_a_job_waits_for_all_of_20_others(ec2: Driver) -> None:
    ec2.mock.on("slow").succeeds(after="1h")
    upstream = [ec2.submit(f"job-{number}") for number in range(19)] + [ec2.submit("slow")]
    last = ec2.submit("last", dependsOn=on(*upstream))
    ec2.mock.advance("59m")
    assert ec2.status(last) == "PENDING"
    assert ec2.finish(last)["status"] == "SUCCEEDED"
    assert len(ec2.describe(last)["dependsOn"]) == 20


def test_a_21st_dependency_is_refused(ec2: Driver) -> None:
    upstream = [ec2.submit() for _ in range(21)]
    with pytest.raises(ClientError, match="Job cannot have more than 20 dependencies, RequestId: "):
        ec2.submit("last", dependsOn=on(*upstream))


def test_a_dependency_that_has_succeeded_is_met(ec2: Driver) -> None:
    first = ec2.submit("first")
    ec2.finish(first)
    second = ec2.submit("second", dependsOn=on(first))
    ec2.finish(second)
    assert ec2.view(second).statuses == [*("SUBMITTED", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED")]


def test_a_dependency_that_has_failed_fails_the_job(ec2: Driver) -> None:
    ec2.mock.on("first").fails()
    first = ec2.submit("first")
    ec2.finish(first)
    job = ec2.finish(ec2.submit("second", dependsOn=on(first)))
    assert (job["status"], job["statusReason"]) == ("FAILED", DEPENDENT_FAILED)


def test_a_dependency_that_fails_later_fails_the_job_in_that_instant(ec2: Driver) -> None:
    ec2.mock.on("first").fails(after="1h")
    first = ec2.submit("first")
    second = ec2.submit("second", dependsOn=on(first))
    upstream = ec2.finish(first)
    job = ec2.describe(second)
    assert (job["status"], job["statusReason"]) == ("FAILED", DEPENDENT_FAILED)
    assert job["stoppedAt"] == upstream["stoppedAt"]


def test_a_failure_cascades_down_the_chain(ec2: Driver) -> None:
    ec2.mock.on("job-0").fails()
    chain = [ec2.submit("job-0")]
    for number in range(1, 6):
        chain.append(ec2.submit(f"job-{number}", dependsOn=on(chain[-1])))
    ec2.mock.run_until_idle()
    reasons = [ec2.describe(job)["statusReason"] for job in chain[1:]]
    assert reasons == [DEPENDENT_FAILED] * 5


def test_a_failure_cascades_down_a_chain_of_1000(ec2: Driver) -> None:
    ec2.mock.on("first").fails()
    job_id = ec2.submit("first")
    for _ in range(1000):
        job_id = ec2.submit("next", dependsOn=on(job_id))
    ec2.mock.run_until_idle()
    assert ec2.describe(job_id)["statusReason"] == DEPENDENT_FAILED


def test_one_failed_dependency_of_several_fails_the_job_without_waiting_for_the_rest(
    ec2: Driver,
) -> None:
    ec2.mock.on("bad").fails()
    ec2.mock.on("slow").hangs()
    job = ec2.submit(dependsOn=on(ec2.submit("slow"), ec2.submit("bad")))
    assert ec2.finish(job)["statusReason"] == DEPENDENT_FAILED


def test_a_diamond_runs_in_order(ec2: Driver) -> None:
    top = ec2.submit("top")
    sides = [ec2.submit(f"side-{number}", dependsOn=on(top)) for number in range(2)]
    bottom = ec2.submit("bottom", dependsOn=on(*sides))
    ended = ec2.finish(bottom)
    for side in map(ec2.describe, sides):
        assert ec2.describe(top)["stoppedAt"] < side["startedAt"]
        assert side["stoppedAt"] < ended["startedAt"]


def test_an_attempt_that_is_retried_does_not_fail_the_dependents(ec2: Driver) -> None:
    ec2.mock.on("first").attempts(fails(), fails(), succeeds())
    first = ec2.submit("first", retryStrategy={"attempts": 3})
    second = ec2.submit("second", dependsOn=on(first))
    assert ec2.finish(second)["status"] == "SUCCEEDED"


@pytest.mark.parametrize("kind", ["id", "arn"])
def test_an_arn_names_a_dependency_as_well_as_an_id_and_the_answer_has_the_id(
    ec2: Driver, kind: str
) -> None:
    first = ec2.submit("first")
    given = ec2.describe(first)["jobArn"] if kind == "arn" else first
    second = ec2.submit("second", dependsOn=on(given))
    assert ec2.describe(second)["dependsOn"] == on(first)
    ec2.reach(second, "PENDING")
    assert ec2.finish(second)["status"] == "SUCCEEDED"


def test_the_same_dependency_twice_is_met_once_for_both(ec2: Driver) -> None:
    first = ec2.submit("first")
    second = ec2.submit("second", dependsOn=on(first, first))
    assert ec2.finish(second)["status"] == "SUCCEEDED"


def test_sequential_with_a_job_id_is_a_plain_dependency(ec2: Driver) -> None:
    first = ec2.submit("first")
    second = ec2.submit("second", dependsOn=[{"jobId": first, "type": "SEQUENTIAL"}])
    ec2.reach(first, "RUNNING")
    assert ec2.status(second) == "PENDING"
    assert ec2.finish(second)["status"] == "SUCCEEDED"


def test_an_unknown_dependency_is_refused_and_no_job_made(ec2: Driver) -> None:
    with pytest.raises(ClientError, match="does not exist") as refusal:
        ec2.submit(dependsOn=on("00000000-0000-4000-8000-000000000000"))
    assert refusal.value.response["Error"]["Code"] == "ClientException"
    assert len(ec2.mock.jobs) == 0


def test_a_name_in_place_of_an_id_is_refused_with_the_id_that_was_meant(ec2: Driver) -> None:
    first = ec2.submit("first")
    with pytest.raises(ClientError, match=first):
        ec2.submit(dependsOn=on("first"))


def test_a_dependency_past_its_retention_is_refused(ec2: Driver) -> None:
    first = ec2.submit("first")
    ec2.finish(first)
    ec2.mock.advance("7d")
    with pytest.raises(ClientError, match="does not exist"):
        ec2.submit(dependsOn=on(first))


def test_dependencies_cross_queues(ec2: Driver) -> None:
    ec2.mock.defaults(name="other", spot=True)
    first = ec2.submit("first", jobQueue="other")
    second = ec2.submit("second", dependsOn=on(first))
    ec2.reach(second, "PENDING")
    assert ec2.finish(second)["status"] == "SUCCEEDED"


def test_dependencies_do_not_cross_regions(ec2: Driver) -> None:
    first = ec2.submit("first")
    elsewhere = boto3.client("batch", region_name="eu-west-1")
    assert elsewhere.describe_jobs(jobs=[first])["jobs"] == []


# Cancel and terminate of a job that waits


@pytest.mark.parametrize(
    ("call", "flag"), [("cancel_job", "isCancelled"), ("terminate_job", "isTerminated")]
)
def test_a_pending_job_is_cancelled_at_once_but_ends_when_its_dependencies_have(
    ec2: Driver, call: str, flag: str
) -> None:
    ec2.mock.on("first").succeeds(after="1h")
    first = ec2.submit("first")
    second = ec2.submit("second", dependsOn=on(first))
    ec2.reach(second, "PENDING")
    getattr(ec2.client, call)(jobId=second, reason="not needed")
    ec2.mock.advance("30m")
    waiting = ec2.describe(second)
    assert (waiting["status"], waiting[flag]) == ("PENDING", True)
    upstream = ec2.finish(first)
    ended = ec2.describe(second)
    assert (ended["status"], ended["statusReason"]) == ("FAILED", "not needed")
    assert ended["stoppedAt"] == upstream["stoppedAt"]
    assert ended["attempts"] == []


def test_a_cancelled_pending_job_keeps_the_users_reason_if_its_dependency_fails(ec2: Driver) -> None:
    ec2.mock.on("first").fails()
    first = ec2.submit("first")
    second = ec2.submit("second", dependsOn=on(first))
    ec2.reach(second, "PENDING")
    ec2.client.cancel_job(jobId=second, reason="not needed")
    assert ec2.finish(second)["statusReason"] == "not needed"


def test_a_cancelled_pending_job_fails_its_own_dependents_when_it_ends(ec2: Driver) -> None:
    first = ec2.submit("first")
    second = ec2.submit("second", dependsOn=on(first))
    third = ec2.submit("third", dependsOn=on(second))
    ec2.reach(third, "PENDING")
    ec2.client.cancel_job(jobId=second, reason="not needed")
    assert ec2.status(third) == "PENDING"
    assert ec2.finish(third)["statusReason"] == DEPENDENT_FAILED


def test_dependents_of_a_terminated_job_fail(ec2: Driver) -> None:
    first = ec2.submit("first")
    second = ec2.submit("second", dependsOn=on(first))
    ec2.reach(first, "RUNNING")
    ec2.client.terminate_job(jobId=first, reason="enough")
    assert ec2.finish(second)["statusReason"] == DEPENDENT_FAILED


# The entries


@pytest.mark.parametrize("kind", ["N_TO_N", "SEQUENTIAL"])
def test_an_entry_has_one_of_two_types_and_is_shown_as_it_was_given(ec2: Driver, kind: str) -> None:
    first = ec2.submit("first", arrayProperties={"size": 2})
    entries = [{"jobId": first, "type": kind}]
    second = ec2.submit("second", arrayProperties={"size": 2}, dependsOn=entries)
    assert ec2.describe(second)["dependsOn"] == entries


def test_an_entry_of_another_type_is_refused(ec2: Driver) -> None:
    first = ec2.submit("first")
    with pytest.raises(ClientError, match="PARALLEL") as refusal:
        ec2.submit("second", dependsOn=[{"jobId": first, "type": "PARALLEL"}])
    assert refusal.value.response["Error"]["Code"] == "ClientException"


def test_nobody_can_depend_on_himself_as_an_id_comes_with_the_answer(ec2: Driver) -> None:
    """So there are no circles: whatever a job can name was submitted before it."""
    first = ec2.submit("first")
    second = ec2.submit("second", dependsOn=on(first))
    created = [ec2.describe(job)["createdAt"] for job in (first, second)]
    assert created == sorted(created)
    with pytest.raises(ClientError, match="does not exist"):
        ec2.submit("third", dependsOn=on("third"))


def test_sequential_without_a_job_id_needs_an_array(ec2: Driver) -> None:
    with pytest.raises(ClientError, match="array jobs"):
        ec2.submit(dependsOn=[{"type": "SEQUENTIAL"}])
