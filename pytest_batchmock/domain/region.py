"""All that one account has in one region."""

from __future__ import annotations

from typing import Any

from pytest_batchmock.domain.compute_environment import ComputeEnvironment
from pytest_batchmock.domain.ids import arn
from pytest_batchmock.domain.job import Job
from pytest_batchmock.domain.job_definition import JobDefinition
from pytest_batchmock.domain.job_queue import JobQueue


class RegionState:
    """The resources and jobs of one account in one region, by name or id.

    Attributes:
        job_definitions: By name, the revisions in ascending order (INACTIVE ones included).
        next_revision: By name, the number the next registration gets.
        jobs: By job id: top-level jobs, children and nodes.
    """

    __slots__ = (
        "account",
        "arn_prefix",
        "compute_environments",
        "created",
        "job_definitions",
        "job_queues",
        "jobs",
        "name",
        "next_revision",
    )

    def __init__(self, account: str, name: str) -> None:
        self.account = account
        self.name = name
        self.arn_prefix = arn("batch", name, account, "")
        self.compute_environments: dict[str, ComputeEnvironment] = {}
        self.job_queues: dict[str, JobQueue] = {}
        self.job_definitions: dict[str, list[JobDefinition]] = {}
        self.next_revision: dict[str, int] = {}
        self.jobs: dict[str, Job] = {}
        self.created = 0  # resources created so far: the key of the next one

    def arn(self, resource: str) -> str:
        """The ARN of a Batch resource here, e.g. ``job-queue/name``."""
        return self.arn_prefix + resource

    def resources(self, kind: str) -> dict[str, Any]:
        """The resources of an ARN kind: ``compute-environment`` or ``job-queue``."""
        known: dict[str, dict[str, Any]] = {
            "compute-environment": self.compute_environments,
            "job-queue": self.job_queues,
        }
        return known.get(kind, {})
