"""What a test says will happen to jobs happens, at the time it says, to the jobs it names."""

from __future__ import annotations

import threading
import time
from typing import Any

import boto3
import pytest

from pytest_batchmock import (
    BatchMock,
    MockUsageError,
    StalledError,
    cannot_pull,
    fails,
    hangs,
    host_lost,
    out_of_memory,
    reclaimed,
    runs,
    service_error,
    succeeds,
)
from pytest_batchmock.observe.jobs import JobView

manual = pytest.mark.batchmock(clock="manual", start="2026-03-01T12:00:00+00:00")
EXITED = "Essential container in task exited"


@pytest.fixture
def batch(batchmock: BatchMock) -> BatchMock:
    """The mock, with Spot capacity, a queue and a definition called "default"."""
    batchmock.defaults(spot=True)
    return batchmock


def submit(name: str = "job", **members: Any) -> str:
    """Submit a job with the default client and return its id."""
    request = {"jobQueue": "default", "jobDefinition": "default", **members}
    job_id: str = boto3.client("batch").submit_job(jobName=name, **request)["jobId"]
    return job_id


def ended(mock: BatchMock, name: str = "job", **members: Any) -> JobView:
    """Submit a job, let it end, and return what the mock knows of it."""
    job = mock.jobs.get(submit(name, **members))
    mock.run_until(lambda: job.is_terminal)
    return job


def run_seconds(job: JobView) -> float:
    """How long the last attempt ran."""
    assert job.started_at is not None
    assert job.stopped_at is not None
    return (job.stopped_at - job.started_at).total_seconds()


@manual
@pytest.mark.parametrize(
    ("outcome", "status", "status_reason", "exit_code", "reason"),
    [
        (succeeds(), "SUCCEEDED", EXITED, 0, None),
        (fails(), "FAILED", EXITED, 1, None),
        (fails(exit_code=3, reason="bad input"), "FAILED", EXITED, 3, "bad input"),
        (reclaimed(), "FAILED", "Host EC2 (instance i-", None, None),
        (reclaimed(exit_code=143), "FAILED", "Host EC2 (instance i-", 143, None),
        (host_lost(), "FAILED", "Host EC2 (instance i-", None, None),
        (service_error(), "FAILED", EXITED, None, "CannotInspectContainerError: "),
        (service_error(reason="DockerTimeoutError"), "FAILED", EXITED, None, "DockerTimeoutError"),
        (out_of_memory(), "FAILED", EXITED, 137, "OutOfMemoryError: "),
        (cannot_pull(), "FAILED", "Task failed to start", None, "CannotPullContainerError: "),
        (cannot_pull(reason="AGENT"), "FAILED", "Task failed to start", None, "AGENT"),
    ],
    ids=str,
)
def test_each_outcome_ends_the_job_as_it_says(
    batch: BatchMock,
    outcome: Any,
    status: str,
    status_reason: str,
    exit_code: int | None,
    reason: str | None,
) -> None:
    batch.on("job").attempts(outcome)
    job = ended(batch)
    (attempt,) = job.attempts
    assert job.status == status
    assert (attempt.status_reason or "").startswith(status_reason)
    assert attempt.exit_code == exit_code
    assert (attempt.reason or "").startswith(reason or "")
    assert (attempt.reason is None) == (reason is None)


@manual
@pytest.mark.parametrize(
    ("method", "arguments", "reason"),
    [
        ("succeeds", {}, EXITED),
        ("fails", {"exit_code": 2, "reason": "x"}, EXITED),
        ("reclaimed", {"exit_code": 143}, "Host EC2"),
        ("host_lost", {}, "Host EC2"),
        ("service_error", {"reason": "AGENT"}, EXITED),
        ("out_of_memory", {}, EXITED),
        ("cannot_pull", {"reason": "AGENT"}, "Task failed to start"),
    ],
)
def test_each_outcome_has_a_method_of_the_same_name_and_keywords(
    batch: BatchMock, method: str, arguments: dict[str, Any], reason: str
) -> None:
    getattr(batch.on("job"), method)(after="7m", **arguments)
    job = ended(batch)
    assert (job.status_reason or "").startswith(reason)
    (attempt,) = job.attempts
    assert attempt.exit_code == arguments.get("exit_code", attempt.exit_code)
    assert attempt.reason == arguments.get("reason", attempt.reason)
    moments = dict(job.history)
    began = moments["STARTING" if method == "cannot_pull" else "RUNNING"]
    assert (moments[job.status] - began).total_seconds() == 420


@manual
@pytest.mark.parametrize("outcome", [succeeds, fails, reclaimed, host_lost, out_of_memory])
def test_after_counts_from_running(batch: BatchMock, outcome: Any) -> None:
    batch.on("job").attempts(outcome(after="4m"))
    assert run_seconds(ended(batch)) == 240


@manual
@pytest.mark.parametrize("outcome", [reclaimed, host_lost])
def test_while_starting_counts_from_starting(batch: BatchMock, outcome: Any) -> None:
    batch.on("job").attempts(outcome(after="4s", while_starting=True))
    job = ended(batch)
    moments = dict(job.history)
    assert (moments["FAILED"] - moments["STARTING"]).total_seconds() == 4
    assert job.started_at is None


@manual
def test_without_a_rule_a_job_succeeds_after_a_minute(batch: BatchMock) -> None:
    job = ended(batch)
    assert (job.status, run_seconds(job)) == ("SUCCEEDED", 60)


@pytest.mark.batchmock(clock="manual", default_duration="2h")
def test_the_default_duration_is_that_of_the_option(batch: BatchMock) -> None:
    batch.on("bad").fails()
    assert run_seconds(ended(batch)) == 7200
    assert run_seconds(ended(batch, "bad")) == 7200


@manual
def test_a_job_that_hangs_ends_by_its_time_limit_or_the_user_only(batch: BatchMock) -> None:
    batch.on("*").hangs()
    stuck = batch.jobs.get(submit("stuck"))
    batch.advance("300d")
    assert stuck.status == "RUNNING"
    limited = ended(batch, "limited", timeout={"attemptDurationSeconds": 60})
    assert limited.status_reason == "Job attempt duration exceeded timeout"
    boto3.client("batch").terminate_job(jobId=stuck.id, reason="enough")
    batch.run_until_idle()
    assert stuck.status_reason == "enough"


@manual
def test_the_nth_attempt_gets_the_nth_outcome_and_later_ones_the_last(batch: BatchMock) -> None:
    batch.on("job").attempts(fails(exit_code=2), reclaimed(), fails(exit_code=4))
    job = ended(batch, retryStrategy={"attempts": 5})
    assert [attempt.exit_code for attempt in job.attempts] == [2, None, 4, 4, 4]


# Which jobs


@manual
def test_the_last_rule_that_matches_wins(batch: BatchMock) -> None:
    batch.on("*").fails()
    batch.on("report-*").succeeds()
    batch.on("report-7").fails(exit_code=7)
    assert ended(batch, "other").exit_code == 1
    assert ended(batch, "report-1").exit_code == 0
    assert ended(batch, "report-7").exit_code == 7
    batch.on("*").succeeds()
    assert ended(batch, "report-7").exit_code == 0


@manual
@pytest.mark.parametrize(
    ("pattern", "name", "matches"),
    [
        ("*", "anything", True),
        ("report-*", "report-1", True),
        ("report-*", "Report-1", False),
        ("report-?", "report-12", False),
        ("report-[12]", "report-2", True),
        ("report", "report-1", False),
    ],
)
def test_a_name_is_a_pattern_in_which_case_matters(
    batch: BatchMock, pattern: str, name: str, matches: bool
) -> None:
    batch.on(pattern).fails()
    assert (ended(batch, name).status == "FAILED") == matches


@manual
def test_a_rule_for_one_attempt_leaves_the_others_to_other_rules(batch: BatchMock) -> None:
    batch.on("job").succeeds()
    batch.on("job", attempt=1).fails(exit_code=137, reason="OutOfMemoryError: of the first")
    job = ended(batch, retryStrategy={"attempts": 3})
    assert [attempt.exit_code for attempt in job.attempts] == [137, 0]


@manual
@pytest.mark.parametrize("queue", ["other", "arn:aws:batch:us-east-1:123456789012:job-queue/other"])
def test_a_rule_for_a_queue_is_for_its_jobs_only(batch: BatchMock, queue: str) -> None:
    batch.defaults(name="other")
    batch.on(queue=queue).fails()
    assert ended(batch).status == "SUCCEEDED"
    assert ended(batch, jobQueue="other").status == "FAILED"


@manual
@pytest.mark.parametrize(
    ("definition", "fate"),
    [
        ("default", ["FAILED", "FAILED"]),
        ("default:2", ["SUCCEEDED", "FAILED"]),
        (
            "arn:aws:batch:us-east-1:123456789012:job-definition/default:1",
            ["FAILED", "SUCCEEDED"],
        ),
        ("other", ["SUCCEEDED", "SUCCEEDED"]),
    ],
)
def test_a_rule_for_a_definition_takes_name_revision_or_arn(
    batch: BatchMock, client: Any, definition: str, fate: list[str]
) -> None:
    (first,) = client.describe_job_definitions()["jobDefinitions"]
    client.register_job_definition(
        jobDefinitionName="default",
        type="container",
        containerProperties=first["containerProperties"],
    )
    batch.on(definition=definition).fails()
    revisions = ("default:1", "default:2")
    assert [ended(batch, jobDefinition=given).status for given in revisions] == fate


@manual
def test_a_rule_for_tags_needs_all_of_them(batch: BatchMock) -> None:
    batch.on(tags={"team": "data", "stage": "test"}).fails()
    assert ended(batch, tags={"team": "data"}).status == "SUCCEEDED"
    both = {"team": "data", "stage": "test", "more": "yes"}
    assert ended(batch, tags=both).status == "FAILED"


@manual
def test_a_rule_given_after_the_submit_counts_if_the_attempt_has_not_begun(
    batch: BatchMock,
) -> None:
    job = batch.jobs.get(submit())
    batch.on("job").fails()
    batch.run_until_idle()
    assert job.status == "FAILED"


@manual
def test_a_rule_given_while_the_job_runs_is_for_later_attempts(batch: BatchMock) -> None:
    batch.on("job").fails(exit_code=2)
    job = batch.jobs.get(submit(retryStrategy={"attempts": 2}))
    batch.run_until(lambda: job.status == "RUNNING")
    batch.on("job").succeeds()
    batch.run_until_idle()
    assert [attempt.exit_code for attempt in job.attempts] == [2, 0]


# Mistakes of the test


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: fails(exit_code=0), "1..255"),
        (lambda: fails(exit_code=256), "1..255"),
        (lambda: fails(reason="x" * 256), "at most 255 characters"),
        (lambda: succeeds(after="soon"), "no duration"),
        (lambda: succeeds(after=-1), "not negative"),
        (lambda: runs("no callable"), "give a callable"),
    ],
)
def test_an_impossible_outcome_is_refused_where_it_is_made(make: Any, text: str) -> None:
    with pytest.raises(MockUsageError, match=text):
        make()


@pytest.mark.parametrize("given", [{"attempt": 0}, {"attempt": 11}, {"name": 7}])
def test_an_impossible_matcher_is_refused(batchmock: BatchMock, given: dict[str, Any]) -> None:
    with pytest.raises(MockUsageError):
        batchmock.on(**given)


def test_a_rule_needs_outcomes_that_are_outcomes(batchmock: BatchMock) -> None:
    with pytest.raises(MockUsageError, match="at least one outcome"):
        batchmock.on("job").attempts()
    with pytest.raises(MockUsageError, match="no outcome"):
        batchmock.on("job").attempts(succeeds)  # type: ignore[arg-type]


def test_a_reclaim_on_demand_is_a_mistake_that_names_host_lost(
    batchmock: BatchMock, client: Any
) -> None:
    batchmock.defaults()
    batchmock.on("job").reclaimed()
    job_id = submit()

    def poll() -> None:
        for _ in range(10):
            client.describe_jobs(jobs=[job_id])

    with pytest.raises(MockUsageError, match=r"'job' was to be reclaimed.*host_lost\(\)"):
        poll()


@manual
def test_a_lost_host_on_fargate_is_a_mistake_that_names_what_to_use(batchmock: BatchMock) -> None:
    batchmock.defaults(fargate=True)
    batchmock.on("job").host_lost()
    submit()
    with pytest.raises(MockUsageError, match=r"service_error\(\), or reclaimed\(\)"):
        batchmock.run_until_idle()


# Callables


@manual
def test_a_callable_gets_the_job(batch: BatchMock) -> None:
    seen: list[Any] = []
    batch.on("job").runs(seen.append)
    view = ended(batch, parameters={"a": "1"}, containerOverrides={"command": ["echo", "Ref::a"]})
    (job,) = seen
    assert (job.id, job.name, job.attempt) == (view.id, "job", 1)
    assert (job.command, job.parameters) == (["echo", "1"], {"a": "1"})
    assert job.environment["AWS_BATCH_JOB_ID"] == view.id


@manual
@pytest.mark.parametrize(("result", "exit_code"), [(None, 0), (0, 0), (1, 1), (137, 137), (255, 255)])
def test_what_a_callable_returns_is_the_exit_code(batch: BatchMock, result: Any, exit_code: int) -> None:
    batch.on("job").runs(lambda job: result)
    job = ended(batch)
    assert job.exit_code == exit_code
    assert job.status == ("SUCCEEDED" if exit_code == 0 else "FAILED")


@manual
@pytest.mark.parametrize("result", [True, "0", 256, -1, 1.0])
def test_another_result_of_a_callable_is_a_mistake(batch: BatchMock, result: Any) -> None:
    batch.on("job").runs(lambda job: result)
    submit()
    with pytest.raises(MockUsageError, match="return None, or an exit code from 0 to 255"):
        batch.run_until_idle()


@manual
def test_an_exception_is_exit_code_1_with_its_text_as_the_reason(batch: BatchMock) -> None:
    def work(job: Any) -> None:
        raise ValueError("no such file: a.csv")

    batch.on("job").runs(work)
    (attempt,) = ended(batch).attempts
    assert (attempt.exit_code, attempt.reason) == (1, "ValueError: no such file: a.csv")


@manual
@pytest.mark.parametrize(("code", "exit_code"), [(None, 0), (0, 0), (3, 3), ("a message", 1)])
def test_sys_exit_is_the_programs_own_exit(batch: BatchMock, code: Any, exit_code: int) -> None:
    def work(job: Any) -> None:
        raise SystemExit(code)

    batch.on("job").runs(work)
    assert ended(batch).exit_code == exit_code


@manual
def test_a_callable_runs_for_each_attempt(batch: BatchMock) -> None:
    batch.on("job").runs(lambda job: 0 if job.attempt == 3 else 1)
    job = ended(batch, retryStrategy={"attempts": 5})
    assert [attempt.exit_code for attempt in job.attempts] == [1, 1, 0]


@manual
def test_a_callable_may_be_one_outcome_among_others(batch: BatchMock) -> None:
    batch.on("job").attempts(reclaimed(), runs(lambda job: 7), succeeds())
    job = ended(batch, retryStrategy={"attempts": 3})
    assert [attempt.exit_code for attempt in job.attempts] == [None, 7, 0]


@pytest.mark.parametrize("clock", ["manual", "autojump"])
def test_a_callable_may_itself_submit_and_poll_batch(request: pytest.FixtureRequest, clock: str) -> None:
    inner: list[Any] = []

    def orchestrate(job: Any) -> int:
        client = boto3.client("batch")
        child = submit("child", tags={"parent": job.id})
        while True:
            (found,) = client.describe_jobs(jobs=[child])["jobs"]
            inner.append(found["status"])
            if found["status"] in ("SUCCEEDED", "FAILED"):
                return 0 if found["status"] == "SUCCEEDED" else 1
            if clock == "manual":
                BatchMock.current().advance("5s")

    with BatchMock(clock=clock) as mock:
        mock.defaults()
        mock.on("parent").runs(orchestrate)
        parent = mock.jobs.get(submit("parent"))
        mock.run_until(lambda: parent.is_terminal)
        assert parent.status == "SUCCEEDED"
        assert mock.jobs.one(name="child").status == "SUCCEEDED"
        assert inner[0] == "SUBMITTED"
        assert inner[-1] == "SUCCEEDED"


def test_a_callable_that_polls_its_own_job_for_ever_is_stalled(batch: BatchMock) -> None:
    def wait_for_myself(job: Any) -> None:
        client = boto3.client("batch")
        while client.describe_jobs(jobs=[job.id])["jobs"][0]["status"] == "RUNNING":
            time.sleep(10)

    batch.on("job").runs(wait_for_myself)
    submit()
    with pytest.raises(StalledError, match=r"job \(.*\) is RUNNING"):
        batch.run_until_idle()


def test_a_time_limit_ends_a_job_whose_callable_lets_too_much_time_pass(batch: BatchMock) -> None:
    seen: list[str] = []

    def dawdle(job: Any) -> int:
        client = boto3.client("batch")
        for _ in range(3):
            seen.append(client.describe_jobs(jobs=[job.id])["jobs"][0]["status"])
            time.sleep(40)
        return 0

    batch.on("job").runs(dawdle)
    job = ended(batch, timeout={"attemptDurationSeconds": 60})
    assert job.status_reason == "Job attempt duration exceeded timeout"
    assert run_seconds(job) == 60
    assert seen == ["RUNNING", "RUNNING", "FAILED"]


def test_a_mistake_that_the_program_swallowed_is_told_when_it_stalls(
    batch: BatchMock, client: Any
) -> None:
    batch.on("job").runs(lambda job: "done")
    job_id = submit()

    def poll() -> None:
        while True:
            try:
                (job,) = client.describe_jobs(jobs=[job_id])["jobs"]
            except Exception:
                continue
            if job["status"] == "SUCCEEDED":
                return

    with pytest.raises(StalledError, match=r"An earlier mistake of the test: .* returned 'done'"):
        poll()


def test_a_job_can_be_terminated_while_its_callable_runs_in_another_thread(
    batch: BatchMock, client: Any
) -> None:
    running, release = threading.Event(), threading.Event()

    def work(job: Any) -> int:
        running.set()
        assert release.wait(timeout=60)
        return 0

    batch.on("job").runs(work)
    job_id = submit()
    final: list[dict[str, Any]] = []

    def poll() -> None:
        mine = boto3.session.Session().client("batch")
        while True:
            (job,) = mine.describe_jobs(jobs=[job_id])["jobs"]
            if job["status"] in ("SUCCEEDED", "FAILED"):
                final.append(job)
                return

    poller = threading.Thread(target=poll, daemon=True)
    poller.start()
    assert running.wait(timeout=60)
    client.terminate_job(jobId=job_id, reason="enough")
    for _ in range(3):
        (job,) = client.describe_jobs(jobs=[job_id])["jobs"]
        assert (job["status"], job["isTerminated"]) == ("RUNNING", True)
    release.set()
    poller.join(timeout=60)
    (job,) = final
    assert (job["status"], job["statusReason"]) == ("FAILED", "enough")


@manual
def test_two_callables_of_one_instant_run_in_the_order_of_submission(batch: BatchMock) -> None:
    order: list[str] = []
    batch.on("*").runs(lambda job: order.append(job.name))
    for name in ("one", "two", "three"):
        submit(name)
    batch.run_until_idle()
    assert order == ["one", "two", "three"]


# The order of one instant


@manual
@pytest.mark.parametrize(
    ("terminate", "limit", "reason"),
    [
        (True, True, "enough"),
        (True, False, "enough"),
        (False, True, "Job attempt duration exceeded timeout"),
        (False, False, "Host EC2"),
    ],
)
def test_in_one_instant_the_user_wins_then_the_time_out_then_the_reclaim(
    batch: BatchMock, client: Any, terminate: bool, limit: bool, reason: str
) -> None:
    batch.on("job").attempts(reclaimed(after="62s"), hangs())
    members: dict[str, Any] = {"retryStrategy": {"attempts": 1}}
    if limit:
        members["timeout"] = {"attemptDurationSeconds": 62}
    job = batch.jobs.get(submit(**members))
    batch.run_until(lambda: job.status == "RUNNING")
    batch.advance("60s")
    if terminate:
        client.terminate_job(jobId=job.id, reason="enough")
    batch.advance("2s")
    assert (job.status_reason or "").startswith(reason)
    assert run_seconds(job) == 62


@pytest.mark.parametrize("given", ["fails", fails, lambda job: None])
def test_what_is_no_outcome_is_refused_with_what_is_one(batchmock: BatchMock, given: Any) -> None:
    with pytest.raises(MockUsageError, match=r"is no outcome: give what succeeds\(\).*runs\(function\)"):
        batchmock.on("job").attempts(given)


def test_a_list_of_outcomes_is_refused_with_how_to_give_several(batchmock: BatchMock) -> None:
    with pytest.raises(MockUsageError, match=r"one by one.*attempts\(\*outcomes\)"):
        batchmock.on("job").attempts([fails(), fails()])  # type: ignore[arg-type]  # the mistake


def test_asking_for_a_status_that_no_job_can_have_is_an_error(batchmock: BatchMock) -> None:
    assert batchmock.jobs.all(status="SCHEDULED") == []
    with pytest.raises(MockUsageError, match="status='DONE': choose one of SUBMITTED, PENDING"):
        batchmock.jobs.all(status="DONE")


@pytest.mark.parametrize(
    ("which", "text"),
    [
        ({"attempt": "1"}, "attempts are counted from 1 to 10"),
        ({"attempt": True}, "attempts are counted from 1 to 10"),
        ({"index": "0"}, "children are counted"),
        ({"node": 1.0}, "nodes are counted"),
        ({"tags": "etl"}, "give a mapping"),
        ({"queue": 3}, "give the name of a queue"),
        ({"definition": ""}, "give the name of a definition"),
    ],
)
def test_a_rule_for_what_no_job_can_be_is_refused_at_the_line_that_gives_it(batchmock, which, text):
    with pytest.raises(MockUsageError, match=text):
        batchmock.on(**which)


def test_an_outcome_that_cannot_happen_does_not_keep_other_jobs_from_their_places():
    with BatchMock(clock="manual") as batch:
        batch.defaults()
        batch.on("never").reclaimed()
        for name in ("never", "other"):
            request = {"jobName": name, "jobQueue": "default", "jobDefinition": "default"}
            batch.call("SubmitJob", request)
        with pytest.raises(MockUsageError, match="On-Demand capacity"):
            batch.advance("1m")
        assert batch.jobs.one(name="never").status == "RUNNABLE"
        assert batch.jobs.one(name="other").status == "STARTING"
