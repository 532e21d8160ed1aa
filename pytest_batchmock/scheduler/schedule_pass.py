"""One look of the scheduler at all queues of a region: order, place, decide. It changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from pytest_batchmock.domain.job import JobSpec
from pytest_batchmock.domain.job_class import JobClass
from pytest_batchmock.scheduler import quota_share
from pytest_batchmock.scheduler.placement import place
from pytest_batchmock.scheduler.service_placement import place_service
from pytest_batchmock.scheduler.view import Block, Decision, QueueView


def schedule_pass(
    queues: Iterable[QueueView], class_of: Callable[[JobSpec], JobClass]
) -> Iterator[Decision]:
    """Decide queue by queue in descending priority; of equal ones the older queue is first.

    A job at the head that cannot be placed blocks those behind it in its queue (user guide,
    job_stuck_in_runnable); the pass then goes on with the next queue. Of a queue with quota shares,
    each share is such a queue.
    """
    for queue in sorted(queues, key=lambda view: (-view.priority, view.key)):
        if queue.quota is not None:
            yield from quota_share.decide(queue.quota)
            continue
        for job in queue.waiting:
            if job.spec.is_service:
                decision = place_service(job, queue.service_environments)
            else:
                decision = place(job, queue.environments, queue.reserved, class_of(job.spec))
            yield decision
            if isinstance(decision, Block):
                break
