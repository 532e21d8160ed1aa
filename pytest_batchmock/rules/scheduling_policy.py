"""Scheduling policies: fair share, or quota shares.

Deleting a policy that does not exist succeeds silently; there is no rule against it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from pytest_batchmock.domain import status
from pytest_batchmock.rules.common import MEASURED, find, first_repeated
from pytest_batchmock.rules.registry import Request, rule

MOST_SHARES: Final = 500
LONGEST_DECAY_SECONDS: Final = 604_800
MOST_RESERVED_PERCENT: Final = 99
_SHARE_IDENTIFIER: Final = re.compile(r"(?=.{1,255}$)[A-Za-z0-9_-]*\*?")


def _fairshare(request: Request) -> Mapping[str, Any]:
    return request.params.get("fairsharePolicy") or {}


def _shares(request: Request) -> list[Mapping[str, Any]]:
    return _fairshare(request).get("shareDistribution") or []


def _covers(entry: str, other: str) -> bool:
    """Whether `other` falls under `entry`, a prefix with an asterisk."""
    return entry != other and other.startswith(entry[:-1])


@rule(
    "UpdateSchedulingPolicy",
    evidence="measured",
    source=f"{MEASURED} for CreateJobQueue",
)
def the_scheduling_policy_to_update_exists(request: Request) -> str | None:
    arn = request.params["arn"]
    if request.target is not None:
        return None
    if arn.startswith("arn:") and find(request, "scheduling-policy", arn) is not None:
        return None
    return f"SchedulingPolicy {arn} not found."


@rule(
    "CreateSchedulingPolicy",
    "UpdateSchedulingPolicy",
    evidence="measured",
    source=MEASURED,
    wrapped=True,
)
def a_policy_is_for_fair_share_or_for_quota_shares(request: Request) -> str | None:
    if request.params.get("fairsharePolicy") is None or request.params.get("quotaSharePolicy") is None:
        return None
    return "A scheduling policy can have either fairsharePolicy or quotaSharePolicy"


@rule(
    "UpdateSchedulingPolicy",
    evidence="documented",
    source="API model, UpdateSchedulingPolicyRequest; text inferred",
)
def the_type_of_a_policy_does_not_change(request: Request) -> str | None:
    if request.target is None:
        return None
    if request.target.quota_share is not None and "fairsharePolicy" in request.params:
        return "A quotaSharePolicy cannot be changed to a fairsharePolicy."
    if request.target.fairshare is not None and "quotaSharePolicy" in request.params:
        return "A fairsharePolicy cannot be changed to a quotaSharePolicy."
    return None


@rule(
    "CreateSchedulingPolicy",
    "UpdateSchedulingPolicy",
    evidence="measured",
    source=MEASURED,
    wrapped=True,
)
def idle_resources_are_assigned_in_turn(request: Request) -> str | None:
    policy = request.params.get("quotaSharePolicy")
    if policy is not None and policy["idleResourceAssignmentStrategy"] != "FIFO":
        return "Idle resource assignment strategy must be one of [FIFO]."
    return None


@rule(
    "CreateSchedulingPolicy",
    "UpdateSchedulingPolicy",
    evidence="documented",
    source="API model, FairsharePolicy.shareDecaySeconds; text inferred",
    wrapped=True,
)
def shares_decay_within_0_to_604800_seconds(request: Request) -> str | None:
    if not 0 <= (_fairshare(request).get("shareDecaySeconds") or 0) <= LONGEST_DECAY_SECONDS:
        return f"shareDecaySeconds should be between 0 and {LONGEST_DECAY_SECONDS}."
    return None


@rule(
    "CreateSchedulingPolicy",
    "UpdateSchedulingPolicy",
    evidence="documented",
    source="API model, FairsharePolicy.computeReservation; text inferred",
    wrapped=True,
)
def the_compute_reservation_is_0_to_99_percent(request: Request) -> str | None:
    if not 0 <= (_fairshare(request).get("computeReservation") or 0) <= MOST_RESERVED_PERCENT:
        return f"computeReservation should be between 0 and {MOST_RESERVED_PERCENT}."
    return None


@rule(
    "CreateSchedulingPolicy",
    "UpdateSchedulingPolicy",
    evidence="measured",
    source=MEASURED,
    wrapped=True,
)
def a_policy_has_at_most_500_shares(request: Request) -> str | None:
    if len(_shares(request)) > MOST_SHARES:
        return f"ShareDistribution size cannot be greater than {MOST_SHARES}."
    return None


@rule(
    "CreateSchedulingPolicy",
    "UpdateSchedulingPolicy",
    evidence="measured",
    source=MEASURED,
    wrapped=True,
)
def share_identifiers_are_well_formed(request: Request) -> str | None:
    if all(_SHARE_IDENTIFIER.fullmatch(share["shareIdentifier"]) for share in _shares(request)):
        return None
    return "ShareIdentifier name should match a valid pattern."


@rule(
    "CreateSchedulingPolicy",
    "UpdateSchedulingPolicy",
    evidence="measured",
    source=MEASURED,
    wrapped=True,
)
def a_share_identifier_is_listed_once(request: Request) -> str | None:
    if first_repeated([share["shareIdentifier"] for share in _shares(request)]) is not None:
        return "Cannot have two or more identical shareIdentifiers."
    return None


@rule(
    "CreateSchedulingPolicy",
    "UpdateSchedulingPolicy",
    evidence="measured",
    source=MEASURED,
    wrapped=True,
)
def share_identifiers_do_not_overlap(request: Request) -> str | None:
    every = [share["shareIdentifier"] for share in _shares(request)]
    for prefix in (entry for entry in every if entry.endswith("*")):
        for other in every:
            if _covers(prefix, other):
                return f"Share identifier {other} matches another share identifier {prefix}."
    return None


@rule(
    "CreateSchedulingPolicy",
    "UpdateSchedulingPolicy",
    evidence="measured",
    source=MEASURED,
    wrapped=True,
)
def weight_factors_lie_between_0_0001_and_999_9999(request: Request) -> str | None:
    for share in _shares(request):
        weight = share.get("weightFactor")
        if weight is not None and not 0.0001 <= weight <= 999.9999:
            return "Weight factor should be between 0.0001 and 999.9999."
    return None


@rule(
    "DeleteSchedulingPolicy",
    evidence="documented",
    source="API model, DeleteSchedulingPolicy; text as for compute environments",
)
def a_policy_that_queues_use_is_not_deleted(request: Request) -> str | None:
    for queue in request.region.job_queues.values():
        if queue.scheduling_policy_arn == request.params["arn"] and queue.status != status.DELETED:
            return "Cannot delete, found existing JobQueue relationship"
    return None
