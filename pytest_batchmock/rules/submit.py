"""What SubmitJob refuses in a job as a whole: name, queue, platform, shares, dependencies, arrays.

Overrides: rules/submit_overrides.py; placeholders: rules/submit_parameters.py; retries and time-outs:
rules/retry.py, rules/timeout.py. That the queue, the definition and the jobs it depends on exist was
looked at before.

SubmitJob is called often: a rule that looks at one member says which, and is not asked without it.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

from pytest_batchmock.domain.job_queue import JobQueue
from pytest_batchmock.rules.definition_profile import profile_of
from pytest_batchmock.rules.registry import Request, rule

SUBMIT: Final = "SubmitJob"
MAX_ACTIVE_SHARES: Final = 500
MAX_DEPENDENCIES: Final = 20
MAX_PAYLOAD_BYTES: Final = 30 * 1024

JOB_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}", re.ASCII)
_SERVICE_JOB_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,128}", re.ASCII)
_SHARE_IDENTIFIER: Final = re.compile(r"(?=.{1,255}$)[A-Za-z0-9_-]+\*?", re.ASCII)
_MULTINODE_TYPES: Final = frozenset({"EC2"})
_OVERRIDES: Final = frozenset(
    {"containerOverrides", "ecsPropertiesOverride", "eksPropertiesOverride", "nodeOverrides"}
)
_LARGE: Final = frozenset({*_OVERRIDES, "parameters", "tags", "dependsOn"})


@rule(SUBMIT, evidence="observed", source="public transcript", wrapped=True)
def job_name_matches_the_pattern(request: Request) -> str | None:
    """A letter or digit, then up to 127 letters, digits, hyphens and underscores."""
    if JOB_NAME.fullmatch(request.params["jobName"]):
        return None
    return "Job name should match valid pattern"


@rule(
    "SubmitServiceJob", evidence="documented", source="API model, SubmitServiceJob.jobName", wrapped=True
)
def service_job_name_matches_the_pattern(request: Request) -> str | None:
    """1 to 128 letters, digits, hyphens and underscores; the words are those of SubmitJob."""
    if _SERVICE_JOB_NAME.fullmatch(request.params["jobName"]):
        return None
    return "Job name should match valid pattern"


@rule(
    SUBMIT,
    "SubmitServiceJob",
    evidence="documented",
    source="API model, JobQueueDetail.state",
)
def a_disabled_queue_takes_no_jobs(request: Request) -> str | None:
    """Jobs that are in it go on; the words of the refusal are ours."""
    if request.queue.state == "ENABLED":
        return None
    return f"JobQueue {request.params['jobQueue']} is DISABLED and does not accept new jobs."


@rule(SUBMIT, evidence="documented", source="user guide, service-jobs")
def a_service_queue_takes_no_container_jobs(request: Request) -> str | None:
    """SubmitServiceJob is for such queues; the words of the refusal are ours."""
    if request.queue.type == "SAGEMAKER_TRAINING":
        return (
            f"JobQueue {request.params['jobQueue']} has the type SAGEMAKER_TRAINING. "
            "Use SubmitServiceJob for its jobs."
        )
    return None


@rule(SUBMIT, evidence="observed", source="recorded answer")
def the_queue_can_run_the_capability_of_the_definition(request: Request) -> str | None:
    """At least one compute environment of the queue has the platform."""
    wanted = profile_of(request.definition).platform
    known = request.region.compute_environments
    for arn in request.queue.environments:
        environment = known.get(arn.rpartition("/")[2])
        if environment is None or environment.platform == wanted:
            return None
    return f"Job Queue is attached to Compute Environment that can not run Jobs with capability {wanted}"


@rule(SUBMIT, evidence="inferred", source="an ECS job cannot run on EKS, nor a pod on ECS")
def the_queue_has_the_orchestrator_of_the_definition(request: Request) -> str | None:
    """The words follow those for capabilities."""
    wanted = profile_of(request.definition).orchestration
    known = request.region.compute_environments
    for arn in request.queue.environments:
        environment = known.get(arn.rpartition("/")[2])
        if environment is None or environment.orchestration == wanted:
            return None
    return f"Job Queue is attached to Compute Environment that can not run Jobs with capability {wanted}"


@rule(
    SUBMIT,
    evidence="inferred",
    source="as at RegisterJobDefinition, where it is measured",
    member="propagateTags",
)
def jobs_on_eks_do_not_propagate_tags(request: Request) -> str | None:
    """The member is for ECS tasks only."""
    if request.params.get("propagateTags") and profile_of(request.definition).orchestration == "EKS":
        return "Batch on EKS does not support tag propagation."
    return None


@rule(SUBMIT, evidence="documented", source="user guide, mnp-ce; refused at submit by option only")
def the_queue_can_run_multinode_jobs(request: Request) -> str | None:
    """On-demand EC2 only. By default such a job waits in RUNNABLE instead (multinode_refused_at)."""
    if request.options.multinode_refused_at != "submit":
        return None
    if profile_of(request.definition).kind != "nodeProperties":
        return None
    known = request.region.compute_environments
    for arn in request.queue.environments:
        environment = known.get(arn.rpartition("/")[2])
        if environment is None or environment.resource_type in _MULTINODE_TYPES:
            return None
    return (
        "Job Queue is attached to Compute Environment that can not run multi-node parallel Jobs. "
        "They need a managed compute environment of the type EC2."
    )


@rule(
    SUBMIT,
    evidence="observed",
    source="recorded answer",
    member=("shareIdentifier", "schedulingPriorityOverride"),
)
def shares_and_priorities_need_a_fair_share_queue(request: Request) -> str | None:
    """The missing blank in the text is the service's own."""
    params = request.params
    if "shareIdentifier" not in params and "schedulingPriorityOverride" not in params:
        return None
    if has_fair_share(request.region, request.queue):
        return None
    return (
        "Job with shareIdentifier or schedulingPriority can onlybe submitted to job queue "
        "with fair share scheduling policy."
    )


@rule(SUBMIT, evidence="observed", source="recorded answer")
def a_fair_share_queue_needs_a_share_identifier(request: Request) -> str | None:
    """Every job of it belongs to a share."""
    if request.queue.scheduling_policy_arn is None or request.params.get("shareIdentifier"):
        return None
    if has_fair_share(request.region, request.queue):
        return "shareIdentifier must be specified."
    return None


@rule(SUBMIT, evidence="observed", source="recorded answer")
def a_fair_share_queue_needs_a_priority(request: Request) -> str | None:
    """By the definition or by the submit."""
    if request.queue.scheduling_policy_arn is None or "schedulingPriorityOverride" in request.params:
        return None
    if profile_of(request.definition).has_priority or not has_fair_share(request.region, request.queue):
        return None
    return (
        "Either schedulingPriority in job definition or schedulingPriorityOverride should be specified."
    )


@rule(
    SUBMIT,
    "SubmitServiceJob",
    evidence="documented",
    source="API model, SubmitJob.shareIdentifier",
    member="shareIdentifier",
)
def share_identifier_matches_the_pattern(request: Request) -> str | None:
    """At most 255 characters; the words are those of CreateSchedulingPolicy.

    Letters and digits are documented; hyphens and underscores follow what policies accept.
    """
    if "shareIdentifier" not in request.params:
        return None
    if _SHARE_IDENTIFIER.fullmatch(request.params["shareIdentifier"]):
        return None
    return "ShareIdentifier name should match a valid pattern."


@rule(
    SUBMIT,
    "SubmitServiceJob",
    evidence="documented",
    source="user guide, job_scheduling; text inferred",
    member="shareIdentifier",
)
def a_queue_has_at_most_500_active_shares(request: Request) -> str | None:
    """A share identifier is active while it has jobs that have not ended."""
    if "shareIdentifier" not in request.params:
        return None
    active = request.queue.active_shares
    if request.params["shareIdentifier"] in active or len(active) < MAX_ACTIVE_SHARES:
        return None
    return f"JobQueue cannot have more than {MAX_ACTIVE_SHARES} active share identifiers."


@rule(
    SUBMIT,
    evidence="documented",
    source="API model, SubmitJob.schedulingPriorityOverride",
    wrapped=True,
    member="schedulingPriorityOverride",
)
def scheduling_priority_override_is_0_to_9999(request: Request) -> str | None:
    """The words are those of RegisterJobDefinition."""
    if "schedulingPriorityOverride" not in request.params:
        return None
    if 0 <= request.params["schedulingPriorityOverride"] <= 9999:
        return None
    return "Scheduling priority must be between 0 and 9999."


@rule(
    SUBMIT,
    evidence="documented",
    source="API model, SubmitJob.arrayProperties",
    wrapped=True,
    member="arrayProperties",
)
def array_size_is_2_to_10000(request: Request) -> str | None:
    """That a size of 1 is refused is recorded; the words of the refusal are ours."""
    if "arrayProperties" not in request.params:
        return None
    size = request.params["arrayProperties"].get("size")
    if size is None or 2 <= size <= 10000:
        return None
    return f"Array size must be between 2 and 10000, got {size}."


@rule(SUBMIT, evidence="observed", source="public transcript", member="arrayProperties")
def an_array_of_multinode_jobs_is_refused(request: Request) -> str | None:
    """One or the other."""
    if "arrayProperties" not in request.params:
        return None
    if profile_of(request.definition).kind == "nodeProperties":
        return "Multinode Array Job not supported."
    return None


@rule(SUBMIT, evidence="observed", source="recorded answer", wrapped=True, member="dependsOn")
def a_job_has_at_most_20_dependencies(request: Request) -> str | None:
    """``dependsOn``."""
    if "dependsOn" in request.params and len(request.params["dependsOn"]) > MAX_DEPENDENCIES:
        return f"Job cannot have more than {MAX_DEPENDENCIES} dependencies"
    return None


@rule(SUBMIT, evidence="inferred", source="inferred", wrapped=True, member="dependsOn")
def a_dependency_names_a_job_or_is_sequential(request: Request) -> str | None:
    """Only SEQUENTIAL can do without a jobId (API model, SubmitJob.dependsOn); the words are ours."""
    if "dependsOn" not in request.params:
        return None
    for entry in request.params["dependsOn"]:
        if not entry.get("jobId") and entry.get("type") != "SEQUENTIAL":
            return "Job dependency must specify a jobId, unless its type is SEQUENTIAL."
    return None


@rule(SUBMIT, evidence="inferred", source="inferred", wrapped=True, member="dependsOn")
def a_dependency_is_not_on_a_node(request: Request) -> str | None:
    """A node ends with its job and begins again with it: the job is what can be waited for. Ours."""
    for entry in request.params.get("dependsOn") or ():
        if "#" in str(entry.get("jobId")):
            return (
                f"Job dependency {entry['jobId']} is a node of a multi-node parallel job. "
                "Specify the jobId of the job."
            )
    return None


@rule(SUBMIT, evidence="documented", source="user guide, array_jobs", wrapped=True, member="dependsOn")
def dependencies_between_children_need_an_array(request: Request) -> str | None:
    """N_TO_N, and SEQUENTIAL without a jobId; the words of the refusal are ours."""
    if "dependsOn" not in request.params or _array_size(request):
        return None
    for entry in request.params["dependsOn"]:
        if entry.get("type") == "N_TO_N" or not entry.get("jobId"):
            return f"Dependency of type {entry.get('type')} is only applicable for array jobs."
    return None


@rule(
    SUBMIT,
    evidence="inferred",
    source="user guide, array_jobs; the refusal is inferred",
    wrapped=True,
    member="dependsOn",
)
def n_to_n_depends_on_an_array_of_the_same_size(request: Request) -> str | None:
    """Child i waits for child i, so there must be one; the words of the refusal are ours."""
    if "dependsOn" not in request.params:
        return None
    for entry in request.params["dependsOn"]:
        if entry.get("type") != "N_TO_N":
            continue
        job_id = str(entry.get("jobId")).rpartition("/")[2]
        upstream = request.region.jobs.get(job_id)
        if upstream is None and request.region.array_of(job_id) is None:
            continue  # it does not exist
        size = 0 if upstream is None else upstream.spec.array_size
        if size != _array_size(request):
            return (
                f"N_TO_N dependency {entry['jobId']} must be an array job of the size "
                f"{_array_size(request)}, but it is "
                + (f"an array of the size {size}." if size else "no array job.")
            )
    return None


@rule(
    SUBMIT,
    evidence="observed",
    source="public report; user guide, service_limits",
    wrapped=True,
    member=_LARGE,
)
def a_submit_is_at_most_30_kib(request: Request) -> str | None:
    """What other members can hold is bounded by other rules."""
    if _LARGE.isdisjoint(request.params):
        return None
    if request.body is not None and len(request.body) <= MAX_PAYLOAD_BYTES:
        return None  # botocore writes blanks between members, so what is counted is less
    size = len(json.dumps(request.params, separators=(",", ":")).encode())
    if size <= MAX_PAYLOAD_BYTES:
        return None
    return f"Job size must be less than 30 KiB, got {size // 1024} KiB"


def policy_of(region: Any, queue: JobQueue) -> Any:
    """The scheduling policy of a queue, or None."""
    if queue.scheduling_policy_arn is None:
        return None
    name = queue.scheduling_policy_arn.rpartition("/")[2]
    return getattr(region, "scheduling_policies", {}).get(name)


def has_fair_share(region: Any, queue: JobQueue) -> bool:
    """Whether a queue shares its capacity by share identifiers."""
    return queue.scheduling_policy_arn is not None and not has_quota_shares(region, queue)


def has_quota_shares(region: Any, queue: JobQueue) -> bool:
    """Whether a queue divides its capacity by quota shares."""
    policy = policy_of(region, queue)
    return policy is not None and policy.quota_share is not None


def _array_size(request: Request) -> int:
    return int((request.params.get("arrayProperties") or {}).get("size") or 0)
