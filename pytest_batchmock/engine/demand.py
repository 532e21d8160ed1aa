"""Who waits, by queue and job class: what the fleet grows for.

Kept incrementally, as jobs become RUNNABLE and leave that status, so that thinking about an array
of 10,000 children costs no more than thinking about one job.
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_batchmock.domain.job_class import JobClass
from pytest_batchmock.domain.job_queue import JobQueue


class Waiting:
    """How many jobs of one class wait in one queue.

    Attributes:
        count: All of them.
        fresh: Those that became RUNNABLE at `fresh_ms`: the scheduler sees them at its next look.
    """

    __slots__ = ("count", "fresh", "fresh_ms")

    def __init__(self) -> None:
        self.count = 0
        self.fresh = 0
        self.fresh_ms = -1

    def seen_at(self, now_ms: int) -> int:
        """How many the scheduler has looked at, or could have."""
        return self.count - self.fresh if self.fresh_ms == now_ms else self.count


class Demand:
    """By queue, the classes of the jobs that are RUNNABLE there, in the order of their arrival."""

    def __init__(self) -> None:
        self._queues: dict[JobQueue, dict[JobClass, Waiting]] = {}

    def add(self, queue: JobQueue, job_class: JobClass, now_ms: int) -> None:
        """One more waits."""
        classes = self._queues.setdefault(queue, {})
        waiting = classes.get(job_class)
        if waiting is None:
            waiting = classes[job_class] = Waiting()
        waiting.count += 1
        if waiting.fresh_ms != now_ms:
            waiting.fresh_ms, waiting.fresh = now_ms, 0
        waiting.fresh += 1

    def remove(self, queue: JobQueue, job_class: JobClass, now_ms: int) -> None:
        """One less waits."""
        classes = self._queues[queue]
        waiting = classes[job_class]
        waiting.count -= 1
        waiting.fresh = min(waiting.fresh, waiting.count)
        if not waiting.count:
            del classes[job_class]

    def of(self, queue: JobQueue) -> Iterator[tuple[JobClass, Waiting]]:
        """What waits in a queue."""
        yield from self._queues.get(queue, {}).items()

    def counts(self) -> dict[JobQueue, int]:
        """How many wait in each queue where somebody does."""
        totals = {
            queue: sum(waiting.count for waiting in classes.values())
            for queue, classes in self._queues.items()
        }
        return {queue: total for queue, total in totals.items() if total}
