"""What SubmitServiceJob and UpdateServiceJob refuse. Name, queue state and share: rules/submit.py."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

from pytest_batchmock.domain.quota_share import QuotaShare
from pytest_batchmock.rules.registry import Request, rule
from pytest_batchmock.rules.submit import has_fair_share, has_quota_shares

SUBMIT: Final = "SubmitServiceJob"
MAX_PAYLOAD_BYTES: Final = 10 * 1024
MAX_REQUEST_BYTES: Final = 30 * 1024


@rule(SUBMIT, evidence="documented", source="API model, SubmitServiceJob.jobQueue")
def a_service_job_needs_a_service_queue(request: Request) -> str | None:
    """The words of the refusal are ours."""
    if request.queue.type == "SAGEMAKER_TRAINING":
        return None
    return f"JobQueue {request.params['jobQueue']} does not have the type SAGEMAKER_TRAINING."


@rule(SUBMIT, evidence="documented", source="user guide, service_limits")
def a_service_payload_is_at_most_10_kib(request: Request) -> str | None:
    """What is in it, Batch does not look at; the words of the refusal are ours."""
    if len(request.params["serviceRequestPayload"].encode()) > MAX_PAYLOAD_BYTES:
        return "serviceRequestPayload size cannot exceed 10 KiB."
    return None


@rule(SUBMIT, evidence="documented", source="user guide, service_limits")
def a_service_submit_is_at_most_30_kib(request: Request) -> str | None:
    """The words of the refusal are ours."""
    if len(json.dumps(request.params, separators=(",", ":")).encode()) > MAX_REQUEST_BYTES:
        return "SubmitServiceJob request size cannot exceed 30 KiB."
    return None


@rule(SUBMIT, evidence="inferred", source="API model, SubmitServiceJob; words as for SubmitJob")
def service_shares_need_a_fair_share_queue(request: Request) -> str | None:
    """A priority alone is allowed: it orders the jobs of quota shares as well."""
    if "shareIdentifier" in request.params and not has_fair_share(request.region, request.queue):
        return (
            "Job with shareIdentifier or schedulingPriority can onlybe submitted to job queue "
            "with fair share scheduling policy."
        )
    return None


@rule(SUBMIT, evidence="documented", source="API model, SubmitServiceJob.shareIdentifier")
def a_fair_share_queue_needs_a_share_identifier_of_a_service_job(request: Request) -> str | None:
    """The words are those of SubmitJob (recorded there)."""
    if has_fair_share(request.region, request.queue) and not request.params.get("shareIdentifier"):
        return "shareIdentifier must be specified."
    return None


@rule(SUBMIT, evidence="documented", source="API model, SubmitServiceJob.quotaShareName")
def a_quota_share_needs_a_queue_with_quota_shares(request: Request) -> str | None:
    """The words of the refusal are ours."""
    if "quotaShareName" in request.params and not has_quota_shares(request.region, request.queue):
        return (
            "Job with quotaShareName can only be submitted to job queue "
            "with quota share scheduling policy."
        )
    return None


@rule(SUBMIT, evidence="documented", source="API model, SubmitServiceJob.quotaShareName")
def a_queue_with_quota_shares_needs_one(request: Request) -> str | None:
    """The words follow those for shareIdentifier."""
    if has_quota_shares(request.region, request.queue) and not request.params.get("quotaShareName"):
        return "quotaShareName must be specified."
    return None


@rule(SUBMIT, evidence="inferred", source="as for other references")
def the_quota_share_of_a_service_job_exists(request: Request) -> str | None:
    """A quota share is referred to by its name here; the words of the refusal are ours."""
    name = request.params.get("quotaShareName")
    if name is None or _quota_share(request) is not None:
        return None
    return f"Quota share {name} does not exist in job queue {request.queue.name}."


@rule(SUBMIT, evidence="documented", source="API model, CreateQuotaShareRequest.state")
def the_quota_share_of_a_service_job_is_enabled(request: Request) -> str | None:
    """The words follow those for job queues."""
    share = _quota_share(request)
    if share is None or share.state == "ENABLED":
        return None
    return f"Quota share {share.name} is DISABLED and does not accept new jobs."


@rule(
    SUBMIT,
    "UpdateServiceJob",
    evidence="documented",
    source="API model, SubmitServiceJob.schedulingPriority",
    wrapped=True,
)
def service_scheduling_priority_is_0_to_9999(request: Request) -> str | None:
    """The words are those of RegisterJobDefinition."""
    priority = request.params.get("schedulingPriority")
    if priority is not None and not 0 <= priority <= 9999:
        return "Scheduling priority must be between 0 and 9999."
    return None


@rule(SUBMIT, evidence="documented", source="API model, ServiceJobRetryStrategy.attempts", wrapped=True)
def service_retry_attempts_are_1_to_10(request: Request) -> str | None:
    """The words are those of SubmitJob."""
    if "retryStrategy" in request.params and not 1 <= request.params["retryStrategy"]["attempts"] <= 10:
        return "RetryAttempts must be between 1 and 10."
    return None


@rule(SUBMIT, evidence="documented", source="user guide, service_limits", wrapped=True)
def service_evaluate_on_exit_has_at_most_5_entries(request: Request) -> str | None:
    """The words are those of SubmitJob, which are ours."""
    if len(_evaluate_on_exit(request)) > 5:
        return "EvaluateOnExit cannot have more than 5 entries."
    return None


@rule(SUBMIT, evidence="documented", source="API model, ServiceJobEvaluateOnExit.action", wrapped=True)
def service_evaluate_on_exit_action_is_retry_or_exit(request: Request) -> str | None:
    """The words are those of SubmitJob, which are ours."""
    for entry in _evaluate_on_exit(request):
        if entry.get("action") not in (None, "RETRY", "EXIT"):
            return (
                f"EvaluateOnExit action {entry['action']} is not valid. Valid values are: [RETRY, EXIT]"
            )
    return None


@rule(
    SUBMIT,
    evidence="documented",
    source="API model, ServiceJobEvaluateOnExit.onStatusReason",
    wrapped=True,
)
def a_service_condition_has_at_most_512_characters(request: Request) -> str | None:
    """The words are those of SubmitJob."""
    if any(len(entry.get("onStatusReason") or "") > 512 for entry in _evaluate_on_exit(request)):
        return "Evaluate on exit condition cannot exceed 512 characters."
    return None


@rule(
    SUBMIT,
    evidence="documented",
    source="API model, ServiceJobEvaluateOnExit.onStatusReason",
    wrapped=True,
)
def a_service_condition_is_printable(request: Request) -> str | None:
    """All printable characters, unlike the patterns of SubmitJob; the words are those of SubmitJob."""
    if any(
        not (entry.get("onStatusReason") or "").isprintable() for entry in _evaluate_on_exit(request)
    ):
        return "Evaluate on exit condition contains restricted characters."
    return None


@rule(
    SUBMIT,
    evidence="inferred",
    source="API model, ServiceJobPreemptionConfiguration; a number of retries",
    wrapped=True,
)
def preemption_retries_are_not_negative(request: Request) -> str | None:
    """The words of the refusal are ours."""
    configuration = request.params.get("preemptionConfiguration") or {}
    retries = configuration.get("preemptionRetriesBeforeTermination")
    if retries is not None and retries < 0:
        return f"preemptionRetriesBeforeTermination must be at least 0, got {retries}."
    return None


@rule(SUBMIT, evidence="inferred", source="API model, ServiceJobTimeout; a duration", wrapped=True)
def a_service_timeout_is_positive(request: Request) -> str | None:
    """The words of the refusal are ours."""
    seconds = (request.params.get("timeoutConfig") or {}).get("attemptDurationSeconds")
    if seconds is not None and seconds < 1:
        return f"timeoutConfig attemptDurationSeconds must be at least 1, got {seconds}."
    return None


def _quota_share(request: Request) -> QuotaShare | None:
    """The quota share that a submit names; names are unique within a queue only."""
    shares: Iterable[QuotaShare] = request.region.quota_shares.values()
    name = request.params.get("quotaShareName")
    return next((it for it in shares if it.name == name and it.job_queue_arn == request.queue.arn), None)


def _evaluate_on_exit(request: Request) -> Any:
    return (request.params.get("retryStrategy") or {}).get("evaluateOnExit") or ()
