"""Who waits for whom in a simulation: when dependent jobs are submitted, and whom they wait for.

A job is submitted when those that it waits for have been. An upstream job is remembered until the last
of its dependents is there, though it may have ended and been forgotten by the engine long before.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence

from pytest_batchmock.domain.job import Job
from pytest_batchmock.simulate.classes import JobClass


class _Upstream:
    """The jobs of a class that others wait for, as far as they were submitted.

    Attributes:
        times: When they are.
        left: How many dependents of each are still to come.
    """

    __slots__ = ("_jobs", "left", "times")

    def __init__(self, times: Iterable[int]) -> None:
        self.times = array("q", times)
        self.left = array("q", bytes(8 * len(self.times)))
        self._jobs: list[Job | None] = []

    def add(self, job: Job) -> None:
        """The next job is there."""
        self._jobs.append(job)

    def at(self, position: int) -> Job:
        """A job, for one of its dependents."""
        job = self._jobs[position]
        if job is None:
            raise AssertionError(f"Job {position} was forgotten before its last dependent came.")
        self.left[position] -= 1
        if not self.left[position]:
            self._jobs[position] = None
        return job


class Waiting:
    """The dependencies of a workload.

    Args:
        classes: Its classes, each behind those it waits for.
        seed: Of the workload.
    """

    def __init__(self, classes: Sequence[JobClass], seed: int) -> None:
        self._classes = classes
        self._seed = seed
        self._upstream: dict[str, _Upstream] = {}
        self._made = [0] * len(classes)
        named = {after.name for each in classes for after in each.after}
        self.concerned = {
            number for number, each in enumerate(classes) if each.after or each.name in named
        }
        self._times: list[Iterable[int]] = [self._times_of(each, each.name in named) for each in classes]

    def times(self, number: int) -> Iterator[int]:
        """When the jobs of a class are submitted, in milliseconds after the start, in their order."""
        yield from self._times[number]

    def _times_of(self, each: JobClass, is_upstream: bool) -> Iterable[int]:
        own: Iterable[int] = each.arrivals.times(each.count, self._seed, each.name)
        for after in each.after:
            upstream = self._upstream[after.name]
            if after.by_number:
                upstream.left = array("q", (it + 1 for it in upstream.left))
                own = map(max, own, upstream.times)
            else:
                upstream.left = array("q", (it + each.count for it in upstream.left))
                own = map(max, own, [upstream.times[-1]] * each.count)
        if is_upstream:
            upstream = self._upstream[each.name] = _Upstream(own)
            return upstream.times
        return own

    def upstream_of(self, number: int) -> list[Job]:
        """Whom the next job of a class waits for; to be asked once for each."""
        position = self._made[number]
        self._made[number] += 1
        found: list[Job] = []
        for after in self._classes[number].after:
            upstream = self._upstream[after.name]
            positions = (position,) if after.by_number else range(len(upstream.times))
            found += map(upstream.at, positions)
        return found

    def submitted(self, number: int, job: Job) -> None:
        """A job of a class is there: others may wait for it."""
        upstream = self._upstream.get(self._classes[number].name)
        if upstream is not None:
            upstream.add(job)
