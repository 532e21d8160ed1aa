"""The log streams of CloudWatch Logs that the jobs have: one for each container that started.

Streams are not stored. They follow from the jobs, and an index of them is brought up to date when
somebody asks for logs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

from pytest_batchmock.api.views.names import AWSLOGS, container_log_stream, log_stream_name
from pytest_batchmock.domain.containers import parts_of
from pytest_batchmock.domain.ids import arn
from pytest_batchmock.domain.job import Attempt, Job
from pytest_batchmock.domain.region import RegionState
from pytest_batchmock.engine.engine import Engine
from pytest_batchmock.engine.families.containers import courses_of
from pytest_batchmock.engine.logs import ONLY_CONTAINER, Line, Writer

DEFAULT_GROUP: Final = "/aws/batch/job"
"""User guide, job_states."""


@dataclass(frozen=True, slots=True)
class LogStream:
    """One log stream.

    Attributes:
        group: The name of its group.
        name: Its own.
        job: The job, child or node.
        attempt: The attempt that writes it.
        container: The name of the container; ``default`` where there is only one.
        position: Which container of several it is, in the order of the definition; None for one.
        created_ms: When the container started.
    """

    group: str
    name: str
    job: Job
    attempt: Attempt
    container: str
    position: int | None
    created_ms: int

    @property
    def arn(self) -> str:
        """Its ARN."""
        return f"{group_arn(self.job.spec.region, self.group)}:log-stream:{self.name}"

    @property
    def writer(self) -> Writer:
        """Whose lines it shows. A multi-node parent writes for its main node."""
        job = self.job
        if job.is_node and job.parent is not None and job.index == job.spec.main_node:
            job = job.parent
        return job.key, self.attempt.number, self.container

    @property
    def stopped_ms(self) -> int | None:
        """When the container stopped, None while it runs."""
        if self.position is not None:
            stopped_ms = courses_of(self.attempt)[self.position].stopped_ms
            return None if stopped_ms is None else self.attempt.starting_at_ms + stopped_ms
        return self.attempt.stopped_at_ms


def group_arn(region: RegionState, group: str) -> str:
    """The ARN of a log group."""
    return arn("logs", region.name, region.account, f"log-group:{group}")


class _Index:
    """The streams of one region: by group, then by name."""

    def __init__(self) -> None:
        self.groups: dict[str, dict[str, LogStream]] = {}
        self.as_of: tuple[int, int] | None = None
        self.known: set[tuple[int, int, int | None]] = set()


class LogStreams:
    """The log streams of all jobs of one mock."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._indexes: dict[RegionState, _Index] = {}

    def groups(self, region: RegionState) -> dict[str, dict[str, LogStream]]:
        """The streams of a region by group and name, in the order of their making."""
        index = self._indexes.setdefault(region, _Index())
        engine = self._engine
        if index.as_of != (engine.changes, engine.now_ms):
            index.as_of = (engine.changes, engine.now_ms)
            for job in _with_logs(chain(region.jobs.values(), engine.logs.outlived)):
                if job.spec.region is region:
                    for attempt in job.attempts:
                        self._add(index, job, attempt)
                    if job.attempt is not None:
                        self._add(index, job, job.attempt)
        return index.groups

    def everywhere(self) -> list[LogStream]:
        """The streams of all accounts and regions, by the order of the jobs."""
        found = [
            stream
            for region in self._engine.regions.values()
            for group in self.groups(region).values()
            for stream in group.values()
        ]
        return sorted(found, key=lambda it: (it.job.key, it.attempt.number, it.position or 0))

    def has_group(self, region: RegionState, group: str) -> bool:
        """Whether a group is one that Batch jobs of the region write to, now or later."""
        if group == DEFAULT_GROUP or group in self.groups(region):
            return True
        return any(
            group in _named_groups(definition.request)
            for revisions in region.job_definitions.values()
            for definition in revisions
        )

    def lines(self, stream: LogStream) -> list[Line]:
        """What has been written to a stream by now."""
        now_ms = self._engine.now_ms
        return [line for line in self._all(stream) if line.at_ms <= now_ms]

    def next_line_ms(self, streams: list[LogStream]) -> int | None:
        """When the next line that is already planned for one of the streams will be written."""
        now_ms = self._engine.now_ms
        coming = [line.at_ms for it in streams for line in self._all(it) if line.at_ms > now_ms]
        return min(coming, default=None)

    def _all(self, stream: LogStream) -> list[Line]:
        return self._engine.logs.of(stream.writer, stream.created_ms, stream.stopped_ms)

    def _add(self, index: _Index, job: Job, attempt: Attempt) -> None:
        """Put the streams of an attempt that have come since the last look into the index."""
        courses = courses_of(attempt)
        if courses:
            for position, course in enumerate(courses):
                if course.started_ms is not None:
                    started_ms = attempt.starting_at_ms + course.started_ms
                    self._add_one(index, job, attempt, position, started_ms)
        elif attempt.started_at_ms is not None:
            self._add_one(index, job, attempt, None, attempt.started_at_ms)

    def _add_one(
        self, index: _Index, job: Job, attempt: Attempt, position: int | None, started_ms: int
    ) -> None:
        key = (job.key, attempt.number, position)
        if key in index.known:
            return
        index.known.add(key)
        parts, seed = parts_of(job), self._engine.seed
        if parts.is_pod:
            return  # the logs of pods are the cluster's business (user guide)
        if position is None:
            container, defined = ONLY_CONTAINER, parts.container
            name = log_stream_name(job, attempt.number, seed)
        else:
            found = parts.containers[position]
            container, defined = found.name, found.defined
            name = container_log_stream(job, attempt.number, seed, found)
        if name is None:
            return  # another log driver writes elsewhere
        group = _group_of(defined.get("logConfiguration", {}))
        stream = LogStream(group, name, job, attempt, container, position, started_ms)
        index.groups.setdefault(group, {})[name] = stream


def _with_logs(jobs: Iterable[Job]) -> Iterator[Job]:
    """The jobs that have containers: the children and nodes, not their parents."""
    for job in jobs:
        if job.children:
            yield from job.children
        else:
            yield job


def _group_of(configuration: Any) -> str:
    group: str = configuration.get("options", {}).get("awslogs-group", DEFAULT_GROUP)
    return group


def _named_groups(members: Any) -> Iterator[str]:
    """The log groups that a definition names, wherever its containers are."""
    if isinstance(members, dict):
        for name, value in members.items():
            if name == "logConfiguration" and value.get("logDriver") == AWSLOGS:
                yield _group_of(value)
            else:
                yield from _named_groups(value)
    elif isinstance(members, list):
        for value in members:
            yield from _named_groups(value)
