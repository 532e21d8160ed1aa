"""Names of resources: their characters, their length, and that they are used once.

Names of job definitions and jobs, and references to them, are in the files of those subjects.
"""

from __future__ import annotations

import re
from typing import Final

from pytest_batchmock.rules.common import MEASURED
from pytest_batchmock.rules.registry import Request, rule

_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")

_NAMED: Final = {
    "CreateComputeEnvironment": ("compute-environment", "computeEnvironmentName"),
    "CreateJobQueue": ("job-queue", "jobQueueName"),
    "CreateSchedulingPolicy": ("scheduling-policy", "name"),
    "CreateServiceEnvironment": ("service-environment", "serviceEnvironmentName"),
    "CreateConsumableResource": ("consumable-resource", "consumableResourceName"),
}


def _refused(request: Request, member: str, message: str) -> str | None:
    return None if _NAME.fullmatch(request.params[member]) else message


@rule("CreateComputeEnvironment", evidence="measured", source=MEASURED, wrapped=True)
def compute_environment_names_are_128_letters_digits_hyphens_and_underscores(
    request: Request,
) -> str | None:
    return _refused(
        request, "computeEnvironmentName", "Compute Environment name should match a valid pattern."
    )


@rule("CreateJobQueue", evidence="measured", source=MEASURED, wrapped=True)
def job_queue_names_are_128_letters_digits_hyphens_and_underscores(request: Request) -> str | None:
    return _refused(request, "jobQueueName", "Job Queue name should match a valid pattern.")


@rule("CreateSchedulingPolicy", evidence="measured", source=MEASURED, wrapped=True)
def scheduling_policy_names_are_128_letters_digits_hyphens_and_underscores(
    request: Request,
) -> str | None:
    return _refused(request, "name", "Scheduling policy name should match a valid pattern.")


@rule("CreateServiceEnvironment", evidence="measured", source=MEASURED, wrapped=True)
def service_environment_names_are_128_letters_digits_hyphens_and_underscores(
    request: Request,
) -> str | None:
    return _refused(
        request, "serviceEnvironmentName", "Service environment name should match a valid pattern."
    )


@rule("CreateConsumableResource", evidence="measured", source=MEASURED, wrapped=True)
def consumable_resource_names_are_128_letters_digits_hyphens_and_underscores(
    request: Request,
) -> str | None:
    return _refused(
        request, "consumableResourceName", "ConsumableResource name should match a valid pattern."
    )


@rule(
    "CreateQuotaShare",
    evidence="documented",
    source="API model, CreateQuotaShareRequest.quotaShareName; text inferred",
    wrapped=True,
)
def quota_share_names_are_128_letters_digits_hyphens_and_underscores(request: Request) -> str | None:
    return _refused(request, "quotaShareName", "Quota share name should match a valid pattern.")


@rule(
    *_NAMED,
    evidence="inferred",
    source="names are unique per account and Region (API model); text as clients expect it",
    wrapped=True,
)
def a_name_is_used_once_per_account_and_region(request: Request) -> str | None:
    kind, member = _NAMED[request.operation]
    if request.params[member] in request.region.resources(kind):
        return "Object already exists"
    return None


@rule(
    "CreateQuotaShare",
    evidence="inferred",
    source="an ARN below the queue must be unique; text as for other resources",
    wrapped=True,
)
def a_quota_share_name_is_used_once_per_queue(request: Request) -> str | None:
    queue = request.params["jobQueue"].rpartition("/")[2]
    arn = request.region.arn(f"job-queue/{queue}/quota-share/{request.params['quotaShareName']}")
    return "Object already exists" if arn in request.region.quota_shares else None
