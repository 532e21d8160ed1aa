"""The machine: two mocks that are told the same, one of which lets time pass in smaller portions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from pytest_batchmock import BatchError, BatchMock
from pytest_batchmock.api.dispatch import is_read
from pytest_batchmock.runners.outcomes import Outcome

from . import invariants, requests, resources
from .requests import NAMES, Stop, Submission, Training, numbers, states
from .snapshot import every_job, snapshot

START = "2026-03-01T12:00:00+00:00"
PLANNED = ("on-demand", "pods", "spot")
"""Queues whose environments stay: a lost host or a reclaim is planned for their jobs."""

STATUSES = ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED", "FAILED")


class Batches(RuleBasedStateMachine):
    """The rules are what a user and their program do; each is done to both mocks alike."""

    # --- how both are told ------------------------------------------------------------------------

    def call(self, operation: str, /, **params: Any) -> dict[str, Any] | None:
        """Call both; None if they refuse. A read and a refusal leave everything as it was."""
        before = snapshot(self.batch)
        answer, other = answers_of((self.batch, self.twin), operation, params)
        assert answer == other, operation
        refused = isinstance(answer, str)
        if refused or is_read(operation):
            assert snapshot(self.batch) == before, f"{operation} changed something"
        if is_read(operation) and not refused:
            again = answers_of((self.batch, self.twin), operation, params)
            assert again == [answer, answer], f"{operation} answers otherwise at the same instant"
        return None if isinstance(answer, str) else answer

    def a_job(self, number: int) -> str:
        """The id of one of the jobs, of an unknown one before there are any."""
        return _choose(self.jobs, number) or "11111111-1111-4111-8111-111111111111"

    def a_queue(self, number: int) -> str:
        """The name of one of the queues, deleted ones included."""
        return _choose(self.queues, number) or "nobody"

    def an_environment(self, number: int) -> str:
        """The name of one of the environments, deleted ones included."""
        return _choose(self.environments, number) or "nobody"

    # --- the beginning ----------------------------------------------------------------------------

    @initialize(
        seed=st.integers(0, 3),
        resource_latency=st.sampled_from([None, "3s"]),
        first=st.lists(requests.submissions, max_size=3),
    )
    def begin(self, seed: int, resource_latency: str | None, first: list[Submission]) -> None:
        options = {
            "clock": "manual",
            "start": START,
            "seed": seed,
            "resource_latency": resource_latency,
            "subnet_zones": resources.ZONES,
        }
        self.batch, self.twin = BatchMock(**options), BatchMock(**options)
        self.last_ms = 0
        self.jobs: list[str] = []
        self.queues: list[str] = []
        self.environments: list[str] = []
        self.trainings: list[str] = []
        self.past = invariants.Ended()
        for name, kind, vcpus in resources.ENVIRONMENTS:
            self._create_environment(name, kind, vcpus)
        for operation, members in resources.others():
            assert self.call(operation, **members) is not None, operation
        self.pass_time([5_000])
        for name, environments, priority in resources.QUEUES:
            self._create_queue(name, environments, priority)
        for members in resources.training_queues():
            assert self.call("CreateJobQueue", **members) is not None
        assert self.queues == [name for name, _, _ in resources.QUEUES]
        self.pass_time([5_000])
        for share in resources.SHARES:
            assert self.call("CreateQuotaShare", **resources.quota_share(share)) is not None
        self.pass_time([5_000])
        for submission in first:
            self.submit(submission)

    def _create_environment(self, name: str, kind: str, vcpus: int) -> None:
        members = resources.environment(kind, vcpus)
        answer = self.call("CreateComputeEnvironment", computeEnvironmentName=name, **members)
        if answer is not None:
            self.environments.append(name)

    def _create_queue(self, name: str, environments: list[str], priority: int) -> None:
        answer = self.call(
            "CreateJobQueue",
            jobQueueName=name,
            priority=priority,
            computeEnvironmentOrder=_order(environments),
            **resources.queue_extras(name),
        )
        if answer is not None:
            self.queues.append(name)

    # --- jobs -------------------------------------------------------------------------------------

    @rule(submission=requests.submissions)
    def submit(self, submission: Submission) -> None:
        upstream = [self.a_job(number) + child for number, child in submission.upstream if self.jobs]
        queue = resources.RIGHT_QUEUE.get(submission.definition)
        if queue is None or submission.queue == 9:  # sometimes where it can never run
            queue = self.a_queue(submission.queue)
        request = requests.a_request(submission, queue, upstream)
        answer = self.call("SubmitJob", **request)
        if answer is not None:
            self.jobs.append(str(answer["jobId"]))

    @rule(training=requests.trainings)
    def submit_training(self, training: Training) -> None:
        answer = self.call("SubmitServiceJob", **requests.a_training(training))
        if answer is not None:
            self.trainings.append(str(answer["jobId"]))

    @rule(job=numbers, priority=st.sampled_from(requests.PRIORITIES))
    def prefer(self, job: int, priority: int) -> None:
        job_id = _choose(self.trainings, job) or "11111111-1111-4111-8111-111111111111"
        self.call("UpdateServiceJob", jobId=job_id, schedulingPriority=priority)

    @rule(share=st.sampled_from([*resources.SHARES]), most=st.integers(1, 3))
    def resize(self, share: str, most: int) -> None:
        self.call("UpdateQuotaShare", **resources.quota_share_update(share, most))

    @rule(planned=st.lists(st.sampled_from(requests.OF_TRAININGS), min_size=1, max_size=3))
    def plan_trainings(self, planned: list[Outcome]) -> None:
        for batch in (self.batch, self.twin):
            batch.on_service_job("*").attempts(*planned)

    @rule(job=numbers, reason=st.sampled_from(["enough", "not today"]))
    def stop_training(self, job: int, reason: str) -> None:
        job_id = _choose(self.trainings, job) or "11111111-1111-4111-8111-111111111111"
        self.call("TerminateServiceJob", jobId=job_id, reason=reason)

    @rule(
        name=st.sampled_from(["*", *NAMES]),
        node=st.integers(0, 1),
        planned=st.lists(st.sampled_from(requests.ON_ANY_HOST), min_size=1, max_size=2),
    )
    def plan_node(self, name: str, node: int, planned: list[Outcome]) -> None:
        for batch in (self.batch, self.twin):
            batch.on(name, node=node).attempts(*planned)

    @rule(
        container=st.sampled_from(["first", "main", "init", "sidecar"]),
        planned=st.lists(st.sampled_from(requests.OF_CONTAINERS), min_size=1, max_size=2),
    )
    def plan_container(self, container: str, planned: list[Outcome]) -> None:
        for batch in (self.batch, self.twin):
            batch.on(container=container).attempts(*planned)

    @rule(
        name=st.sampled_from(["*", *NAMES]),
        index=st.none() | st.integers(0, 4),
        attempt=st.none() | st.integers(1, 3),
        planned=st.lists(st.sampled_from(requests.ON_ANY_HOST), min_size=1, max_size=3),
    )
    def plan(self, name: str, index: int | None, attempt: int | None, planned: list[Outcome]) -> None:
        if attempt is not None:
            planned = planned[:1]
        for batch in (self.batch, self.twin):
            batch.on(name, index=index, attempt=attempt).attempts(*planned)

    @rule(
        queue=st.sampled_from(["on-demand", "pods"]),
        planned=st.lists(st.sampled_from(requests.ON_INSTANCES), min_size=1, max_size=3),
    )
    def plan_on_instances(self, queue: str, planned: list[Outcome]) -> None:
        for batch in (self.batch, self.twin):
            batch.on(queue=queue).attempts(*planned)

    @rule(planned=st.lists(st.sampled_from(requests.ON_SPOT), min_size=1, max_size=3))
    def plan_on_spot(self, planned: list[Outcome]) -> None:
        for batch in (self.batch, self.twin):
            batch.on(queue="spot").attempts(*planned)

    @rule(stop=requests.stops)
    def stop(self, stop: Stop) -> None:
        job = self.a_job(stop.job) + stop.suffix
        if stop.operation.endswith("s"):
            self.call(stop.operation, jobs=[job, "nonsense"], reason=stop.reason)
        else:
            self.call(stop.operation, jobId=job, reason=stop.reason)

    @rule(job=numbers, key=st.sampled_from(["a", "b", "aws:c"]), remove=st.booleans())
    def tag(self, job: int, key: str, remove: bool) -> None:
        arn = f"arn:aws:batch:us-east-1:123456789012:job/{self.a_job(job)}"
        if remove:
            self.call("UntagResource", resourceArn=arn, tagKeys=[key])
        else:
            self.call("TagResource", resourceArn=arn, tags={key: "x"})
        self.call("ListTagsForResource", resourceArn=arn)

    # --- resources --------------------------------------------------------------------------------

    @rule(
        environment=numbers,
        priority=st.integers(1, 3),
        kind=st.sampled_from(["EC2", "SPOT", "EKS", "FARGATE"]),
        vcpus=st.integers(1, 3),
    )
    def create(self, environment: int, priority: int, kind: str, vcpus: int) -> None:
        self._create_environment(f"ce{len(self.environments)}", kind, vcpus)
        self._create_queue(f"q{len(self.queues)}", [self.an_environment(environment)], priority)

    @rule(queue=numbers, environment=numbers, state=states, environment_too=st.booleans())
    def switch(self, queue: int, environment: int, state: str, environment_too: bool) -> None:
        self.call("UpdateJobQueue", jobQueue=self.a_queue(queue), state=state)
        if environment_too:
            name = self.an_environment(environment)
            self.call("UpdateComputeEnvironment", computeEnvironment=name, state=state)

    @rule(queue=numbers, environments=st.lists(numbers, min_size=1, max_size=2))
    def attach(self, queue: int, environments: list[int]) -> None:
        order = _order([self.an_environment(number) for number in environments])
        if self.a_queue(queue) not in PLANNED:
            self.call("UpdateJobQueue", jobQueue=self.a_queue(queue), computeEnvironmentOrder=order)

    @rule(queue=numbers, environment=numbers)
    def delete(self, queue: int, environment: int) -> None:
        self.call("DeleteJobQueue", jobQueue=self.a_queue(queue))
        self.call("DeleteComputeEnvironment", computeEnvironment=self.an_environment(environment))

    @rule(
        name=st.sampled_from([*resources.LICENCES]),
        change=st.sampled_from(["SET", "ADD", "REMOVE"]),
        quantity=st.integers(0, 3),
    )
    def buy(self, name: str, change: str, quantity: int) -> None:
        self.call(
            "UpdateConsumableResource", consumableResource=name, operation=change, quantity=quantity
        )

    @rule(name=st.sampled_from([*resources.LICENCES]))
    def renew(self, name: str) -> None:
        """Another one of that name: jobs that hold some of the old one have nothing of it."""
        self.call("DeleteConsumableResource", consumableResource=name)
        assert self.call("CreateConsumableResource", **resources.licence(name)) is not None

    @rule(environment=numbers, terminate=st.booleans())
    def replace(self, environment: int, terminate: bool) -> None:
        """An infrastructure update: the instances are replaced, with the jobs on them or after them."""
        self.call(
            "UpdateComputeEnvironment",
            computeEnvironment=self.an_environment(environment),
            computeResources={"tags": {"round": "next"}},
            updatePolicy={"terminateJobsOnUpdate": terminate, "jobExecutionTimeoutMinutes": 2},
        )

    # --- what happens to the hosts ----------------------------------------------------------------

    @rule(fraction=st.sampled_from([0.3, 1]), notice=st.sampled_from([0, 30, 120]))
    def reclaim(self, fraction: float, notice: int) -> None:
        taken = [
            batch.spot.reclaim(fraction=fraction, notice=notice) for batch in (self.batch, self.twin)
        ]
        assert taken[0] == taken[1]

    @rule(zone=st.sampled_from([*resources.ZONES.values()]), fails=st.booleans())
    def fail_zone(self, zone: str, fails: bool) -> None:
        for batch in (self.batch, self.twin):
            (batch.zone(zone).fail if fails else batch.zone(zone).recover)()

    @rule(
        instances=st.sampled_from([None, 0, 1]),
        rate=st.sampled_from([None, 2]),
        percent=st.sampled_from([None, 120]),
    )
    def trade(self, instances: int | None, rate: int | None, percent: int | None) -> None:
        for batch in (self.batch, self.twin):
            batch.spot.capacity("*", instances)
            batch.spot.interruption_rate(rate)
            batch.spot.price("*", percent)

    @rule(environment=numbers, what=st.none() | st.sampled_from(requests.BREAKDOWNS))
    def break_down(self, environment: int, what: str | None) -> None:
        """Something is wrong with an environment, or all is well again; not with one that is gone."""
        name = self.an_environment(environment)
        found = self.call("DescribeComputeEnvironments", computeEnvironments=[name])
        if not found or not found["computeEnvironments"]:
            return
        for batch in (self.batch, self.twin):
            if what is None:
                batch.environment(name).recovers()
            else:
                batch.environment(name).breaks(what)

    @rule(name=st.sampled_from([resources.TRAININGS, resources.QUOTAS]), lacks=st.booleans())
    def lack(self, name: str, lacks: bool) -> None:
        """SageMaker has no instances for a service environment, or has some again."""
        for batch in (self.batch, self.twin):
            environment = batch.environment(name)
            if lacks:
                environment.breaks("capacity")
            else:
                environment.recovers()

    # --- questions --------------------------------------------------------------------------------

    @rule(
        chosen=st.lists(numbers, min_size=1, max_size=3),
        suffix=st.sampled_from(["", ":1", "#0"]),
        queue=numbers,
        status=st.none() | st.sampled_from(STATUSES),
        most=st.none() | st.integers(1, 3),
    )
    def ask(
        self, chosen: list[int], suffix: str, queue: int, status: str | None, most: int | None
    ) -> None:
        ids = [self.a_job(number) for number in chosen]
        self.call("DescribeJobs", jobs=ids + [job + suffix for job in ids])
        self.call("DescribeJobQueues")
        self.call("DescribeComputeEnvironments")
        self.call("GetJobQueueSnapshot", jobQueue=self.a_queue(queue))
        self.call("ListConsumableResources")
        self.call("ListJobsByConsumableResource", consumableResource="licence")
        if self.trainings:
            self.call("DescribeServiceJob", jobId=_choose(self.trainings, chosen[0]))
        for subject in (
            {"jobQueue": self.a_queue(queue)},
            {"arrayJobId": ids[0]},
            {"multiNodeJobId": ids[0]},
        ):
            request: dict[str, Any] = dict(subject)
            request |= {} if status is None else {"jobStatus": status}
            request |= {} if most is None else {"maxResults": most}
            while (answer := self.call("ListJobs", **request)) and "nextToken" in answer:
                request["nextToken"] = answer["nextToken"]

    # --- time -------------------------------------------------------------------------------------

    @rule(portions_ms=requests.portions)
    def pass_time(self, portions_ms: list[int]) -> None:
        """One mock in one go, the other in portions."""
        self.batch.advance(sum(portions_ms) / 1000)
        for portion in portions_ms:
            self.twin.advance(portion / 1000)

    @rule(steps=st.integers(1, 4))
    def step(self, steps: int) -> None:
        for _ in range(steps):
            assert self.batch.step() == self.twin.step()

    # --- what must hold ---------------------------------------------------------------------------

    @invariant()
    def everything_holds(self) -> None:
        if hasattr(self, "batch"):
            invariants.check_everything(self.batch)
            self.past.check(self.batch, self.jobs, self.trainings)

    @invariant()
    def time_never_falls(self) -> None:
        if hasattr(self, "batch"):
            now_ms = self.batch._world.engine.now_ms
            assert now_ms >= self.last_ms
            self.last_ms = now_ms

    @invariant()
    def the_same_commands_give_the_same_state(self) -> None:
        if hasattr(self, "batch"):
            assert snapshot(self.batch) == snapshot(self.twin)

    def all_is_well_again(self) -> None:
        """What the story has done to the hosts is over."""
        for zone in resources.ZONES.values():
            self.fail_zone(zone, fails=False)
        for number in range(len(self.environments)):
            self.break_down(number, None)
        self.trade(None, None, None)
        for name in (resources.TRAININGS, resources.QUOTAS):
            self.lack(name, lacks=False)

    def _terminate(self, jobs: list[str]) -> None:
        """Only the one mock from here on."""
        for job in jobs:
            self.batch.call("TerminateJob", {"jobId": job, "reason": "the end"})
            self.batch.call("TerminateServiceJob", {"jobId": job, "reason": "the end"})
        self.batch.run_until_idle()

    def teardown(self) -> None:
        if hasattr(self, "batch"):
            for batch in (self.batch, self.twin):
                batch.run_until_idle()
            invariants.check_everything(self.batch)
            assert snapshot(self.batch) == snapshot(self.twin)
            self.all_is_well_again()
            for batch in (self.batch, self.twin):
                batch.run_until_idle()
            invariants.check_everything(self.batch)
            invariants.whoever_still_lives_when_nothing_can_happen_has_a_reason(self.batch)
            assert snapshot(self.batch) == snapshot(self.twin)
            invariants.every_move_is_told(self.batch)
            invariants.nobody_waits_who_could_be_placed(self.batch)
            while placed := [job.id for job in every_job(self.batch) if job.attempt is not None]:
                self._terminate(placed)
            invariants.whoever_waits_at_the_front_has_a_reason(self.batch)
            self._terminate([*self.jobs, *self.trainings])
            invariants.check_everything(self.batch)
            invariants.nothing_is_held_when_all_jobs_have_ended(self.batch)
            self.past.check(self.batch, self.jobs, self.trainings)
            self.batch.advance("8d")
            invariants.check_everything(self.batch)
            assert every_job(self.batch) == []
            assert self.batch.instances.alive == []


def _choose(names: list[str], number: int) -> str | None:
    return names[number % len(names)] if names else None


def _order(environments: list[str]) -> list[dict[str, Any]]:
    return [{"order": at, "computeEnvironment": name} for at, name in enumerate(environments)]


def answers_of(
    batches: Iterable[BatchMock], operation: str, params: dict[str, Any]
) -> list[dict[str, Any] | str]:
    """What each mock answers: a refusal is its text."""
    return [_answer(batch, operation, params) for batch in batches]


def _answer(batch: BatchMock, operation: str, params: dict[str, Any]) -> dict[str, Any] | str:
    """The answer, or the text of the refusal."""
    try:
        return batch.call(operation, params)
    except BatchError as error:
        return str(error)
