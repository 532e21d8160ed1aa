"""Plays a workload in virtual time, through the engine that tests use.

Resources, definitions and the first job of each class go through the dispatcher: so the file is held
to the service's own rules. The other jobs of the class are alike, so the engine admits the spec that
the first one made: the dispatcher would find the same spec and do the same, at three times the price.

Nobody else knows of this world and nothing in it runs for real: the engine is driven without its gate.

A job that has ended is put into the figures and forgotten at once, so only those that live take room.
"""

from __future__ import annotations

import gc
import heapq
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from typing import Any, Final

from pytest_batchmock.domain.ids import keyed_fraction
from pytest_batchmock.domain.job import Job, JobSpec
from pytest_batchmock.domain.job_definition import JobDefinition
from pytest_batchmock.domain.market import EVERYTHING, Market
from pytest_batchmock.engine import dependencies
from pytest_batchmock.errors import BatchError
from pytest_batchmock.observe.timeline import facts_of, story
from pytest_batchmock.observe.timeline.model import HostFacts, Story
from pytest_batchmock.options import Options
from pytest_batchmock.runners.outcomes import Outcome
from pytest_batchmock.simulate.classes import JobClass
from pytest_batchmock.simulate.figures import Figures
from pytest_batchmock.simulate.waiting import Waiting
from pytest_batchmock.simulate.workload import Resource, Workload
from pytest_batchmock.transports.active import CallContext
from pytest_batchmock.world import World

Progress = Callable[[int, int], None]
"""Is told how many jobs of how many have ended."""

_FORGET_EVERY: Final = 8
_FOR_EVER: Final = 2**62


@dataclass(frozen=True, slots=True)
class Played:
    """What came of a workload.

    Attributes:
        figures: Of the jobs that have ended.
        unfinished: By queue, status and reason, how many jobs can never end.
        story: What a timeline shows, if it was asked for.
    """

    workload: Workload
    figures: Figures
    unfinished: dict[tuple[str, str, str], int]
    story: Story | None = None


class _Plan:
    """Says what happens to each attempt."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.classes: dict[JobDefinition, JobClass] = {}

    def __call__(self, job: Job, number: int) -> Outcome:
        job_class = self.classes[job.spec.definition]
        entity = f"{job.id}/{number}"
        after_ms = job_class.duration(keyed_fraction(self.seed, "duration", entity))
        if job_class.fails and keyed_fraction(self.seed, "fails", entity) < job_class.fails:
            return Outcome("fails", after_ms, exit_code=1)
        return Outcome("succeeds", after_ms, exit_code=0)

    def of_container(self, job: Job, number: int, name: str) -> Outcome | None:
        return None


def play(workload: Workload, progress: Progress | None = None, *, tells_story: bool = False) -> Played:
    """Play a workload to its end: until nothing is left that could happen.

    Args:
        workload: The workload.
        progress: Is told how far it is.
        tells_story: Whether a timeline is wanted: then the jobs that have ended are kept to the end.

    Raises:
        WorkloadError: The service would refuse a resource or a job; the text names the line.
    """
    options = Options(clock="manual", seed=workload.seed, start=workload.start)
    plan = _Plan(workload.seed)
    world = World(options, plan)
    for resource in workload.resources:
        _make(world, resource)
    for job_class in workload.jobs:
        _make(world, Resource("RegisterJobDefinition", job_class.definition, job_class.where))
    run = _Run(world, plan, workload, progress, tells_story=tells_story)
    with world.gate() as engine:
        engine.market = Market(workload.seed, prices=workload.instance_prices)
        engine.market.say_rate(EVERYTHING, EVERYTHING, workload.interruptions_per_hour or None)
        engine.market.say_percent(EVERYTHING, EVERYTHING, workload.spot_percent)
    with _without_collecting():
        run.submit_all()
        run.finish()
    world.close()
    return Played(workload, run.figures, run.unfinished(), run.story() if tells_story else None)


class _Run:
    def __init__(
        self,
        world: World,
        plan: _Plan,
        workload: Workload,
        progress: Progress | None,
        *,
        tells_story: bool,
    ) -> None:
        self._ended: list[Job] | None = [] if tells_story else None
        self._hosts: list[HostFacts] = []
        self.figures = Figures()
        self._world = world
        self._plan = plan
        self._workload = workload
        self._progress = progress
        self._specs: dict[int, JobSpec] = {}
        self._waiting = Waiting(workload.jobs, workload.seed)

    def submit_all(self) -> None:
        """Let time pass from submit to submit."""
        engine = self._world.engine
        start_ms = engine.now_ms
        classes, concerned = self._workload.jobs, self._waiting.concerned
        streams = (_submits(number, self._waiting) for number in range(len(classes)))
        for at_ms, number in heapq.merge(*streams):
            if start_ms + at_ms > engine.now_ms:
                self._go_to(start_ms + at_ms)
                engine.settle(start_ms + at_ms)
            spec = self._specs.get(number)
            if number in concerned:
                self._submit_dependent(number, spec)
            elif spec is None:
                self._submit_first(number)
            else:
                engine.admit(spec, classes[number].name)

    def finish(self) -> None:
        """Let time pass until nothing is left that could happen."""
        self._go_to(_FOR_EVER)
        self._forget_ended()
        engine = self._world.engine
        for instance in engine.fleet.instances():
            self.figures.take_in_instance(instance, engine.now_ms)
            self._hosts.append(facts_of(instance))

    def story(self) -> Story:
        """What the timeline shows: all jobs in the order of their submission, and the instances."""
        engine = self._world.engine
        jobs = [*(self._ended or ()), *engine.jobs()]
        jobs.sort(key=lambda job: job.key)
        return story(jobs, engine.now_ms, self._hosts)

    def unfinished(self) -> dict[tuple[str, str, str], int]:
        """The jobs that can never end, by queue, status and the reason they show."""
        found: Counter[tuple[str, str, str]] = Counter()
        for region in self._world.engine.regions.values():
            for job in region.jobs.values():
                for each in (job.children or ()) if job.is_array_parent else (job,):
                    if not each.is_terminal:
                        found[each.spec.queue.name, each.status, each.status_reason or ""] += 1
        return dict(sorted(found.items()))

    def _go_to(self, until_ms: int) -> None:
        step = self._world.engine.step
        while True:
            for _ in range(_FORGET_EVERY):
                if not step(until_ms):
                    return
            self._forget_ended()

    def _forget_ended(self) -> None:
        figures, engine = self.figures, self._world.engine
        before = figures.ended // 1000
        for job in engine.forget_ended():
            figures.take_in(job)
            if self._ended is not None:
                self._ended.append(job)
            else:
                job.children = None  # parent and children hold each other
        ended = engine.fleet.ended
        while ended:
            instance = ended.popleft()
            figures.take_in_instance(instance, engine.now_ms)
            if self._ended is not None:
                self._hosts.append(facts_of(instance))
        if self._progress is not None and figures.ended // 1000 != before:
            self._progress(figures.ended, self._workload.total)

    def _submit_first(self, number: int, **members: Any) -> Job:
        job_class = self._workload.jobs[number]
        request = {**job_class.submit, **members}
        answer = _call(self._world, Resource("SubmitJob", request, job_class.where))
        job = self._world.engine.region(*_home(self._world)).jobs[answer["jobId"]]
        self._specs[number] = job.spec
        self._plan.classes[job.spec.definition] = job_class
        return job

    def _submit_dependent(self, number: int, spec: JobSpec | None) -> None:
        """Submit a job that waits for others, or that others wait for.

        Those it waits for may have ended and been forgotten: SubmitJob would not know them any more.
        """
        engine, waiting = self._world.engine, self._waiting
        name = self._workload.jobs[number].name
        upstream = waiting.upstream_of(number)
        if any(after.by_index for after in self._workload.jobs[number].after):
            follows = {"dependsOn": [{"jobId": it.id, "type": "N_TO_N"} for it in upstream]}
            if spec is None:
                job = self._submit_first(number, **follows)
            else:
                spec = copy(spec)
                spec.depends_on = tuple(follows["dependsOn"])
                job = engine.admit(spec, name)
        else:
            job = self._submit_first(number) if spec is None else engine.admit(spec, name)
            for each in upstream:
                dependencies.wait_for(job, each)
        waiting.submitted(number, job)


def _submits(number: int, waiting: Waiting) -> Iterator[tuple[int, int]]:
    for at_ms in waiting.times(number):
        yield at_ms, number


def _home(world: World) -> tuple[str, str]:
    return world.options.account_id, world.options.region


def _make(world: World, resource: Resource) -> None:
    request = resource.request
    if "schedulingPolicyArn" in request:
        account, region = _home(world)
        name = request["schedulingPolicyArn"]
        arn = f"arn:aws:batch:{region}:{account}:scheduling-policy/{name}"
        request = {**request, "schedulingPolicyArn": arn}
    _call(world, Resource(resource.operation, request, resource.where))


def _call(world: World, resource: Resource) -> dict[str, str]:
    context = CallContext(*_home(world), validated=False)
    try:
        return world.call(context, resource.operation, resource.request)[1]
    except BatchError as error:
        raise resource.where.refused(f"{resource.operation} is refused: {error.message}") from error


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Nothing that is made here in numbers holds itself in a circle; looking for that is dear."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
