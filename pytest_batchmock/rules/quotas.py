"""Account quotas. They are enforced only with the option ``enforce_quotas``: test suites create many.

Limits of one request (three environments a queue, 50 tags, …) always hold; they are with their
subjects.
"""

from __future__ import annotations

from typing import Final

from pytest_batchmock.rules.common import find, given
from pytest_batchmock.rules.registry import Request, rule

JOB_QUEUES: Final = 50
COMPUTE_ENVIRONMENTS: Final = 50
ENVIRONMENTS_PER_EKS_CLUSTER: Final = 5
SERVICE_ENVIRONMENTS: Final = 50
CONSUMABLE_RESOURCES: Final = 50_000
QUOTA_SHARES_PER_QUEUE: Final = 20

_SOURCE: Final = "user guide, service_limits; text inferred"


def _exceeded(request: Request, present: int, limit: int, what: str) -> str | None:
    if request.options.enforce_quotas and present >= limit:
        return f"The limit of {limit} {what} is exceeded."
    return None


@rule("CreateJobQueue", evidence="documented", source=_SOURCE)
def an_account_has_at_most_50_job_queues(request: Request) -> str | None:
    return _exceeded(request, len(request.region.job_queues), JOB_QUEUES, "job queues")


@rule("CreateComputeEnvironment", evidence="documented", source=_SOURCE)
def an_account_has_at_most_50_compute_environments(request: Request) -> str | None:
    present = len(request.region.compute_environments)
    return _exceeded(request, present, COMPUTE_ENVIRONMENTS, "compute environments")


@rule("CreateComputeEnvironment", evidence="documented", source=_SOURCE)
def an_eks_cluster_has_at_most_5_compute_environments(request: Request) -> str | None:
    if not given(request.params, "eksConfiguration"):
        return None
    cluster = request.params["eksConfiguration"].get("eksClusterArn")
    present = sum(
        environment.orchestration == "EKS"
        and environment.request["eksConfiguration"].get("eksClusterArn") == cluster
        for environment in request.region.compute_environments.values()
    )
    return _exceeded(
        request, present, ENVIRONMENTS_PER_EKS_CLUSTER, "compute environments for one EKS cluster"
    )


@rule("CreateServiceEnvironment", evidence="documented", source=_SOURCE)
def an_account_has_at_most_50_service_environments(request: Request) -> str | None:
    present = len(request.region.service_environments)
    return _exceeded(request, present, SERVICE_ENVIRONMENTS, "service environments")


@rule("CreateConsumableResource", evidence="documented", source=_SOURCE)
def an_account_has_at_most_50000_consumable_resources(request: Request) -> str | None:
    present = len(request.region.consumable_resources)
    return _exceeded(request, present, CONSUMABLE_RESOURCES, "consumable resources")


@rule("CreateQuotaShare", evidence="documented", source=_SOURCE)
def a_job_queue_has_at_most_20_quota_shares(request: Request) -> str | None:
    queue = find(request, "job-queue", request.params["jobQueue"])
    if queue is None:
        return None
    present = sum(share.job_queue_arn == queue.arn for share in request.region.quota_shares.values())
    return _exceeded(request, present, QUOTA_SHARES_PER_QUEUE, "quota shares in one job queue")
