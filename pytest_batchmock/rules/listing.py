"""What the List and Describe calls refuse: page sizes, filters, parameters that exclude each other."""

from __future__ import annotations

from typing import Any, Final

from pytest_batchmock.domain.status import JOB_STATUSES
from pytest_batchmock.rules.registry import Request, rule

MAX_NAMES: Final = 100
MAX_PAGE: Final = 100
MAX_JOBS_PAGE: Final = 1000

_SELECTORS: Final = ("jobQueue", "arrayJobId", "multiNodeJobId")
_NAMES: Final = {
    "DescribeComputeEnvironments": "computeEnvironments",
    "DescribeJobQueues": "jobQueues",
    "DescribeJobDefinitions": "jobDefinitions",
    "DescribeServiceEnvironments": "serviceEnvironments",
    "DescribeSchedulingPolicies": "arns",
}
_PAGED: Final = (
    "DescribeComputeEnvironments",
    "DescribeJobQueues",
    "DescribeJobDefinitions",
    "DescribeServiceEnvironments",
    "ListConsumableResources",
    "ListJobsByConsumableResource",
    "ListQuotaShares",
    "ListSchedulingPolicies",
    "ListServiceJobs",
)
_FILTERS: Final = {
    "ListJobs": (
        "JOB_NAME",
        "JOB_DEFINITION",
        "BEFORE_CREATED_AT",
        "AFTER_CREATED_AT",
        "SHARE_IDENTIFIER",
    ),
    "ListServiceJobs": (
        "JOB_NAME",
        "BEFORE_CREATED_AT",
        "AFTER_CREATED_AT",
        "SHARE_IDENTIFIER",
        "QUOTA_SHARE_NAME",
    ),
    "ListConsumableResources": ("CONSUMABLE_RESOURCE_NAME",),
    "ListJobsByConsumableResource": ("JOB_STATUS", "JOB_NAME"),
}


@rule("ListJobs", evidence="documented", source="API model, ListJobs", wrapped=True)
def jobs_are_listed_of_one_queue_or_parent(request: Request) -> str | None:
    """Exactly one of jobQueue, arrayJobId and multiNodeJobId; the words of the refusal are ours."""
    given = [name for name in _SELECTORS if request.params.get(name)]
    if len(given) != 1:
        asked = f"got {' and '.join(given)}" if given else "none was given"
        return f"Exactly one of {', '.join(_SELECTORS)} must be specified, {asked}."
    return None


@rule("ListServiceJobs", evidence="inferred", source="inferred", wrapped=True)
def service_jobs_are_listed_of_a_queue(request: Request) -> str | None:
    """The model does not require it; the words of the refusal are ours."""
    return None if request.params.get("jobQueue") else "jobQueue must be specified."


@rule("ListJobs", "ListServiceJobs", evidence="observed", source="recorded answer", wrapped=True)
def one_filter_at_a_time(request: Request) -> str | None:
    """Recorded for ListJobs."""
    if len(request.params.get("filters") or ()) > 1:
        return "Only one filter key-value pair can be specified."
    return None


@rule(*_FILTERS, evidence="documented", source="API model, ListJobs.filters", wrapped=True)
def a_filter_has_a_known_name(request: Request) -> str | None:
    """Names are case sensitive; the words of the refusal are ours."""
    known = _FILTERS[request.operation]
    for entry in request.params.get("filters") or ():
        if entry.get("name") not in known:
            return f"Filter name {entry.get('name')} is not valid. Valid names are: [{', '.join(known)}]"
    return None


@rule(*_FILTERS, evidence="inferred", source="inferred", wrapped=True)
def a_filter_has_values(request: Request) -> str | None:
    """The words of the refusal are ours."""
    for entry in request.params.get("filters") or ():
        if not entry.get("values"):
            return f"Filter {entry['name']} must have a value."
    return None


@rule(
    "ListJobs",
    "ListServiceJobs",
    evidence="documented",
    source="API model, ListJobs.filters",
    wrapped=True,
)
def a_time_filter_is_in_milliseconds(request: Request) -> str | None:
    """Digits: the time since 1970; the words of the refusal are ours."""
    for entry in request.params.get("filters") or ():
        if entry["name"].endswith("_CREATED_AT"):
            for value in entry["values"]:
                if not (value.isascii() and value.isdigit() and len(value) <= 18):
                    return f"Value {value} of filter {entry['name']} must be a number of milliseconds."
    return None


@rule(
    "ListJobsByConsumableResource",
    evidence="documented",
    source="API model, ListJobsByConsumableResource.filters",
    wrapped=True,
)
def a_status_filter_has_known_statuses(request: Request) -> str | None:
    """The words of the refusal are ours."""
    for entry in request.params.get("filters") or ():
        for value in entry["values"] if entry["name"] == "JOB_STATUS" else ():
            if value not in JOB_STATUSES:
                return (
                    f"Value {value} of filter JOB_STATUS is not valid. "
                    f"Valid values are: [{', '.join(JOB_STATUSES)}]"
                )
    return None


@rule("ListJobs", evidence="documented", source="API model, ListJobs.filters", wrapped=True)
def a_job_definition_filter_by_arn_has_no_asterisk(request: Request) -> str | None:
    """The words of the refusal are ours."""
    for entry in request.params.get("filters") or ():
        if entry["name"] == "JOB_DEFINITION" and any(
            value.startswith("arn:") and "*" in value for value in entry["values"]
        ):
            return "Asterisk (*) isn't supported when the ARN of a job definition is used."
    return None


@rule("ListJobs", evidence="documented", source="API model, ListJobs.maxResults", wrapped=True)
def a_page_of_jobs_has_1_to_1000(request: Request) -> str | None:
    """With filters it is 100 at most, whatever is asked for; the words of the refusal are ours."""
    return _refusal_of_page(request.params, MAX_JOBS_PAGE)


@rule(*_PAGED, evidence="documented", source="API model, maxResults", wrapped=True)
def a_page_has_1_to_100(request: Request) -> str | None:
    """The words of the refusal are ours."""
    return _refusal_of_page(request.params, MAX_PAGE)


@rule(*_NAMES, evidence="documented", source="API model, DescribeJobQueues.jobQueues", wrapped=True)
def at_most_100_resources_are_described_at_once(request: Request) -> str | None:
    """The words of the refusal are ours."""
    name = _NAMES[request.operation]
    if len(request.params.get(name) or ()) > MAX_NAMES:
        return f"Maximum number of {name} supported is {MAX_NAMES}."
    return None


@rule(
    "DescribeComputeEnvironments",
    "DescribeJobQueues",
    "DescribeJobDefinitions",
    "DescribeServiceEnvironments",
    evidence="observed",
    source="recorded answer",
    wrapped=True,
)
def names_and_a_page_size_exclude_each_other(request: Request) -> str | None:
    """Recorded for compute environments."""
    name = _NAMES[request.operation]
    if request.params.get(name) and request.params.get("maxResults") is not None:
        return f"{name[0].upper()}{name[1:]} and MaxResults cannot both be set"
    return None


@rule(
    "DescribeJobDefinitions",
    evidence="documented",
    source="API model, DescribeJobDefinitions.jobDefinitions",
    wrapped=True,
)
def named_job_definitions_are_not_filtered(request: Request) -> str | None:
    """jobDefinitions excludes the other parameters; the words follow those for maxResults."""
    if not request.params.get("jobDefinitions"):
        return None
    for name in ("jobDefinitionName", "status", "nextToken"):
        if request.params.get(name):
            return f"JobDefinitions and {name[0].upper()}{name[1:]} cannot both be set"
    return None


def _refusal_of_page(params: Any, most: int) -> str | None:
    asked = params.get("maxResults")
    if asked is None or 1 <= asked <= most:
        return None
    return f"maxResults must be between 1 and {most}, got {asked}."
