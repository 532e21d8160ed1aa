"""The RUNNABLE jobs of each queue, in the order in which they are looked at.

Within a line: retried jobs first (user guide, best-practices), then by scheduling priority where
the queue has a scheduling policy, then by submission. A queue with fair share has a line for each
share identifier; which line is next is decided job by job. A queue with quota shares has one for
each of them, by priority and submission alone: a job that was preempted must not come before the
one it was preempted for.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator
from heapq import heappop, heappush, nsmallest

from pytest_batchmock.domain.job import Job
from pytest_batchmock.domain.job_queue import JobQueue
from pytest_batchmock.domain.region import RegionState
from pytest_batchmock.domain.service_job import ServiceJobSpec
from pytest_batchmock.domain.status import RUNNABLE

Entry = tuple[int, int, int, int, int, Job]  # rank, -priority, submission, child, epoch, job
Choose = Callable[[Collection[str]], str]
"""Given the identifiers of the lines in which somebody waits, say whose turn it is."""

RETRIED, FRESH = 0, 1


class Line:
    """Entries in their order. Most jobs come last, or back to the front: that costs nothing."""

    __slots__ = ("_between", "_row")

    def __init__(self) -> None:
        self._row: deque[Entry] = deque()
        self._between: list[Entry] = []  # a heap of those that came before others, and after others

    def __bool__(self) -> bool:
        return bool(self._row or self._between)

    def __iter__(self) -> Iterator[Entry]:
        """All entries, in no order."""
        yield from self._row
        yield from self._between

    def add(self, entry: Entry) -> None:
        """Put `entry` where it belongs."""
        row = self._row
        if not row or row[-1] < entry:
            row.append(entry)
        elif entry < row[0]:
            row.appendleft(entry)
        else:
            heappush(self._between, entry)

    def pop(self) -> Entry:
        """Take out the first entry."""
        if self._between and (not self._row or self._between[0] < self._row[0]):
            return heappop(self._between)
        return self._row.popleft()

    def remove(self, job: Job) -> None:
        """Take out all entries of `job`."""
        kept = sorted(entry for entry in self if entry[5] is not job)
        self._row, self._between = deque(kept), []


class Lines:
    """The lines, by queue and share identifier (empty where the queue has no policy)."""

    def __init__(self) -> None:
        self._lines: dict[JobQueue, dict[str, Line]] = {}

    def add(self, job: Job, rank: int) -> None:
        """Put `job` into its line."""
        spec, parent = job.spec, job.parent
        queue, share, priority = spec.queue, "", 0
        if queue.scheduling_policy_arn is not None:
            share, priority = spec.share_identifier or "", spec.scheduling_priority or 0
            if isinstance(spec, ServiceJobSpec) and spec.quota_share is not None:
                share, rank = spec.quota_share, FRESH
        first, then = (job.key, 0) if parent is None else (parent.key, (job.index or 0) + 1)
        lines = self._lines.get(queue)
        if lines is None:
            lines = self._lines[queue] = {}
        line = lines.get(share)
        if line is None:
            line = lines[share] = Line()
        line.add((rank, -priority, first, then, job.epoch, job))

    def reorder(self, job: Job) -> None:
        """The priority of a job that waits was changed: it changes its place."""
        for line in self._lines.get(job.spec.queue, {}).values():
            ranks = [entry[0] for entry in line if entry[5] is job and entry[4] == job.epoch]
            if ranks:
                line.remove(job)
                self.add(job, ranks[0])
                return

    def of(self, region: RegionState) -> Iterator[JobQueue]:
        """The queues of a region in which somebody waits."""
        for queue in region.job_queues.values():
            if self._lines.get(queue):
                yield queue

    def shares(self, queue: JobQueue) -> set[str]:
        """The share identifiers of those who wait."""
        return {share for share, line in self._lines.get(queue, {}).items() if any(map(_waits, line))}

    def first_of_each(self, queue: JobQueue) -> dict[str, Job]:
        """The job at the front of each line in which somebody waits."""
        lines = self._lines.get(queue, {})
        firsts = {share: min(filter(_waits, line), default=None) for share, line in lines.items()}
        return {share: entry[5] for share, entry in sorted(firsts.items()) if entry is not None}

    def front_by_submission(self, queue: JobQueue, at_most: int) -> list[Job]:
        """The jobs at the front where that line is next whose first job was submitted first."""
        lines = [
            nsmallest(at_most, filter(_waits, line))[::-1]
            for line in self._lines.get(queue, {}).values()
        ]
        front: list[Job] = []
        while len(front) < at_most and (open_lines := [line for line in lines if line]):
            front.append(min(open_lines, key=lambda line: line[-1][2:4]).pop()[5])
        return front

    def front(self, queue: JobQueue, at_most: int, choose: Choose) -> list[Job]:
        """The jobs at the front, in their order, without moving anybody."""
        lines = {
            share: nsmallest(at_most, filter(_waits, line))[::-1]
            for share, line in self._lines.get(queue, {}).items()
        }
        front: list[Job] = []
        while len(front) < at_most and any(lines.values()):
            front.append(lines[choose([share for share, line in lines.items() if line])].pop()[5])
        return front

    def leave_line(self, queue: JobQueue, share: str) -> Iterator[tuple[int, Job]]:
        """Take the jobs out of one line one by one with their rank."""
        lines = self._lines.get(queue, {})
        while share in lines:
            entry = _first_of(lines, share)
            if _waits(entry):
                yield entry[0], entry[5]

    def leave_in_order(self, queue: JobQueue, choose: Choose) -> Iterator[tuple[int, Job]]:
        """Take the jobs out one by one with their rank; those who have moved on are dropped."""
        lines = self._lines[queue]
        if len(lines) == 1:
            yield from self.leave_line(queue, *lines)
        while lines:
            entry = _first_of(lines, choose(lines))
            if _waits(entry):
                yield entry[0], entry[5]


def _first_of(lines: dict[str, Line], share: str) -> Entry:
    """Take out the first entry of a line; a line that is empty is none."""
    line = lines[share]
    entry = line.pop()
    if not line:
        del lines[share]
    return entry


def _waits(entry: Entry) -> bool:
    """Whether the job still is as it was when it lined up; a changed priority made another entry."""
    job = entry[5]
    if job.epoch != entry[4] or job.status != RUNNABLE:
        return False
    if job.spec.queue.scheduling_policy_arn is None:
        return True
    return entry[1] == -(job.spec.scheduling_priority or 0)
