"""The engine: one event queue, one virtual time, the only writer of statuses.

Deterministic and single-threaded: it reads no wall clock, sleeps never, locks nothing and starts
no thread. What is done when a job moves lives beside it: attempts, dependencies, scheduling,
stopping, resources. Foreign code (callables) is never run here: it is put into the outbox.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from pytest_batchmock.domain import status as s
from pytest_batchmock.domain.ids import NumberedUuids
from pytest_batchmock.domain.job import Job, JobSpec
from pytest_batchmock.domain.market import Market
from pytest_batchmock.domain.region import RegionState
from pytest_batchmock.durations import to_ms
from pytest_batchmock.engine import (
    attempts,
    blocked,
    dependencies,
    fleet,
    latency,
    live,
    notifications,
    resources,
    scheduling,
    spot,
)
from pytest_batchmock.engine.capacity import Capacity
from pytest_batchmock.engine.demand import Demand
from pytest_batchmock.engine.event_queue import NORMAL, EventQueue
from pytest_batchmock.engine.families import array, multinode, service
from pytest_batchmock.engine.fleet import Fleet
from pytest_batchmock.engine.lifecycle import JOB_MOVES, RESOURCE_MOVES, IllegalTransition, job_moves
from pytest_batchmock.engine.lines import Lines
from pytest_batchmock.engine.logs import LogLines
from pytest_batchmock.engine.notifications import Notifications, Told
from pytest_batchmock.engine.shares import Shares
from pytest_batchmock.options import Options
from pytest_batchmock.runners.outcomes import Ending, Outcome


class Planner(Protocol):
    """Says what happens to an attempt: the outcome rules of the test."""

    def of_container(self, job: Job, number: int, name: str) -> Outcome | None:
        """The outcome of one container of several in attempt `number`, if it has one of its own."""

    def __call__(self, job: Job, number: int) -> Outcome:
        """The outcome of attempt `number` of `job`."""


class Engine:
    """All accounts and regions of one mock, moving through one virtual time.

    Attributes:
        now_ms: Virtual time in milliseconds since the epoch.
        changes: How many status changes there have been; a cheap "did anything happen".
        alive: How many top-level jobs have not ended.
        arrays: The array parents among them that have spawned their children, by key.
        capacity: What is used where jobs are counted.
        fleet: The EC2 instances.
        demand: Who waits, by queue and job class.
        gangs: The multi-node jobs that instances are kept for, by key.
        paired: The arrays that the children of an array wait for N_TO_N, by its key, until it has them.
        settling: The upstream jobs whose dependents are being settled in this moment.
        outbox: Work for foreign code that the driver runs between two instants.
        live: What runners have at work, by the number of the run: it holds the clock.
        logs: What the containers wrote.
        notifications: What EventBridge would be told.
        market: The Spot market.
    """

    def __init__(self, options: Options, start_ms: int, planner: Planner) -> None:
        self.options = options
        self.now_ms = start_ms
        self.planner = planner
        self.queue = EventQueue()
        self.regions: dict[tuple[str, str], RegionState] = {}
        self.capacity = Capacity()
        self.fleet = Fleet(spot.MarketPools())
        self.demand = Demand()
        self.gangs: dict[int, Job] = {}
        self.lines = Lines()
        self.shares = Shares()
        self.market = Market(options.seed)
        self.arrays: dict[int, Job] = {}
        self.outbox: deque[live.LiveStart | live.LiveStop | live.LiveEnd | Told] = deque()
        self.live: dict[int, live.LiveStart] = {}
        self.logs = LogLines()
        self.notifications = Notifications()
        self.paired: dict[int, list[Job]] = {}
        self.settling: deque[Job] = deque()
        self.changes = 0
        self.alive = 0
        self.default_duration_ms = to_ms(options.default_duration)
        self.resource_latency_ms = (
            None if options.resource_latency is None else to_ms(options.resource_latency)
        )
        self._job_id = NumberedUuids(options.seed, "job")
        self._evaluates_after_ms = self.stage_ms(latency.EVALUATE_DEPENDENCIES_MS)
        self._jobs_made = 0
        self._handed_out = 0
        self.has_handed_out = False  # to a runner
        self._ended: deque[tuple[int, Job]] = deque()
        self._passes: set[str] = set()  # by the ARN prefix of the region

    @property
    def seed(self) -> int:
        """What all that is made up depends on."""
        return self.options.seed

    # Regions and jobs

    def region(self, account: str, name: str) -> RegionState:
        """The state of an account in a region, made at first use."""
        state = self.regions.get((account, name))
        if state is None:
            state = self.regions[account, name] = RegionState(account, name)
        return state

    def next_key(self) -> int:
        """The key of the next job that is made."""
        self._jobs_made += 1
        return self._jobs_made - 1

    def admit(self, spec: JobSpec, name: str) -> Job:
        """Take in one submitted job: SUBMITTED, stored and indexed."""
        key = self._jobs_made
        self._jobs_made = key + 1
        job = Job(key, self._job_id(key), name, spec, self.now_ms)
        (spec.region.service_jobs if spec.is_service else spec.region.jobs)[job.id] = job
        self.alive += 1
        if spec.share_identifier is not None:
            spec.queue.count_share(spec.share_identifier, 1)
        if spec.array_size:
            job.statistics = dict.fromkeys(s.JOB_STATUSES, 0)
        if spec.num_nodes:
            multinode.make_nodes(self, job)
        self.fire(job, "submit")
        if spec.depends_on:
            dependencies.link(self, job)
        at_ms = self.now_ms + self._evaluates_after_ms
        self.queue.push(at_ms, "evaluate_dependencies", job, job.epoch)
        return job

    # Moves

    def fire(self, job: Job, trigger: str, reason: str | None = None) -> None:
        """Move `job` by the row of the table for `trigger`: the only place that assigns its status.

        Raises:
            IllegalTransition: The table has no such row.
        """
        spec, status, key, parent = job.spec, job.status, job.key, job.parent
        moves = job_moves(job) if spec.num_nodes or spec.is_service else JOB_MOVES
        move = moves.get((status, trigger))
        if move is None:
            raise IllegalTransition(job, trigger)
        target, effects = move
        if parent is None:
            by_status = spec.queue.by_status
            if status:
                del by_status[status][key]
            by_status[target][key] = job
        elif not spec.num_nodes:
            array.count_child(self, parent, status, target)
        job.status = target
        job.status_reason = reason
        job.history += (target, self.now_ms)
        job.epoch += 1
        self.changes += 1
        notifications = self.notifications
        notifications.moved.append(key)
        if notifications.listening:
            notifications.tell(self, job)
        for effect in effects:
            _EFFECTS[effect](self, job)
        if parent is None and spec.num_nodes:
            multinode.follow(self, job, trigger)

    def move_resource(self, resource: Any, trigger: str, reason: str | None = None) -> None:
        """Move a compute environment or a queue by its table.

        Raises:
            IllegalTransition: The table has no such row.
        """
        move = RESOURCE_MOVES.get((resource.status, trigger))
        if move is None:
            raise IllegalTransition(resource, trigger)
        resource.status, _ = move
        resource.history += (resource.status, self.now_ms)
        if reason is not None:
            resource.status_reason = reason
        self.changes += 1

    def retain(self, job: Job) -> None:
        """Keep an ended job for the time the service keeps it."""
        job.stopped_at_ms = self.now_ms
        if job.parent is None:
            self.alive -= 1
            if job.spec.share_identifier is not None:
                job.spec.queue.count_share(job.spec.share_identifier, -1)
            self.arrays.pop(job.key, None)
            self.paired.pop(job.key, None)
            self._ended.append((self.now_ms + latency.RETENTION_MS, job))

    def hand_out(self, job: Job, outcome: Outcome, container: str | None = None) -> live.LiveStart:
        """Have the driver really run the live attempt of `job`, or a container of it."""
        self._handed_out += 1
        start = live.LiveStart(self._handed_out, job, job.attempt, outcome, container)
        if outcome.runner is not None:
            self.has_handed_out = True
            self.live[start.number] = start
        self.outbox.append(start)
        return start

    # Time

    def jobs(self) -> Iterator[Job]:
        """All jobs and service jobs that are kept, without children and nodes."""
        for region in self.regions.values():
            yield from region.jobs.values()
            yield from region.service_jobs.values()

    def crowd(self) -> int:
        """The largest number of jobs that live together: top-level ones, or children of one array."""
        largest = max((array.live_children(parent) for parent in self.arrays.values()), default=0)
        return max(self.alive, largest)

    def stage_ms(self, latency_ms: int) -> int:
        """How long a stage of the table `latency` takes in this mock; never no time at all."""
        scale = self.options.latency_scale
        return latency_ms if scale == 1 else max(round(latency_ms * scale), 1)

    def after(
        self, delay_ms: int, kind: str, subject: Any, data: Any = None, *, priority: int = NORMAL
    ) -> None:
        """Put an event on the queue that is void once `subject` has moved on."""
        self.queue.push(self.now_ms + delay_ms, kind, subject, subject.epoch, data, priority=priority)

    def request_pass(self, region: RegionState) -> None:
        """Have the scheduler look at a region soon; requests before that look are one."""
        if region.arn_prefix not in self._passes:
            self._passes.add(region.arn_prefix)
            scheduling.plan_pass(self, region)

    def look_everywhere(self) -> None:
        """Have the scheduler look at all regions: what EC2 has to offer has changed."""
        for region in self.regions.values():
            self.request_pass(region)

    def lose_host(self, job: Job, ending: Ending) -> None:
        """The instance of a job, or of a node, is gone."""
        if job.attempt is None:
            return  # a node that was not launched yet: it will find its instance gone
        if job.is_node and job.parent is not None and job.index == job.spec.main_node:
            job = job.parent
        (multinode.ends if job.is_node else attempts.ends)(self, job, ending)

    def pass_begins(self, region: RegionState) -> None:
        """The requested look happens now: later requests make another."""
        self._passes.discard(region.arn_prefix)

    def step(self, until_ms: int) -> bool:
        """Play the next instant that is not later than `until_ms`; False if there is none."""
        queue, has_begun = self.queue, False
        for kind, subject, _, data in queue.next_instant(until_ms):
            if not has_begun:
                has_begun = True
                self.settle(queue.at_ms)
            _HANDLERS[kind](self, subject, data)
        return has_begun

    def settle(self, now_ms: int) -> None:
        """Let the time be `now_ms`, with nothing happening until then; forget what has expired."""
        if now_ms > self.now_ms:
            self.now_ms = now_ms
        while self._ended and self._ended[0][0] <= self.now_ms:
            self._forget(self._ended.popleft()[1])

    def forget_ended(self) -> Iterator[Job]:
        """Hand over the top-level jobs that have ended, oldest first, each forgotten before its time."""
        while self._ended:
            job = self._ended.popleft()[1]
            self._forget(job)
            yield job

    def _forget(self, job: Job) -> None:
        spec = job.spec
        region = spec.region
        (region.service_jobs if spec.is_service else region.jobs).pop(job.id, None)
        spec.queue.by_status[job.status].pop(job.key, None)
        self.logs.outlive(job)
        self.notifications.outlive(job)


_EFFECTS: dict[str, Callable[[Engine, Job], None]] = {
    "begin_attempt": attempts.begin,
    "run_attempt": attempts.run,
    "close_attempt": attempts.close,
    "free_capacity": scheduling.free_capacity,
    "line_up": scheduling.line_up,
    "look_again": scheduling.look_again,
    "line_up_first": scheduling.line_up_first,
    "settle_dependents": dependencies.settle_dependents,
    "retain": Engine.retain,
    "still_stop_node": multinode.still_stop,
}

_HANDLERS: dict[str, Callable[[Engine, Any, Any], None]] = {
    "evaluate_dependencies": dependencies.evaluate,
    "schedule_pass": scheduling.run_pass,
    "container_starts": attempts.container_starts,
    "containers_move": attempts.containers_move,
    "attempt_ends": attempts.ends,
    "attempt_times_out": attempts.times_out,
    "attempt_stopped": attempts.stopped,
    "instances_boot": fleet.boot,
    "instance_idles": fleet.idles,
    "update_times_out": fleet.update_times_out,
    "live_begins": live.begins,
    "live_reclaimed": live.reclaimed,
    "live_kills": live.kills,
    "spot_notices": spot.notices,
    "spot_takes": spot.takes,
    "resource_settles": resources.settles,
    "time_limit_ends": blocked.time_limit_ends,
    "children_evaluated": array.children_evaluated,
    "roll_up": array.roll_up,
    "node_launches": multinode.launches,
    "node_starts": multinode.starts,
    "node_ends": multinode.ends,
    "node_stopped": multinode.stopped,
    "service_downloads": service.downloads,
    "service_trains": service.trains,
    "service_ends": service.ends,
    "service_times_out": service.times_out,
    "service_stopped": service.stopped,
    "service_preempted": service.preempted,
    "notice_arrives": notifications.arrives,
}
