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
from dataclasses import dataclass
from typing import Final

from pytest_batchmock.domain.ids import keyed_fraction
from pytest_batchmock.domain.job import Job, JobSpec
from pytest_batchmock.domain.market import EVERYTHING, Market
from pytest_batchmock.errors import BatchError
from pytest_batchmock.options import Options
from pytest_batchmock.runners.outcomes import Outcome
from pytest_batchmock.simulate.figures import Figures
from pytest_batchmock.simulate.workload import JobClass, Resource, Workload
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
    """

    workload: Workload
    figures: Figures
    unfinished: dict[tuple[str, str, str], int]


class _Plan:
    """Says what happens to each attempt."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.classes: dict[JobSpec, JobClass] = {}

    def __call__(self, job: Job, number: int) -> Outcome:
        job_class = self.classes[job.spec]
        entity = f"{job.id}/{number}"
        after_ms = job_class.duration(keyed_fraction(self.seed, "duration", entity))
        if job_class.fails and keyed_fraction(self.seed, "fails", entity) < job_class.fails:
            return Outcome("fails", after_ms, exit_code=1)
        return Outcome("succeeds", after_ms, exit_code=0)

    def of_container(self, job: Job, number: int, name: str) -> Outcome | None:
        return None


def play(workload: Workload, progress: Progress | None = None) -> Played:
    """Play a workload to its end: until nothing is left that could happen.

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
    run = _Run(world, plan, workload, progress)
    with world.gate() as engine:
        engine.market = Market(workload.seed, prices=workload.instance_prices)
        engine.market.say_rate(EVERYTHING, EVERYTHING, workload.interruptions_per_hour or None)
        engine.market.say_percent(EVERYTHING, EVERYTHING, workload.spot_percent)
    with _without_collecting():
        run.submit_all()
        run.finish()
    world.close()
    return Played(workload, run.figures, run.unfinished())


class _Run:
    def __init__(self, world: World, plan: _Plan, workload: Workload, progress: Progress | None) -> None:
        self.figures = Figures()
        self._world = world
        self._plan = plan
        self._workload = workload
        self._progress = progress
        self._specs: dict[int, JobSpec] = {}
        self._steps = 0

    def submit_all(self) -> None:
        """Let time pass from submit to submit."""
        engine = self._world.engine
        start_ms = engine.now_ms
        seed = self._workload.seed
        streams = (_submits(number, it, seed) for number, it in enumerate(self._workload.jobs))
        classes = self._workload.jobs
        for at_ms, number in heapq.merge(*streams):
            if start_ms + at_ms > engine.now_ms:
                self._go_to(start_ms + at_ms)
                engine.settle(start_ms + at_ms)
            spec = self._specs.get(number)
            if spec is None:
                self._specs[number] = self._submit_first(classes[number])
            else:
                engine.admit(spec)

    def finish(self) -> None:
        """Let time pass until nothing is left that could happen."""
        self._go_to(_FOR_EVER)
        self._forget_ended()
        engine = self._world.engine
        for instance in engine.fleet.instances():
            self.figures.take_in_instance(instance, engine.now_ms)

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
        while step(until_ms):
            self._steps += 1
            if self._steps % _FORGET_EVERY == 0:
                self._forget_ended()

    def _forget_ended(self) -> None:
        figures, engine = self.figures, self._world.engine
        before = figures.ended // 1000
        for job in engine.forget_ended():
            figures.take_in(job)
            job.children = None  # parent and children hold each other
        ended = engine.fleet.ended
        while ended:
            figures.take_in_instance(ended.popleft(), engine.now_ms)
        if self._progress is not None and figures.ended // 1000 != before:
            self._progress(figures.ended, self._workload.total)

    def _submit_first(self, job_class: JobClass) -> JobSpec:
        answer = _call(self._world, Resource("SubmitJob", job_class.submit, job_class.where))
        region = self._world.engine.region(*_home(self._world))
        spec = region.jobs[answer["jobId"]].spec
        self._plan.classes[spec] = job_class
        return spec


def _submits(number: int, job_class: JobClass, seed: int) -> Iterator[tuple[int, int]]:
    for at_ms in job_class.arrivals.times(job_class.count, seed, job_class.name):
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
