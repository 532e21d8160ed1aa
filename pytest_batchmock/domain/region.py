"""All that one account has in one region."""

from __future__ import annotations

from typing import Any

from pytest_batchmock.domain.compute_environment import ComputeEnvironment
from pytest_batchmock.domain.consumable_resource import ConsumableResource
from pytest_batchmock.domain.ids import arn
from pytest_batchmock.domain.job import Job
from pytest_batchmock.domain.job_definition import JobDefinition
from pytest_batchmock.domain.job_queue import JobQueue
from pytest_batchmock.domain.quota_share import QuotaShare
from pytest_batchmock.domain.scheduling_policy import SchedulingPolicy
from pytest_batchmock.domain.service_environment import ServiceEnvironment


class RegionState:
    """The resources and jobs of one account in one region, by name or id.

    Attributes:
        job_definitions: By name, the revisions in ascending order (INACTIVE ones included).
        next_revision: By name, the number the next registration gets.
        jobs: Top-level container jobs by their id; `find_job` finds children and nodes too.
        service_jobs: Service jobs by their id.
        service_tokens: By client token, the service job that was submitted with it.
        quota_shares: By ARN; their names are unique within one queue only.
    """

    __slots__ = (
        "account",
        "arn_prefix",
        "compute_environments",
        "consumable_resources",
        "created",
        "job_definitions",
        "job_queues",
        "jobs",
        "name",
        "next_revision",
        "quota_shares",
        "scheduling_policies",
        "service_environments",
        "service_jobs",
        "service_tokens",
        "version",
    )

    def __init__(self, account: str, name: str) -> None:
        self.account = account
        self.name = name
        self.arn_prefix = arn("batch", name, account, "")
        self.compute_environments: dict[str, ComputeEnvironment] = {}
        self.job_queues: dict[str, JobQueue] = {}
        self.scheduling_policies: dict[str, SchedulingPolicy] = {}
        self.service_environments: dict[str, ServiceEnvironment] = {}
        self.consumable_resources: dict[str, ConsumableResource] = {}
        self.quota_shares: dict[str, QuotaShare] = {}
        self.job_definitions: dict[str, list[JobDefinition]] = {}
        self.next_revision: dict[str, int] = {}
        self.jobs: dict[str, Job] = {}
        self.service_jobs: dict[str, Job] = {}
        self.service_tokens: dict[str, Job] = {}
        self.version = 0  # grows with every change of a resource, not with those of jobs
        self.created = 0  # resources created so far: the key of the next one

    def find_job(self, job_id: str) -> Job | None:
        """The job, child (``id:N``) or node (``id#N``) with that id, or None."""
        job = self.jobs.get(job_id)
        if job is not None:
            return job
        head, _, index = job_id.replace("#", ":").partition(":")
        parent = self.jobs.get(head)
        if parent is None or not parent.children or not _is_index(index):
            return None
        if int(index) >= len(parent.children):
            return None
        child = parent.children[int(index)]
        return child if child.id == job_id else None

    def array_of(self, job_id: str) -> Job | None:
        """The array whose child has that id (``id:N``), whether it has its children yet or not."""
        head, _, index = job_id.partition(":")
        parent = self.jobs.get(head)
        if parent is None or not _is_index(index) or str(int(index)) != index:
            return None
        return parent if int(index) < parent.spec.array_size else None

    def arn(self, resource: str) -> str:
        """The ARN of a Batch resource here, e.g. ``job-queue/name``."""
        return self.arn_prefix + resource

    def resources(self, kind: str) -> dict[str, Any]:
        """The resources of an ARN kind, e.g. ``compute-environment``, by name.

        Quota shares have no kind of their own (``job-queue/<queue>/quota-share/<name>``), and job
        definitions have revisions: both are looked up in their own dictionaries.
        """
        known: dict[str, dict[str, Any]] = {
            "compute-environment": self.compute_environments,
            "job-queue": self.job_queues,
            "scheduling-policy": self.scheduling_policies,
            "service-environment": self.service_environments,
            "consumable-resource": self.consumable_resources,
        }
        return known.get(kind, {})


def _is_index(text: str) -> bool:
    """Whether `text` could number a child; longer ones are no numbers to Python."""
    return text.isdecimal() and len(text) < 10
