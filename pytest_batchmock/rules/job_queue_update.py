"""Updates and deletion of job queues.

Deleting a queue that does not exist succeeds silently; there is no rule against it.
"""

from __future__ import annotations

from pytest_batchmock.domain import status
from pytest_batchmock.rules.common import BUSY, RECORDED, does_not_exist, given
from pytest_batchmock.rules.registry import Request, rule


@rule("UpdateJobQueue", evidence="observed", source=RECORDED)
def the_queue_to_update_exists(request: Request) -> str | None:
    if request.target is not None:
        return None
    return does_not_exist(request, "job-queue", request.params["jobQueue"])


@rule(
    "UpdateJobQueue",
    evidence="inferred",
    source="the counterpart of the refusal to delete, which is a recorded answer",
)
def a_queue_that_is_being_modified_is_not_updated(request: Request) -> str | None:
    if request.target is not None and request.target.status in BUSY:
        return "Cannot update, resource is being modified."
    return None


@rule(
    "UpdateJobQueue",
    evidence="documented",
    source="API model, CreateJobQueueRequest.schedulingPolicyArn; text inferred",
)
def a_queue_created_without_a_scheduling_policy_never_gets_one(request: Request) -> str | None:
    if request.target is None or request.target.scheduling_policy_arn:
        return None
    if given(request.params, "schedulingPolicyArn"):
        return "A scheduling policy cannot be added to a job queue that was created without one."
    return None


@rule(
    "UpdateJobQueue",
    evidence="documented",
    source="API model, UpdateJobQueueRequest.schedulingPolicyArn; text inferred",
)
def the_scheduling_policy_of_a_queue_is_not_removed(request: Request) -> str | None:
    if request.target is None or not request.target.scheduling_policy_arn:
        return None
    if request.params.get("schedulingPolicyArn") == "":
        return "The scheduling policy of a job queue can be replaced but not removed."
    return None


@rule(
    "DeleteJobQueue",
    evidence="observed",
    source="answer of the service, quoted in public reports",
)
def a_queue_that_is_being_modified_is_not_deleted(request: Request) -> str | None:
    if request.target is not None and request.target.status in BUSY:
        return "Cannot delete, resource is being modified."
    return None


@rule("DeleteJobQueue", evidence="documented", source="API model, DeleteJobQueue; text inferred")
def a_queue_is_deleted_disabled(request: Request) -> str | None:
    if request.target is not None and request.target.state != status.DISABLED:
        return "Cannot delete, state must be DISABLED."
    return None
