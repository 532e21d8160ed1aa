"""Examples for the rules of names, tags and quotas."""

from __future__ import annotations

from typing import Any

from pytest_batchmock.rules.registry import Request

from .builders import (
    CLUSTER,
    a_compute_environment,
    a_queue,
    a_quota_region,
    a_quota_share,
    a_region,
    a_request,
    a_service_environment,
    an_eks_environment,
    an_existing_consumable,
    an_existing_environment,
    an_existing_queue,
    an_existing_quota_share,
    an_existing_service_environment,
    creating,
    ec2,
)
from .example import Example

LONG = "n" * 129


def named(operation: str, member: str, **params: Any) -> tuple[Request, Request]:
    """A request with the longest name, and one with a longer name."""
    accepted = a_request(operation, {**params, member: LONG[:-1]}, a_quota_region())
    return accepted, a_request(operation, {**params, member: LONG}, a_quota_region())


def tagged(**tags: str) -> Request:
    params = {"resourceArn": "arn:aws:batch:us-east-1:123456789012:job-queue/q", "tags": tags}
    return a_request("TagResource", params)


def tagging_a_job(job_id: str) -> Request:
    arn = f"arn:aws:batch:us-east-1:123456789012:job/{job_id}"
    return a_request("TagResource", {"resourceArn": arn, "tags": {"a": "b"}})


def untagging(count: int) -> Request:
    arn = "arn:aws:batch:us-east-1:123456789012:job-queue/q"
    keys = [f"k{n}" for n in range(count)]
    return a_request("UntagResource", {"resourceArn": arn, "tagKeys": keys})


def crowded(operation: str, params: dict[str, Any], limit: int, add: Any) -> tuple[Request, Request]:
    """The last request that a quota lets pass, and the first it does not."""
    pair = []
    for present in (limit - 1, limit):
        region = a_quota_region()
        region.job_queues.pop("q") if operation == "CreateJobQueue" else None
        region.service_environments.pop("se") if operation == "CreateServiceEnvironment" else None
        for n in range(present):
            add(region, name=f"other-{n}")
        pair.append(a_request(operation, params, region, enforce_quotas=True))
    return pair[0], pair[1]


def an_eks_sibling(region: Any, *, name: str) -> None:
    configuration = {"eksClusterArn": CLUSTER, "kubernetesNamespace": name}
    an_existing_environment(region, ec2(), name=name, eksConfiguration=configuration)


def an_ec2_sibling(region: Any, *, name: str) -> None:
    an_existing_environment(region, ec2(), name=name)


def a_taken_name() -> Request:
    region = a_region()
    an_existing_environment(region, ec2())
    return a_request("CreateComputeEnvironment", a_compute_environment(), region)


def a_taken_quota_share() -> Request:
    region = a_quota_region()
    an_existing_quota_share(region)
    return a_request("CreateQuotaShare", a_quota_share(), region)


ALREADY_THERE = "Object already exists"
MANY = {f"k{n}": "v" for n in range(51)}
FEWER = {f"k{n}": "v" for n in range(50)}
NAMES = {
    "compute_environment": ("Compute Environment", "CreateComputeEnvironment", "computeEnvironmentName"),
    "job_queue": ("Job Queue", "CreateJobQueue", "jobQueueName"),
    "scheduling_policy": ("Scheduling policy", "CreateSchedulingPolicy", "name"),
    "service_environment": ("Service environment", "CreateServiceEnvironment", "serviceEnvironmentName"),
    "consumable_resource": ("ConsumableResource", "CreateConsumableResource", "consumableResourceName"),
    "quota_share": ("Quota share", "CreateQuotaShare", "quotaShareName"),
}

EXAMPLES: dict[str, Example] = {
    f"{kind}_names_are_128_letters_digits_hyphens_and_underscores": Example(
        *named(operation, member), f"{words} name should match a valid pattern."
    )
    for kind, (words, operation, member) in NAMES.items()
}

EXAMPLES |= {
    "a_name_is_used_once_per_account_and_region": Example(creating(), a_taken_name(), ALREADY_THERE),
    "a_quota_share_name_is_used_once_per_queue": Example(
        a_request("CreateQuotaShare", a_quota_share(), a_quota_region()),
        a_taken_quota_share(),
        ALREADY_THERE,
    ),
    # tags
    "children_of_array_and_multinode_jobs_are_not_tagged": Example(
        tagging_a_job("0e1c"),
        tagging_a_job("0e1c:3"),
        "Tags are not supported for child jobs of array and multi-node parallel jobs.",
    ),
    "a_resource_has_at_most_50_tags": Example(
        tagged(**FEWER), tagged(**MANY), "Number of tags exceeds the limit of 50."
    ),
    "tag_keys_have_1_to_128_and_values_at_most_256_characters": Example(
        tagged(**{"k" * 128: "v" * 256}),
        tagged(**{"k" * 129: "v"}),
        "Tag keys must be between 1 and 128 characters long.",
    ),
    "tag_keys_do_not_begin_with_aws": Example(
        tagged(awsome="yes"),
        tagged(**{"AWS:batch": "no"}),
        "Tag keys can't begin with aws:, it is reserved for AWS use.",
    ),
    "tags_hold_letters_digits_spaces_and_eight_special_characters": Example(
        tagged(Größe="a1 _.:/=+-@"),
        tagged(team="a&b"),
        "Tags can only contain letters, numbers, spaces, "
        "and the following special characters: _ . : / = + - @",
    ),
    "at_most_50_tag_keys_are_removed_at_once": Example(
        untagging(50), untagging(51), "At most 50 tag keys can be removed in one request."
    ),
    # quotas
    "an_account_has_at_most_50_job_queues": Example(
        *crowded("CreateJobQueue", a_queue(), 50, an_existing_queue),
        "The limit of 50 job queues is exceeded.",
    ),
    "an_account_has_at_most_50_compute_environments": Example(
        *crowded("CreateComputeEnvironment", a_compute_environment(), 50, an_ec2_sibling),
        "The limit of 50 compute environments is exceeded.",
    ),
    "an_eks_cluster_has_at_most_5_compute_environments": Example(
        *crowded("CreateComputeEnvironment", an_eks_environment(), 5, an_eks_sibling),
        "The limit of 5 compute environments for one EKS cluster is exceeded.",
    ),
    "an_account_has_at_most_50_service_environments": Example(
        *crowded(
            "CreateServiceEnvironment", a_service_environment(), 50, an_existing_service_environment
        ),
        "The limit of 50 service environments is exceeded.",
    ),
    "an_account_has_at_most_50000_consumable_resources": Example(
        *crowded(
            "CreateConsumableResource", {"consumableResourceName": "r"}, 50_000, an_existing_consumable
        ),
        "The limit of 50000 consumable resources is exceeded.",
    ),
    "a_job_queue_has_at_most_20_quota_shares": Example(
        *crowded("CreateQuotaShare", a_quota_share(), 20, an_existing_quota_share),
        "The limit of 20 quota shares in one job queue is exceeded.",
    ),
}
