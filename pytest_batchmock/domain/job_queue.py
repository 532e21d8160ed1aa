"""The record of a job queue, with the indexes of the jobs that were submitted to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_batchmock.domain import status

if TYPE_CHECKING:
    from pytest_batchmock.domain.job import Job


class JobQueue:
    """One job queue.

    Attributes:
        key: The order of creation within its region, from 0.
        environments: The ARNs of its compute environments, in ascending order.
        order: ``computeEnvironmentOrder`` as described: a list of {order, computeEnvironment (ARN)}.
        request: Members of CreateJobQueue that have no attribute of their own here, as given.
        leaving: Names of environments that the last update detached: they are let go of when the
            queue has settled.
        by_status: Its top-level jobs by status, each an ordered mapping from the job's key.
        active_shares: How many of its top-level jobs that have not ended each share identifier has.
    """

    __slots__ = (
        "active_shares",
        "arn",
        "by_status",
        "created_at_ms",
        "environments",
        "history",
        "key",
        "leaving",
        "name",
        "order",
        "priority",
        "request",
        "scheduling_policy_arn",
        "state",
        "status",
        "status_reason",
        "tags",
        "time_limit_actions",
        "type",
    )

    def __init__(
        self,
        *,
        key: int,
        name: str,
        arn: str,
        priority: int,
        state: str,
        order: list[dict[str, Any]],
        request: dict[str, Any],
        type: str | None,
        scheduling_policy_arn: str | None,
        time_limit_actions: list[dict[str, Any]],
        tags: dict[str, str],
        created_at_ms: int,
    ) -> None:
        self.key = key
        self.name = name
        self.arn = arn
        self.priority = priority
        self.state = state
        self.set_order(order)
        self.request = request
        self.type = type
        self.scheduling_policy_arn = scheduling_policy_arn
        self.time_limit_actions = time_limit_actions
        self.tags = tags
        self.created_at_ms = created_at_ms
        self.status = ""
        self.status_reason = ""
        self.leaving: frozenset[str] = frozenset()
        self.history: tuple[Any, ...] = ()
        self.by_status: dict[str, dict[int, Job]] = {name: {} for name in status.SERVICE_JOB_STATUSES}
        self.active_shares: dict[str, int] = {}

    def set_order(self, order: list[dict[str, Any]]) -> None:
        """Attach the compute environments of `order` (ARNs) instead of the present ones."""
        self.order = sorted(order, key=lambda entry: int(entry["order"]))
        self.environments = tuple(str(entry["computeEnvironment"]) for entry in self.order)

    def count_share(self, share: str, change: int) -> None:
        """A job of a share identifier came (1) or has ended (-1)."""
        count = self.active_shares.get(share, 0) + change
        if count:
            self.active_shares[share] = count
        else:
            self.active_shares.pop(share, None)

    @property
    def attached(self) -> frozenset[str]:
        """The names of all environments that it holds: compute and service environments.

        Those that an update detached belong to it until it has settled.
        """
        service = self.request.get("serviceEnvironmentOrder") or ()
        references = [*self.environments, *(str(entry["serviceEnvironment"]) for entry in service)]
        names = frozenset(reference.rpartition("/")[2] for reference in references)
        return names | self.leaving if self.status == status.UPDATING else names

    @property
    def epoch(self) -> int:
        """Grows with every change of status; an event made in another epoch is stale."""
        return len(self.history)
